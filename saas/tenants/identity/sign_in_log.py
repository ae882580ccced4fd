"""Who tried to sign in, how, and what became of it: a line in the log."""

from uuid import UUID

from sqlalchemy import Connection

from saas.kit import log

_log = log.logger(__name__)


def log_sign_in(
    _connection: Connection,
    *,
    person_id: UUID | None,
    email: str,
    outcome: str,
    method: str,
    address: str,
    agent: str,
    tenant_id: UUID | None = None,
    session_id: UUID | None = None,
) -> None:
    """One try; `outcome` is ok, wrong, locked, captcha, second_factor_wrong or refused. Only the domain is told."""
    domain = email.partition("@")[2]
    _log.info(
        "sign-in",
        person_id=person_id and str(person_id),
        domain=domain,
        outcome=outcome,
        method=method,
        address=address,
        agent=agent,
        tenant_id=tenant_id and str(tenant_id),
        session_id=session_id and str(session_id),
    )
