"""What belongs to a record comes into sight and goes with it, though nothing is written of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.access.rows import Condition, Shape, reached
from saas.engine.audit import Xid8
from saas.engine.changes.place import NOTHING
from saas.engine.changes.states import states
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh
from saas.engine.scope import Scope


@dataclass(frozen=True, slots=True)
class Root:
    """A record whose scope moved: the number of the change in its window, its place in the feed, and whether the reader
    saw what is below."""

    number: int
    id: UUID
    transaction: int
    row: UUID
    was_seen: bool


@dataclass(frozen=True, slots=True)
class Below:
    """A record that belongs to one of those."""

    number: int
    one: ObjectType
    id: UUID
    version: int
    was_seen: bool
    is_seen: bool


def ancestors(one: ObjectType) -> list[ObjectType]:
    """The objects from which it inherits its scope, the nearest first."""
    found = []
    while one.parent is not None:
        one = one.parent[1]
        found.append(one)
    return found


def records_below(
    scope: Scope, one: ObjectType, above: ObjectType, roots: Sequence[Root], most: int, after: UUID
) -> list[Below]:
    """The next records of `one` that came into sight or went with these; of the first change those behind `after`.

    What was moved or ended since is left out: its own change tells what became of it.
    """
    table, since = one.outermost, states(one).subquery()
    columns: dict[str, tuple[Any, list[Any]]] = {
        "id": (sa.Uuid(), [root.id for root in roots]),
        "number": (sa.Integer(), [root.number for root in roots]),
        "transaction": (Xid8(), [str(root.transaction) for root in roots]),
        "row": (sa.Uuid(), [root.row for root in roots]),
        "was_seen": (sa.Boolean(), [root.was_seen for root in roots]),
    }
    arrays = [
        sa.cast(sa.cast(values, sa.ARRAY(sa.Text())) if name == "transaction" else values, sa.ARRAY(type_))
        for name, (type_, values) in columns.items()
    ]
    named = [sa.column(name, type_) for name, (type_, _) in columns.items()]
    asked = sa.func.unnest(*arrays).table_valued(*named).render_derived("roots")
    is_seen = sa.func.coalesce(reached(scope.profile, one, "read", table, Shape.WIDE), sa.false())
    moved = sa.exists().where(
        since.c.id == table.c.id,
        since.c.is_moved,
        sa.tuple_(since.c.xid, since.c.row_id) > sa.tuple_(asked.c.transaction, asked.c.row),
    )
    statement = (
        sa.select(asked.c.number, table.c.id, table.c.version, asked.c.was_seen, is_seen.label("is_seen"))
        .select_from(asked.join(table, _belongs(one, above, table, asked.c.id)))
        .where(table.c.deleted_at.is_(None), asked.c.was_seen.is_distinct_from(is_seen), sa.not_(moved))
        .order_by(asked.c.number, table.c.id)
        .limit(most)
    )
    if after != NOTHING:
        statement = statement.where(sa.or_(asked.c.number > 0, table.c.id > after))
    found = scope.session.execute(statement)
    return [Below(row.number, one, row.id, row.version, row.was_seen, row.is_seen) for row in found]


def _belongs(one: ObjectType, above: ObjectType, table: FromClause, root: sa.ColumnElement[UUID]) -> Condition:
    """Whether a record belongs to the root: directly, or by another one."""
    name, parent = one.parent or ("", above)
    if parent is above:
        condition: Condition = table.c[name] == root
        return condition
    between = fresh(parent.table)
    return table.c[name].in_(sa.select(between.c.id).where(_belongs(parent, above, between, root)))
