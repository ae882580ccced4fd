"""Every try to sign in is written down, whatever became of it."""

from uuid import UUID

from sqlalchemy import Connection

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.sign_in_log_tables import sign_in_log


def log_sign_in(
    connection: Connection,
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
    """One try. `outcome` is ok, wrong, locked, captcha, second_factor_wrong or refused."""
    values = {"person_id": person_id, "email": email, "outcome": outcome, "method": method, "address": address}
    more = {"agent": agent[:300], "tenant_id": tenant_id, "session_id": session_id, "at": now()}
    connection.execute(sign_in_log.insert().values(id=ids.new_id(ids.SIGN_IN_ENTRY), **values, **more))
