"""Secrets that must be read again, such as keys of partners: encrypted at rest with the installation's own secret.

A sealed value names the secret that sealed it, so a new SAAS_SECRET can be set while the former one still opens:
put the old one into SAAS_FORMER_SECRETS, run `saas secrets rotate`, take it out again.
"""

import hashlib
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from saas.kit.errors import BadConfig
from saas.kit.settings import settings

_MARK, _NONCE = 4, 12


def sealed(plain: bytes, purpose: str) -> bytes:
    """What may be stored; only `opened` with the same purpose reads it."""
    secret = settings().secret.get_secret_value()
    nonce = secrets.token_bytes(_NONCE)
    return _mark(secret) + nonce + _cipher(secret, purpose).encrypt(nonce, plain, purpose.encode())


def opened(stored: bytes, purpose: str) -> bytes:
    """What was sealed; BadConfig where no secret of this installation opens it."""
    mark, nonce, rest = stored[:_MARK], stored[_MARK : _MARK + _NONCE], stored[_MARK + _NONCE :]
    for secret in _secrets():
        if _mark(secret) == mark:
            try:
                return _cipher(secret, purpose).decrypt(nonce, rest, purpose.encode())
            except (InvalidTag, ValueError):
                break
    raise BadConfig(
        f"No secret of this installation opens what is stored for {purpose}.",
        remedy="Put the secret that sealed it into SAAS_FORMER_SECRETS.",
    )


def is_current(stored: bytes) -> bool:
    """Whether it is sealed with the secret of today, so that the former ones are not needed for it."""
    return stored[:_MARK] == _mark(settings().secret.get_secret_value())


def _secrets() -> list[str]:
    given = settings().former_secrets
    former = given.get_secret_value() if given else ""
    # One that has a space in it is the whole text; the mark of the others matches nothing.
    return [settings().secret.get_secret_value(), former, *former.split()]


@cache
def _mark(secret: str) -> bytes:
    return hashlib.sha256(b"atrium vault " + secret.encode()).digest()[:_MARK]


@cache
def _cipher(secret: str, purpose: str) -> AESGCM:
    key = HKDF(SHA256(), 32, None, b"atrium vault: " + purpose.encode()).derive(secret.encode())
    return AESGCM(key)
