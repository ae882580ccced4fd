"""New rows with one statement, however many they are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from saas.tenants import literals
from saas.tenants.waiting import wait

_FEW = 4
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no hint there
quoted = _DIALECT.identifier_preparer.quote  # the name of a table or column as SQL wants it


def insert_rows(session: Session, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows given by column name; what a row leaves out is NULL, or the database's default.

    It is sent with the next statement: whoever has to know that no constraint refuses asks for `send` before.
    """
    given = [*rows]
    if not given:
        return
    if len(given) <= _FEW:
        wait(session, _with_values(table, given))
    else:
        # Postgres reads them faster as one JSON text than it plans and binds a statement for each of them.
        wait(session, _statement(table), {"rows": orjson.dumps(given, default=str).decode()})


def _with_values(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> str:
    """The statement with the values in it, and no more columns than have one: many of a record have none."""
    names = {name for row in rows for name, value in row.items() if value is not None}
    columns = [each for each in _by_name(table) if each[0] in names]
    values = ", ".join([f"({', '.join([tell(row.get(name)) for name, _, tell in columns])})" for row in rows])
    into = ", ".join([name for _, name, _ in columns])
    return f"INSERT INTO {quoted(table.name)} ({into}) VALUES {values}"  # noqa: S608  # names of our own, literals


@cache
def _by_name(table: sa.Table) -> tuple[tuple[str, str, Callable[[Any], str]], ...]:
    """The columns that are written: their names, the same as SQL wants them, and how their values stand in it."""
    return tuple((column.name, quoted(column.name), _telling(column)) for column in _writable(table))


def told(column: sa.Column[Any], value: Any) -> str:
    """The value of a column as it stands in SQL."""
    return _telling(column)(value)


def _telling(column: sa.Column[Any]) -> Callable[[Any], str]:
    return _json if isinstance(column.type, sa.JSON) else literals.plain


def _json(value: Any) -> str:
    return literals.plain(None if value is None else orjson.dumps(value, default=str).decode())


@cache
def _writable(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    return tuple(column for column in table.columns if column.server_default is None)


@cache
def _statement(table: sa.Table) -> str:
    columns = _writable(table)
    names = ", ".join(quoted(column.name) for column in columns)
    return (
        f"INSERT INTO {quoted(table.name)} ({names})"  # noqa: S608  # names of our own tables, quoted
        f" SELECT {names} FROM {given(columns)}"
    )


def given(columns: Iterable[sa.Column[Any]]) -> str:
    """Rows of these columns, as the parameter `rows` has them in JSON, to stand behind FROM."""
    typed = ", ".join(f"{quoted(column.name)} {column.type.compile(_DIALECT)}" for column in columns)
    return f"json_to_recordset(%(rows)s::json) AS given ({typed})"
