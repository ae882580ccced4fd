"""Keeps what the permission kernel reads in line with departments, regions, business lines and employees."""

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.access.tables import (
    department_closure,
    principal,
    principal_business_line,
    region_closure,
    superior_closure,
)
from saas.engine.audit import Change, ChangeKind, write_audit
from saas.engine.events import created, deleted, on, restored, updated
from saas.engine.rebuild import rebuilt
from saas.engine.record import Record
from saas.engine.registry import object_of
from saas.engine.rules import Broken
from saas.engine.scope import Scope
from saas.engine.write.references import one_at_a_time
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region
from saas.tenants.stamp import bump_policy

MAX_DEPTH = 100
Pairs = sa.CTE  # of those above, those below, and how far they are apart
PLACES = ("department_id", "region_id", "position_id")


@on(created(Department), updated(Department), deleted(Department), restored(Department))
def department_tree_follows(scope: Scope, _departments: Sequence[Department]) -> None:
    """The closure of departments is what the parents say."""
    _tree_follows(scope, Department, department_closure)


@on(created(Region), updated(Region), deleted(Region), restored(Region))
def region_tree_follows(scope: Scope, _regions: Sequence[Region]) -> None:
    """The closure of regions is what the parents say."""
    _tree_follows(scope, Region, region_closure)


def _tree_follows(scope: Scope, record: type[Record], closure: sa.Table) -> None:
    one_at_a_time(scope, object_of(record))
    _replace(scope, closure, pairs_of_tree(record), ("ancestor_id", "descendant_id", "depth"))


def pairs_of_tree(record: type[Record]) -> Pairs:
    """Every record with every one below it by `parent_id`, itself included at depth 0."""
    table = record.__table__
    start = sa.select(table.c.id.label("top"), table.c.id.label("bottom"), sa.literal(0).label("depth"))
    return _closed(start, table, "parent_id")


@on(created(Employee), updated(Employee), deleted(Employee), restored(Employee))
def principals_follow(scope: Scope, employees: Sequence[Employee]) -> None:
    """Every employee is a principal: with the same id, in the same place, active until deleted."""
    rows = [
        {
            "id": employee.id,
            "kind": "person",
            **{name: getattr(employee, name) for name in PLACES},
            "is_active": employee.deleted_at is None,
        }
        for employee in employees
    ]
    given = insert(principal).values(rows)
    new = {name: given.excluded[name] for name in (*PLACES, "is_active")}
    differs = sa.or_(*(principal.c[name].is_distinct_from(value) for name, value in new.items()))
    written = given.on_conflict_do_update(index_elements=[principal.c.id], set_=new, where=differs)
    if _count(scope, written):
        bump_policy(scope.session)
    _reporting_line_follows(scope)


@rebuilt
def organisation_rebuild(scope: Scope) -> None:
    """What rights are told by is made anew: both trees, the reporting line, and where everybody is."""
    _tree_follows(scope, Department, department_closure)
    _tree_follows(scope, Region, region_closure)
    everybody = scope.session.execute(sa.select(Employee)).scalars().all()
    if everybody:
        principals_follow(scope, everybody)


def business_lines_of(scope: Scope, employee_id: UUID) -> set[UUID]:
    """The business lines that the person works for."""
    lines = principal_business_line
    statement = sa.select(lines.c.business_line_id).where(lines.c.principal_id == employee_id)
    return set(scope.session.execute(statement).scalars())


def employee_assign_business_lines(scope: Scope, employee: Employee, wanted: Collection[UUID]) -> bool:
    """Make the person work for exactly these business lines; True where that changed anything."""
    scope.need("employee.update")
    before = business_lines_of(scope, employee.id)
    if before == set(wanted):
        return False
    lines = principal_business_line
    scope.session.execute(sa.delete(lines).where(lines.c.principal_id == employee.id))
    rows = [{"principal_id": employee.id, "business_line_id": id_} for id_ in sorted(set(wanted))]
    if rows:
        scope.session.execute(sa.insert(lines), rows)
    told = {"business_lines": (sorted(map(str, before)), sorted(map(str, set(wanted))))}
    write_audit(scope, [Change(employee, ChangeKind.UPDATED, told, scope_before=None)])
    bump_policy(scope.session)
    return True


@on(deleted(BusinessLine))
def business_line_is_not_deleted_from_under_its_people(scope: Scope, lines: Sequence[BusinessLine]) -> None:
    """Rights would go on along a business line that nobody sees any more."""
    of_lines = principal_business_line.c.business_line_id.in_([line.id for line in lines])
    held = sa.select(sa.func.count(principal_business_line.c.principal_id.distinct())).where(of_lines)
    people = scope.session.execute(held).scalar_one()
    if people:
        who = "1 person works" if people == 1 else f"{people} people work"
        raise Broken(f"{who} for this business line.")


def _reporting_line_follows(scope: Scope) -> None:
    one_at_a_time(scope, object_of(Employee))
    _replace(scope, superior_closure, pairs_of_line(), ("superior_id", "subordinate_id", "depth"))


def pairs_of_line() -> Pairs:
    """Every superior with everybody below them in the reporting line."""
    table = Employee.__table__
    start = sa.select(table.c.superior_id.label("top"), table.c.id.label("bottom"), sa.literal(1).label("depth")).where(
        table.c.superior_id.is_not(None)
    )
    return _closed(start, table, "superior_id")


def _closed(start: sa.Select[tuple[UUID, UUID, int]], table: sa.FromClause, above: str) -> Pairs:
    """Every pair (top, bottom) along `above`, with its distance."""
    pairs = start.cte("pairs", recursive=True)
    parent = table.alias()
    step = (
        sa.select(parent.c[above], pairs.c.bottom, pairs.c.depth + 1)
        .join_from(pairs, parent, parent.c.id == pairs.c.top)
        .where(parent.c[above].is_not(None), pairs.c.depth < MAX_DEPTH)
    )
    return pairs.union(step)


def _replace(scope: Scope, closure: sa.Table, wanted: Pairs, names: tuple[str, str, str]) -> None:
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
