"""Employees whom an identity provider of the company vouches for: found or made at the first sign-in, with the roles
that follow from what it tells, at each."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa

from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.kit.errors import BadInput, Forbidden
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.grant_check import living
from saas.modules.organisation.rights import employee_assign_roles, roles_of
from saas.modules.organisation.role import Role
from saas.tenants.identity.sso.connections import RoleMapping


def employee_with(scope: Scope, email: str) -> UUID | None:
    """The living employee with this address, which is one's own in a company; None where there is none."""
    table = Employee.__table__
    same = sa.func.lower(table.c.email) == email.lower(), table.c.deleted_at.is_(None)
    found = scope.session.execute(sa.select(table.c.id).where(*same)).scalars().all()
    return found[0] if len(found) == 1 else None


def employee_made(scope: Scope, email: str, name: str) -> UUID:
    """A new employee; BadInput where the company's rules refuse them."""
    (outcome,) = create(scope, object_of(Employee), [{"name": name or email, "email": email}])
    if outcome.id is None:
        raise BadInput(" ".join(problem.message for problem in outcome.problems))
    return outcome.id


def roles_follow(
    scope: Scope, employee_id: UUID, mappings: Sequence[RoleMapping], claims: Mapping[str, object]
) -> bool:
    """Make the employee hold, of the roles that are mapped, those that the claims give; others stay as they are.

    True where that changed anything. Forbidden for who no longer works here.
    """
    employee = scope.session.get(Employee, employee_id)
    if employee is None or employee.deleted_at is not None:
        raise Forbidden("This employee does not work here any more.")
    mapped = living(scope, Role, {each.role_id for each in mappings})
    given = {each.role_id for each in mappings if each.role_id in mapped and _says(claims.get(each.claim), each.value)}
    held = roles_of(scope, employee_id)
    wanted = {role: until for role, until in held.items() if role not in mapped or role in given}
    return employee_assign_roles(scope, employee, wanted | {role: None for role in given if role not in held})


def _says(claim: object, value: str) -> bool:
    if isinstance(claim, list):
        return any(_says(each, value) for each in claim if not isinstance(each, list))
    if isinstance(claim, bool):
        return value == ("true" if claim else "false")
    return isinstance(claim, str | int) and str(claim) == value
