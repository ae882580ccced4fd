"""What belongs to a record comes into sight and goes with it, though nothing is written of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.access.rows import Condition, Shape, reached
from saas.engine.changes.place import NOTHING
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh
from saas.engine.scope import Scope


@dataclass(frozen=True, slots=True)
class Root:
    """A record whose scope moved: the number of the change in its window, and whether the reader saw what is below."""

    number: int
    id: UUID
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
    """The next records of `one` that came into sight or went with these; of the first change those behind `after`."""
    table = one.outermost
    asked = sa.func.unnest(
        sa.cast([root.id for root in roots], sa.ARRAY(sa.Uuid())),
        sa.cast([root.number for root in roots], sa.ARRAY(sa.Integer())),
        sa.cast([root.was_seen for root in roots], sa.ARRAY(sa.Boolean())),
    ).table_valued(sa.column("id", sa.Uuid()), sa.column("number", sa.Integer()), sa.column("was_seen", sa.Boolean()))
    roots_, alive = asked.render_derived("roots"), table.c.deleted_at.is_(None)
    is_seen = sa.func.coalesce(sa.and_(alive, reached(scope.profile, one, "read", table, Shape.WIDE)), sa.false())
    statement = (
        sa.select(roots_.c.number, table.c.id, table.c.version, roots_.c.was_seen, is_seen.label("is_seen"))
        .select_from(roots_.join(table, _belongs(one, above, table, roots_.c.id)))
        .where(roots_.c.was_seen.is_distinct_from(is_seen))
        .order_by(roots_.c.number, table.c.id)
        .limit(most)
    )
    if after != NOTHING:
        statement = statement.where(sa.or_(roots_.c.number > 0, table.c.id > after))
    found = scope.session.execute(statement)
    return [Below(row.number, one, row.id, row.version, row.was_seen, bool(row.is_seen)) for row in found]


def _belongs(one: ObjectType, above: ObjectType, table: FromClause, root: sa.ColumnElement[UUID]) -> Condition:
    """Whether a record belongs to the root: directly, or by another one."""
    name, parent = one.parent or ("", above)
    if parent is above:
        condition: Condition = table.c[name] == root
        return condition
    between = fresh(parent.table)
    return table.c[name].in_(sa.select(between.c.id).where(_belongs(parent, above, between, root)))
