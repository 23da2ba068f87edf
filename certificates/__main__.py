"""``python -m rulewright.certificates FILE`` checks a certificate: exit code 0 accepted, 1 rejected, 2 unreadable."""

import sys

from .checker import CertificateError, explain

if __name__ == "__main__":
    try:
        if len(sys.argv) != 2:
            sys.exit(print("usage: python -m rulewright.certificates FILE", file=sys.stderr) or 2)
        (file,) = sys.argv[1:]
        accepted, words = explain(file)
    except (CertificateError, ValueError) as error:
        sys.exit(print(f"not readable as a certificate: {error}", file=sys.stderr) or 2)
    print(("accepted: " if accepted else "rejected: ") + words)
    sys.exit(0 if accepted else 1)
