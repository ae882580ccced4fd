"""Keeps what the permission kernel reads in line with departments and employees."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.access.tables import department_closure, principal, superior_closure
from saas.engine.events import created, deleted, on, restored, updated
from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.references import one_at_a_time
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.tenants.stamp import bump_policy

MAX_DEPTH = 100


@on(created(Department), updated(Department), deleted(Department), restored(Department))
def department_tree_follows(scope: Scope, _departments: Sequence[Department]) -> None:
    """The closure of departments is what the parents say."""
    one_at_a_time(scope, object_of(Department))
    table = Department.__table__
    start = sa.select(table.c.id.label("top"), table.c.id.label("bottom"), sa.literal(0).label("depth"))
    wanted = _closed(start, table, "parent_id")
    _replace(scope, department_closure, wanted, ("ancestor_id", "descendant_id", "depth"))


@on(created(Employee), updated(Employee), deleted(Employee), restored(Employee))
def principals_follow(scope: Scope, employees: Sequence[Employee]) -> None:
    """Every employee is a principal: with the same id, in the same department, active until deleted."""
    rows = [
        {
            "id": employee.id,
            "kind": "person",
            "department_id": employee.department_id,
            "is_active": employee.deleted_at is None,
        }
        for employee in employees
    ]
    given = insert(principal).values(rows)
    new = given.excluded
    differs = sa.or_(
        principal.c.department_id.is_distinct_from(new.department_id), principal.c.is_active != new.is_active
    )
    written = given.on_conflict_do_update(
        index_elements=[principal.c.id],
        set_={"department_id": new.department_id, "is_active": new.is_active},
        where=differs,
    )
    if _count(scope, written):
        bump_policy(scope.session)
    _reporting_line_follows(scope)


def _reporting_line_follows(scope: Scope) -> None:
    one_at_a_time(scope, object_of(Employee))
    table = Employee.__table__
    start = sa.select(table.c.superior_id.label("top"), table.c.id.label("bottom"), sa.literal(1).label("depth")).where(
        table.c.superior_id.is_not(None)
    )
    wanted = _closed(start, table, "superior_id")
    _replace(scope, superior_closure, wanted, ("superior_id", "subordinate_id", "depth"))


def _closed(start: sa.Select[tuple[UUID, UUID, int]], table: sa.FromClause, above: str) -> sa.CTE:
    """Every pair (top, bottom) along `above`, with its distance."""
    pairs = start.cte("pairs", recursive=True)
    parent = table.alias()
    step = (
        sa.select(parent.c[above], pairs.c.bottom, pairs.c.depth + 1)
        .join_from(pairs, parent, parent.c.id == pairs.c.top)
        .where(parent.c[above].is_not(None), pairs.c.depth < MAX_DEPTH)
    )
    return pairs.union(step)


def _replace(scope: Scope, closure: sa.Table, wanted: sa.CTE, names: tuple[str, str, str]) -> None:
    """Make the closure equal to what is wanted, touching only what differs; rights follow at once."""
    top, bottom, depth = (closure.c[name] for name in names)
    missing = sa.select(wanted.c.bottom).where(wanted.c.top == top, wanted.c.bottom == bottom, wanted.c.depth == depth)
    removed = _count(scope, sa.delete(closure).where(~sa.exists(missing)))
    pairs = sa.select(wanted.c.top, wanted.c.bottom, wanted.c.depth)
    added = _count(scope, insert(closure).from_select(list(names), pairs).on_conflict_do_nothing())
    if removed or added:
        bump_policy(scope.session)


def _count(scope: Scope, statement: sa.Executable) -> int:
    """How many rows the statement touched."""
    return int(getattr(scope.session.execute(statement), "rowcount", 0))
