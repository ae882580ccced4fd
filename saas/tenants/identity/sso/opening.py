"""The session of somebody for whom a provider vouched, and the note of who tried."""

from uuid import UUID

from sqlalchemy import Connection as Transaction

from saas.kit.settings import settings
from saas.tenants.identity.places import places_of
from saas.tenants.identity.policy import policy_of, strictest
from saas.tenants.identity.sessions import session_begin
from saas.tenants.identity.sign_in_log import log_sign_in
from saas.tenants.identity.sso.connections import Connection
from saas.tenants.identity.sso.log_out import token_kept
from saas.tenants.identity.sso.people import Outside


def session_through(
    transaction: Transaction,
    connection: Connection,
    outside: Outside,
    person_id: UUID,
    *,
    id_token: str,
    address: str,
    agent: str,
) -> tuple[str, str | None]:
    """A new session's secret, and what is pending.

    A second factor that the provider vouches for counts where its tenant trusts it. It is kept as `mfa`, as it is none
    of ours: for no other tenant it counts.
    """
    is_strong = connection.trusts_second_factor and outside.has_second_factor
    # Somebody new has no place yet that others see: this tenant's policy counts all the same.
    policy = policy_of(connection.tenant_id)
    pending = "second_factor" if policy.second_factor and not is_strong else None
    hours = strictest([policy, *(place.policy for place in places_of(person_id))]).session_hours
    session_id, secret = session_begin(
        transaction,
        person_id,
        methods=("sso", "mfa") if is_strong else ("sso",),
        pending=pending,
        address=address,
        agent=agent,
        hours=None if hours is None else min(hours, settings().session_hours),
        connection_id=connection.id,
        outside_session=outside.session,
        outside_token=token_kept(id_token),
    )
    _note(transaction, connection, outside, "ok", address, agent, person_id, session_id)
    return secret, pending


def refusal_noted(
    transaction: Transaction, connection: Connection, outside: Outside, *, address: str, agent: str
) -> None:
    """Somebody for whom the provider vouched was not let in."""
    _note(transaction, connection, outside, "refused", address, agent)


def _note(
    transaction: Transaction,
    connection: Connection,
    outside: Outside,
    outcome: str,
    address: str,
    agent: str,
    person_id: UUID | None = None,
    session_id: UUID | None = None,
) -> None:
    log_sign_in(
        transaction,
        person_id=person_id,
        email=outside.email or "",
        outcome=outcome,
        method="sso",
        address=address,
        agent=agent,
        tenant_id=connection.tenant_id,
        session_id=session_id,
    )
