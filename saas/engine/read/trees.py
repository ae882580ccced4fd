"""Trees in filters: a record and all below it, as far as the viewer sees that they hang together."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.access.rows import Condition, reached
from saas.engine.access.tables import department_closure
from saas.engine.asker import Asker
from saas.engine.field import Field
from saas.engine.later import bound
from saas.engine.read.value import refers_to
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh
from saas.kit.errors import BadInput


def under(scope: Asker, one: ObjectType, table: FromClause, top_id: Any) -> Condition:
    """Whether a record is the one with this id or stands below it; one out of sight is nowhere and carries nothing."""
    if one.tree is None:
        raise BadInput(f"{one.plural} form no tree.")
    if one.record.facts.department == "id":
        return _under_department(scope, one, table, top_id)
    inner = _inner(scope, one, one.tree, top_id)
    above = sa.select(inner.c.id)
    is_below = refers_to(scope, one, one.tree, table, sa.any_(above.scalar_subquery()))
    is_above_all = sa.and_(table.c.id == bound(top_id, sa.Uuid()), table.c.id.in_(above))
    return sa.and_(sa.or_(is_above_all, is_below), reached(scope.profile, one, "read", table))


def _inner(scope: Asker, one: ObjectType, reference: Field, top_id: Any) -> sa.CTE:
    """The top and what is below it, but for records that are deleted or out of sight, and what hangs on those only."""
    top, below = fresh(one.table), fresh(one.table)
    found = (
        sa.select(top.c.id).where(top.c.id == bound(top_id, sa.Uuid()), *_in_sight(scope, one, top)).cte(recursive=True)
    )
    hangs_on = refers_to(scope, one, reference, below, found.c.id)
    step = sa.select(below.c.id).join_from(found, below, hangs_on).where(*_in_sight(scope, one, below))
    return found.union(step)


def _in_sight(scope: Asker, one: ObjectType, table: FromClause) -> tuple[Condition, ...]:
    return table.c.deleted_at.is_(None), reached(scope.profile, one, "read", table)


def _under_department(scope: Asker, one: ObjectType, table: FromClause, top_id: Any) -> Condition:
    """Departments have their tree written out, whoever looks: rights reach down along it."""
    top = fresh(one.table)
    below = (
        sa.select(department_closure.c.descendant_id)
        .join_from(department_closure, top, top.c.id == department_closure.c.ancestor_id)
        .where(top.c.id == bound(top_id, sa.Uuid()), *_in_sight(scope, one, top))
    )
    return sa.and_(table.c.id.in_(below), reached(scope.profile, one, "read", table))
