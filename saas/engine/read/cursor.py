"""Cursors: the order's values of one record, encrypted and authenticated, worthless to anybody else."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from saas.engine.asker import Asker
from saas.engine.later import at, then
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


_TYPES: tuple[tuple[type, str], ...] = (
    (sa.Uuid, "u"),
    (sa.DateTime, "t"),
    (sa.Date, "d"),
    (sa.Boolean, "b"),
    (sa.Integer, "i"),
    (sa.Numeric, "n"),
)
_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "u": lambda text: ["u", text],
    "t": lambda text: ["t", datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()],
    "d": lambda text: ["d", text],
    "n": lambda text: ["n", text],
    "b": lambda text: text == "true",
    "i": int,
    "s": str,
}


def seal(scope: Asker, signature: str, keys: Sequence[Any]) -> str:
    """A cursor for the record with these keys under the order that `signature` names."""
    return _sealed(scope, signature, [_tagged(key) for key in keys])


def tag_of(type_: Any) -> str:
    """How a key of this column type is told apart in a cursor."""
    return next((tag for kind, tag in _TYPES if isinstance(type_, kind)), "s")


def seal_told(scope: Asker, signature: str, tags: Sequence[str], keys: Sequence[str | None]) -> str:
    """The cursor of keys that Postgres wrote as texts, moments as those of a clock in UTC."""
    given = zip(tags, keys, strict=True)
    return _sealed(scope, signature, [key if key is None else _FROM_TEXT[tag](key) for tag, key in given])


def _sealed(scope: Asker, signature: str, values: list[Any]) -> str:
    sealed = _cipher().encrypt(orjson.dumps(values), _bound_to(scope, signature))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(scope: Asker, signature: str, cursor: str) -> list[Any]:
    """The keys inside; BadInput for a cursor that is broken, of another order, tenant or person."""
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = orjson.loads(_cipher().decrypt(sealed, _bound_to(scope, signature)))
    except (InvalidTag, ValueError, binascii.Error):
        raise _foreign() from None
    return [_READERS[value[0]](value[1]) if isinstance(value, list) else value for value in values]


def keys_in(scope: Asker, signature: Any, cursor: Any, number: int) -> list[Any]:
    """The keys inside a cursor, one for each of so many terms; each may be told later, as the cursor may be."""
    keys = scope.told(lambda asker: _as_many(unseal(asker, at(signature, asker), at(cursor, asker)), number))
    return [then(keys, itemgetter(each)) for each in range(number)]


def _as_many(keys: list[Any], number: int) -> list[Any]:
    if len(keys) != number:
        raise _foreign()
    return keys


def _foreign() -> BadInput:
    return BadInput(
        "This cursor does not belong to this list.",
        remedy="Use endCursor or startCursor of the same query with the same order.",
    )


def _tagged(key: Any) -> Any:
    tag = _TAGS.get(type(key))
    return key if tag is None else [tag[0], tag[1](key)]


def _bound_to(scope: Asker, signature: str) -> list[bytes]:
    return [scope.tenant.id.bytes, scope.actor_id.bytes, signature.encode()]


@cache
def _cipher() -> AESSIV:
    secret = settings().secret.get_secret_value().encode()
    return AESSIV(HKDF(algorithm=SHA256(), length=64, salt=None, info=b"atrium cursor").derive(secret))
