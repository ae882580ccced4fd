"""Many new rows with one statement and one parameter, however many they are."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from saas.tenants.waiting import wait

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no hint there
quoted = _DIALECT.identifier_preparer.quote  # the name of a table or column as SQL wants it


def insert_rows(session: Session, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows given by column name; what a row leaves out is NULL, or the database's default.

    It is sent with the next statement: whoever has to know that no constraint refuses asks for `send` before.

    The rows go as one JSON text: Postgres reads it faster than it plans and binds a statement for each of them.
    """
    text = orjson.dumps([*rows], default=str).decode()
    wait(session, _statement(table), {"rows": text})


@cache
def _statement(table: sa.Table) -> str:
    columns = [column for column in table.columns if column.server_default is None]
    names = ", ".join(quoted(column.name) for column in columns)
    return (
        f"INSERT INTO {quoted(table.name)} ({names})"  # noqa: S608  # names of our own tables, quoted
        f" SELECT {names} FROM {given(columns)}"
    )


def given(columns: Iterable[sa.Column[Any]]) -> str:
    """Rows of these columns, as the parameter `rows` has them in JSON, to stand behind FROM."""
    typed = ", ".join(f"{quoted(column.name)} {column.type.compile(_DIALECT)}" for column in columns)
    return f"json_to_recordset(%(rows)s::json) AS given ({typed})"
