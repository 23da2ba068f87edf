"""What can be trusted: certificates with rational data, and their checker (standard library only)."""

from .checker import CertificateError, check, explain

__all__ = ["CertificateError", "check", "explain"]
