"""``python -m rulewright.certificates FILE``: check a certificate; exit code 0 accepted, 1 rejected, 2 unreadable."""

import sys

from .checker import CertificateError, explain

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m rulewright.certificates FILE")
    try:
        accepted, words = explain(sys.argv[1])
    except CertificateError as error:
        print(f"unreadable: {error}", file=sys.stderr)
        sys.exit(2)
    print(("accepted: " if accepted else "rejected: ") + words)
    sys.exit(0 if accepted else 1)
