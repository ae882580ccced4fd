"""Passwords, kept as argon2 hashes only."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from saas.kit.errors import BadInput

_hasher = PasswordHasher()
LONGEST = 200


def hashed(password: str) -> str:
    """What is kept of a password."""
    if not 8 <= len(password) <= LONGEST:
        raise BadInput(f"A password has 8 to {LONGEST} characters.", path=("password",))
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password; without one, the answer takes as long and is no."""
    try:
        _hasher.verify(kept or _nobodys(), password[: LONGEST + 1].encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
