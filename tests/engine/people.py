"""Somebody new in a company, with rights of their own."""

import itertools
from uuid import UUID

import sqlalchemy as sa

from saas.engine.scope import Scope
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.tenants.sign_in import issue_token, let_in
from tests.world import Company, Person

_numbers = itertools.count(1)


def hire(
    company: Company, name: str, *grants: Grants, department: str | None = None, superior: Person | None = None
) -> Person:
    """A new person who holds a role for each of these that grants exactly this."""
    id_ = company.make(
        Employee,
        name=name,
        department_id=company.departments[department] if department else None,
        superior_id=superior.id if superior else None,
    )
    roles = {company.make(Role, name=f"{name}'s role {next(_numbers)}"): each for each in grants}
    with company.scope() as scope:
        for role_id, each in roles.items():
            role_grant(scope, role_of(scope, role_id), each)
        employee_assign_roles(scope, employee_of(scope, id_), dict.fromkeys(roles))
    email = f"{name}@{company.tenant.slug}.test"
    let_in(company.tenant, id_, email, None, name)
    return Person(name, id_, email, company.tenant, issue_token(company.tenant, id_, 1).token)


def regrant(company: Company, person: Person, grants: Grants) -> None:
    """Give the first role of the person other rights."""
    with company.scope() as scope:
        held = scope.session.execute(
            sa.text("SELECT role_id FROM principal_role WHERE principal_id = :id"), {"id": person.id}
        ).scalars()
        role_grant(scope, role_of(scope, held.first() or UUID(int=0)), grants)


def role_of(scope: Scope, id_: UUID) -> Role:
    return scope.session.get_one(Role, id_)


def employee_of(scope: Scope, id_: UUID) -> Employee:
    return scope.session.get_one(Employee, id_)
