"""Values as they stand in the text of a statement. psycopg writes them too, at ten times the cost of the plain ones."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

NUL = "A text with a NUL cannot be kept."
_ELEMENTS = frozenset({str, UUID, type(None)})


def literal(value: Any) -> str:
    """The value, with its type where its text would leave that open."""
    kind = type(value)
    if kind is str:
        return text(value)
    if value is None:
        return "NULL"
    if kind is bool:
        return "true" if value else "false"
    if kind is int and value >= 0:
        return str(value)
    if kind is UUID:
        return f"'{value}'::uuid"
    if isinstance(value, str) and isinstance(value, Enum):
        return text(value.value)
    if kind is list and all(type(each) is str for each in value):
        return text(array(value))
    if kind is list and all(type(each) is UUID for each in value):
        return f"'{{{','.join(map(str, value))}}}'::uuid[]"
    return sql.Literal(value).as_string()


def plain(value: Any) -> str:
    """The same without its type, to stand where Postgres knows it: as the value of a column, an array among them."""
    kind = type(value)
    if kind is UUID or kind is Decimal:
        return f"'{value}'"
    if kind is datetime or kind is date:
        return f"'{value.isoformat()}'"
    if kind is tuple:
        return plain([*value])
    if kind is list and all(type(each) in _ELEMENTS for each in value):
        return text(array(value))
    return literal(value)


def array(values: Sequence[str | UUID | None]) -> str:
    """The text of an array."""
    texts = [each for each in values if type(each) is str]
    if values and len(texts) == len(values):
        together = '","'.join(texts)
        if "\\" not in together and together.count('"') == 2 * len(texts) - 2:  # nothing of it is to be escaped
            return '{"' + together + '"}'
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | UUID | None) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def text(value: str) -> str:
    """A text in quotes, whatever is in it."""
    if "\0" in value:
        raise psycopg.DataError(NUL)
    quoted = value.replace("'", "''")
    return " E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in quoted else f"'{quoted}'"
