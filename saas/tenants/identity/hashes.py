"""Secrets that are only ever compared: shown once, kept as a hash."""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """A secret of 256 random bits; the prefix tells people and scanners of leaks what it is."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What is kept of it. A plain SHA-256 is enough, because the secret cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
