"""Somebody arrives from their provider: who they are here, with which roles, and their session.

The company's half commits first, as in onboarding: what is left of a failure is an employee without sign-in, whom the
next try finds by their address.
"""

from uuid import UUID

from saas.engine.scope import Via, open_scope
from saas.kit.errors import TenantUnavailable
from saas.modules.identity.outside_accounts import employee_made, employee_with, roles_follow
from saas.tenants.directory import directory, tenant_by_id
from saas.tenants.identity.sso.connections import Connection
from saas.tenants.identity.sso.opening import refusal_noted, session_through
from saas.tenants.identity.sso.people import (
    Found,
    NotLetIn,
    Outside,
    check_place,
    find,
    find_linking,
    settle,
)
from saas.tenants.tenant import TenantState
from saas.web.pages.browser import Browser


def arrive(connection: Connection, outside: Outside, id_token: str, browser: Browser) -> tuple[str, str | None]:
    """A session for whoever that is: its secret, and what is pending. NotLetIn where they are nobody here."""
    visitor = {"address": browser.address, "agent": browser.agent}
    try:
        with directory() as transaction:
            found = find(transaction, connection, outside)
        employee_id = _employee(connection, outside, found)
        with directory() as transaction:
            person_id = settle(transaction, connection, outside, found, employee_id)
            return session_through(transaction, connection, outside, person_id, id_token=id_token, **visitor)
    except NotLetIn:
        with directory() as transaction:
            refusal_noted(transaction, connection, outside, **visitor)
        raise


def link(connection: Connection, outside: Outside, person_id: UUID) -> None:
    """Somebody who has signed in is from now on who they are at the provider. NotLetIn where that may not be."""
    with directory() as transaction:
        found = find_linking(transaction, connection, outside, person_id)
    employee_id = _employee(connection, outside, found)
    with directory() as transaction:
        settle(transaction, connection, outside, found, employee_id)


def _employee(connection: Connection, outside: Outside, found: Found) -> UUID:
    """The employee, made where they are new, with the roles that the provider's word gives."""
    tenant = tenant_by_id(connection.tenant_id)
    if tenant.state is not TenantState.ACTIVE:
        raise TenantUnavailable(f"The tenant {tenant.slug} is {tenant.state}.")
    with open_scope(tenant, None, write=True, via=Via(app=connection.name)) as scope:
        employee_id = found.principal_id or (found.invitation.principal_id if found.invitation else None)
        if employee_id is None:
            employee_id = employee_with(scope, found.email)
            if employee_id is not None:
                check_place(scope.directory, connection, employee_id)
            else:
                employee_id = employee_made(scope, found.email, outside.name)
        roles_follow(scope, employee_id, connection.role_mappings, outside.claims)
    return employee_id
