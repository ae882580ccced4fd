"""Changed records back into their tables: one statement for all of a batch that change alike, sent with the next one.

SQLAlchemy would do it too, with a statement for each record and a look at every attribute of it.
"""

from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import InstanceState, Session

from saas.engine.record import Record, complete_changed, is_changed
from saas.engine.rows import given, quoted, told
from saas.tenants.waiting import wait

_Alike = tuple[sa.Table, frozenset[str]]


def _before_flush(session: Session, *_: object) -> None:
    write_changed(session)


event.listen(Session, "before_flush", _before_flush)


def write_changed(session: Session) -> None:
    """Write every record of the session that is not what was read.

    It is sent with the next statement: whoever has to know that no constraint refuses asks for `send` before.
    """
    alike: dict[_Alike, list[dict[str, Any]]] = {}
    for record in session.dirty:
        state: InstanceState[Record] = sa.inspect(record)
        if is_changed(state):
            complete_changed(record)
            names = frozenset(state.committed_state)
            row = {"id": record.id} | {name: record.__dict__[name] for name in names}
            alike.setdefault((record.__table__, names), []).append(row)
        # As its own flush ends: what is in the record is what is in the table.
        state._commit_all(state.dict, session.identity_map)
    for (table, names), rows in alike.items():
        if len(rows) == 1:
            wait(session, _of_one(table, rows[0]))
        else:
            wait(session, _statement(table, names), {"rows": orjson.dumps(rows, default=str).decode()})


def _of_one(table: sa.Table, row: dict[str, Any]) -> str:
    """The statement for a single record, with the values in it: Postgres plans it in half the time."""
    values = ", ".join([f"{quoted(name)} = {told(table.c[name], row[name])}" for name in row if name != "id"])
    which = told(table.c.id, row["id"])
    return f"UPDATE {quoted(table.name)} SET {values} WHERE id = {which}"  # noqa: S608  # names of our own, literals


@lru_cache(maxsize=2048)
def _statement(table: sa.Table, names: frozenset[str]) -> str:
    columns = [table.c[name] for name in sorted(names)]
    values = ", ".join(f"{quoted(each.name)} = given.{quoted(each.name)}" for each in columns)
    return (
        f"UPDATE {quoted(table.name)} AS kept SET {values}"  # noqa: S608  # names of our own tables, quoted
        f" FROM {given([table.c.id, *columns])} WHERE kept.id = given.id"
    )
