"""Cursors: the order's values of one record, encrypted and authenticated, worthless to anybody else."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from saas.engine.scope import Scope
from saas.kit.errors import BadInput
from saas.kit.settings import settings

_TAGS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    UUID: ("u", str),
    Decimal: ("n", str),
    datetime: ("t", datetime.isoformat),
    date: ("d", date.isoformat),
}
_READERS: dict[str, Callable[[str], Any]] = {
    "u": UUID,
    "n": Decimal,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
}


def seal(scope: Scope, signature: str, keys: Sequence[Any]) -> str:
    """A cursor for the record with these keys under the order that `signature` names."""
    values = [_tagged(key) for key in keys]
    sealed = _cipher().encrypt(orjson.dumps(values), _bound_to(scope, signature))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(scope: Scope, signature: str, cursor: str) -> list[Any]:
    """The keys inside; BadInput for a cursor that is broken, of another order, tenant or person."""
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = orjson.loads(_cipher().decrypt(sealed, _bound_to(scope, signature)))
    except (InvalidTag, ValueError, binascii.Error):
        raise BadInput(
            "This cursor does not belong to this list.",
            remedy="Use endCursor or startCursor of the same query with the same order.",
        ) from None
    return [_READERS[value[0]](value[1]) if isinstance(value, list) else value for value in values]


def _tagged(key: Any) -> Any:
    tag = _TAGS.get(type(key))
    return key if tag is None else [tag[0], tag[1](key)]


def _bound_to(scope: Scope, signature: str) -> list[bytes]:
    return [scope.tenant.id.bytes, scope.actor_id.bytes, signature.encode()]


@cache
def _cipher() -> AESSIV:
    secret = settings().secret.get_secret_value().encode()
    return AESSIV(HKDF(algorithm=SHA256(), length=64, salt=None, info=b"atrium cursor").derive(secret))
