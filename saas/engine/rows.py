"""Many new rows with one statement and one parameter, however many they are."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no hint there


def insert_rows(session: Session, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows given by column name; what a row leaves out is NULL, or the database's default.

    The rows go as one JSON text: Postgres reads it faster than it plans and binds a statement for each of them.
    """
    text = orjson.dumps([*rows], default=str).decode()
    session.execute(_statement(table), {"rows": text})


@cache
def _statement(table: sa.Table) -> sa.TextClause:
    columns = [column for column in table.columns if column.server_default is None]
    quote = _DIALECT.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in columns)
    typed = ", ".join(f"{quote(column.name)} {column.type.compile(_DIALECT)}" for column in columns)
    return sa.text(
        f"INSERT INTO {quote(table.name)} ({names})"  # noqa: S608  # names of our own tables, quoted
        f" SELECT {names} FROM json_to_recordset(CAST(:rows AS json)) AS given ({typed})"
    )
