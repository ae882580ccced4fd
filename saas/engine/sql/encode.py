"""How values go to Postgres as parameters, in the text form, each with the type that the SQL names."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

Encoder = Callable[[Any], bytes | None]


class Encoded(NamedTuple):
    """What a type is called in SQL, and how a value of it is written."""

    name: str
    encode: Encoder


_WORD = re.compile(r"[a-z][a-z_. ]{0,40}")


def literal(value: Any) -> str | None:
    """The SQL of a value that needs no parameter: nothing, truth, a number, a word such as code is made of."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and _WORD.fullmatch(text_of(value)):
        return f"'{text_of(value)}'"
    return str(value) if type(value) is int else None


def literals(values: list[Any]) -> str | None:
    """The same of a list, where all of its values are like that."""
    known = [literal(each) for each in values]
    return ", ".join(each for each in known if each) if known and all(known) else None


def _one(value: Any) -> bytes | None:
    return None if value is None else text_of(value).encode()


def _many(values: Any) -> bytes | None:
    return None if values is None else ("{" + ",".join(map(_element, values)) + "}").encode()


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, UUID | Decimal | int | date):
        return text_of(value) if not isinstance(value, datetime) else f'"{text_of(value)}"'
    escaped = text_of(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def text_of(value: Any) -> str:
    """As Postgres reads it; a number without exponent."""
    if type(value) is str:  # most are
        return value
    if isinstance(value, str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


_NAMES: tuple[tuple[type, str], ...] = (
    (sa.Uuid, "uuid"),
    (sa.DateTime, "timestamptz"),
    (sa.Date, "date"),
    (sa.Boolean, "boolean"),
    (sa.Integer, "bigint"),
    (sa.Numeric, "numeric"),
)


def encoder_of(type_: Any, *, many: bool = False) -> Encoded:
    """The name and the encoder of a column type; `many`: of a list of such values."""
    if isinstance(type_, sa.ARRAY):
        return encoder_of(type_.item_type, many=True)
    name = next((name for kind, name in _NAMES if isinstance(type_, kind)), "text")
    if name == "timestamptz" and not type_.timezone:
        name = "timestamp"
    return Encoded(f"{name}[]", _many) if many else Encoded(name, _one)
