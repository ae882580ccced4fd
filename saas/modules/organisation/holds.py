"""What holds of the organisation: what the permission kernel reads is what departments, regions and people say."""

from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.tables import (
    SYSTEM_PRINCIPAL,
    department_closure,
    principal,
    principal_role,
    region_closure,
    superior_closure,
)
from saas.engine.invariants import REBUILD, Broken, Window, invariant, invariant_in_windows
from saas.engine.scope import Scope
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region
from saas.modules.organisation.role import Role
from saas.modules.organisation.structure import PLACES, Pairs, pairs_of_line, pairs_of_tree


@invariant("closure_matches", object=Department, remedy=REBUILD)
def department_closure_matches(_scope: Scope) -> Broken:
    """Which departments lie below which, for rights, is what their parents say."""
    return _differing(pairs_of_tree(Department), department_closure)


@invariant("closure_matches", object=Region, remedy=REBUILD)
def region_closure_matches(_scope: Scope) -> Broken:
    """Which regions lie below which, for rights, is what their parents say."""
    return _differing(pairs_of_tree(Region), region_closure)


@invariant("superior_closure_matches", object=Employee, remedy=REBUILD)
def superior_closure_matches(_scope: Scope) -> Broken:
    """Who is below whom in the reporting line, for rights, is what their superiors say."""
    return _differing(pairs_of_line(), superior_closure)


def _differing(wanted: Pairs, closure: sa.Table) -> sa.Select[tuple[UUID]]:
    """Those below in the pairs that only one of the two has, or at another distance."""
    right, kept = sa.select(wanted), sa.select(*closure.c)
    differing = sa.union_all(sa.except_(right, kept), sa.except_(kept, right)).subquery()
    return sa.select(list(differing.c)[1])


@invariant_in_windows("principals_match", Employee, remedy=REBUILD)
def principals_match(_scope: Scope, window: Window) -> Broken:
    """Every employee is known to the permission kernel, in the place that the record says, until deleted."""
    person = Employee.__table__
    same = [principal.c[name].is_not_distinct_from(person.c[name]) for name in PLACES]
    is_active = principal.c.is_active == person.c.deleted_at.is_(None)
    there = sa.select(sa.true()).where(principal.c.id == person.c.id, is_active, *same).limit(1).scalar_subquery()
    return sa.select(person.c.id).where(window.of(person.c.id), there.is_not(sa.true()))


@invariant("roles_are_held_by_somebody", remedy="Take the role away from them, or restore what is missing.")
def roles_are_held_by_somebody(_scope: Scope) -> Broken:
    """Who holds a role is known to the permission kernel, and the role is not in the trash."""
    role = Role.__table__
    lost = sa.or_(principal.c.id.is_(None), role.c.id.is_(None), role.c.deleted_at.is_not(None))
    joined = principal_role.outerjoin(principal, principal.c.id == principal_role.c.principal_id).outerjoin(
        role, role.c.id == principal_role.c.role_id
    )
    of_people = principal_role.c.principal_id != SYSTEM_PRINCIPAL  # whose role is no record
    return sa.select(principal_role.c.principal_id).select_from(joined).where(lost, of_people)
