"""What stands in the address of a file: who may do what with which one until when, encrypted and authenticated."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from saas.kit import clock
from saas.kit.errors import NotFound
from saas.kit.settings import settings

_LENGTH = 16 + 3 * 16 + 8 + 4
PATH = "/files/"


class Purpose(StrEnum):
    """What an address is for; one for fetching cannot be used for sending."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Pass:
    """What an address allows. `side` is the longest side of a preview, in pixels."""

    purpose: Purpose
    tenant_id: UUID
    file_id: UUID
    person_id: UUID
    expires_at: datetime
    side: int = 0


def address_of(given: Pass) -> str:
    """The address, below that of the API."""
    ids = given.tenant_id.bytes + given.file_id.bytes + given.person_id.bytes
    moment = int(given.expires_at.timestamp()).to_bytes(8, "big")
    sealed = _cipher().encrypt(ids + moment + given.side.to_bytes(4, "big"), [given.purpose.encode()])
    return PATH + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def pass_in(token: str, *purposes: Purpose) -> Pass:
    """What the token allows, for one of these purposes; NotFound where it is none, or is over."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise lost() from None
    if len(sealed) == _LENGTH:
        for purpose in purposes:
            found = _opened(sealed, purpose)
            if found is not None and found.expires_at > clock.now():
                return found
    raise lost()


def lost() -> NotFound:
    """The one answer to whatever is wrong with an address."""
    return NotFound(
        "There is no file at this address, or no longer.", remedy="Ask for a new address: downloadUrl, or fileCreate."
    )


def _opened(sealed: bytes, purpose: Purpose) -> Pass | None:
    try:
        told = _cipher().decrypt(sealed, [purpose.encode()])
    except InvalidTag:
        return None
    tenant, file, person = (UUID(bytes=told[at : at + 16]) for at in (0, 16, 32))
    expires_at = datetime.fromtimestamp(int.from_bytes(told[48:56], "big"), UTC)
    return Pass(purpose, tenant, file, person, expires_at, int.from_bytes(told[56:60], "big"))


@cache
def _cipher() -> AESSIV:
    secret = settings().secret.get_secret_value().encode()
    return AESSIV(HKDF(algorithm=SHA256(), length=64, salt=None, info=b"atrium files").derive(secret))
