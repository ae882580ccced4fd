"""Somebody arrives from their provider: who they are here, with which roles, and their session.

The company's half commits first, as in onboarding: what is left of a failure is an employee without sign-in, whom the
next try finds by their address.
"""

from uuid import UUID

from sqlalchemy import Connection as Transaction

from saas.engine.scope import Via, open_scope
from saas.kit.errors import TenantUnavailable
from saas.kit.settings import settings
from saas.modules.organisation.outside_accounts import employee_made, employee_with, roles_follow
from saas.tenants.directory import directory, tenant_by_id
from saas.tenants.identity.memberships import memberships_of
from saas.tenants.identity.policy import policies_of, strictest
from saas.tenants.identity.sessions import session_begin
from saas.tenants.identity.sign_in_log import log_sign_in
from saas.tenants.identity.sso.connections import Connection
from saas.tenants.identity.sso.log_out import token_kept
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


def arrive(connection: Connection, outside: Outside, id_token: str, browser: Browser) -> str:
    """A session for whoever that is; its secret. NotLetIn where they are nobody here."""
    try:
        with directory() as transaction:
            found = find(transaction, connection, outside)
        employee_id = _employee(connection, outside, found)
        with directory() as transaction:
            found = find(transaction, connection, outside)
            person_id = settle(transaction, connection, outside, found, employee_id)
            return _begin(transaction, connection, outside, person_id, id_token, browser)
    except NotLetIn:
        with directory() as transaction:
            _log(transaction, connection, outside, browser, "refused")
        raise


def link(connection: Connection, outside: Outside, person_id: UUID) -> None:
    """Somebody who has signed in is from now on who they are at the provider. NotLetIn where that may not be."""
    with directory() as transaction:
        found = find_linking(transaction, connection, outside, person_id)
    employee_id = _employee(connection, outside, found)
    with directory() as transaction:
        found = find_linking(transaction, connection, outside, person_id)
        settle(transaction, connection, outside, found, employee_id)


def _employee(connection: Connection, outside: Outside, found: Found) -> UUID:
    """The employee, made where they are new, with the roles that the provider's word gives."""
    tenant = tenant_by_id(connection.tenant_id)
    if tenant.state is not TenantState.ACTIVE:
        raise TenantUnavailable(f"The tenant {tenant.slug} is {tenant.state}.")
    with open_scope(tenant, None, write=True, via=Via(app=connection.name)) as scope:
        employee_id = found.principal_id
        if employee_id is None:
            employee_id = employee_with(scope, found.email)
            if employee_id is not None:
                check_place(scope.directory, connection, employee_id)
            else:
                employee_id = employee_made(scope, found.email, outside.name)
        roles_follow(scope, employee_id, connection.role_mappings, outside.claims)
    return employee_id


def _begin(
    transaction: Transaction,
    connection: Connection,
    outside: Outside,
    person_id: UUID,
    id_token: str,
    browser: Browser,
) -> str:
    """The session. What the provider says of a second factor counts where its tenant trusts it, and for this tenant."""
    is_strong = connection.trusts_second_factor and outside.has_second_factor
    policies = policies_of({connection.tenant_id, *(each.tenant.id for each in memberships_of(person_id))})
    demands = policies[connection.tenant_id].second_factor
    hours = strictest(policies.values()).session_hours
    session_id, secret = session_begin(
        transaction,
        person_id,
        methods=("sso", "mfa") if is_strong else ("sso",),
        pending="second_factor" if demands and not is_strong else None,
        address=browser.address,
        agent=browser.agent,
        hours=None if hours is None else min(hours, settings().session_hours),
        connection_id=connection.id,
        outside_session=outside.session,
        outside_token=token_kept(id_token),
    )
    _log(transaction, connection, outside, browser, "ok", person_id, session_id)
    return secret


def _log(
    transaction: Transaction,
    connection: Connection,
    outside: Outside,
    browser: Browser,
    outcome: str,
    person_id: UUID | None = None,
    session_id: UUID | None = None,
) -> None:
    log_sign_in(
        transaction,
        person_id=person_id,
        email=outside.email or "",
        outcome=outcome,
        method="sso",
        address=browser.address,
        agent=browser.agent,
        tenant_id=connection.tenant_id,
        session_id=session_id,
    )
