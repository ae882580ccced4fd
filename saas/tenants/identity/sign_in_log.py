"""Each try to sign in is written down, whatever came of it, and is kept for half a year."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, select

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.membership import folded, is_address
from saas.tenants.sign_in_tables import sign_in_entry

KEPT = timedelta(days=180)
# Each entry takes this many away that are too old: the log shrinks faster than it grows, and nobody need clean up.
_SWEPT = 2


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
    """One try.

    outcome  `ok`, `wrong`, `locked`, `captcha`, `second_factor_wrong` or `refused` (a rule of the tenant)
    method   how: `pwd`, `otp`, `recovery`, `sso`
    """
    moment = now()
    old = select(sign_in_entry.c.id).where(sign_in_entry.c.at < moment - KEPT).order_by(sign_in_entry.c.at)
    old = old.limit(_SWEPT).with_for_update(skip_locked=True)
    swept = delete(sign_in_entry).where(sign_in_entry.c.id.in_(old)).returning(sign_in_entry.c.id).cte("swept")
    connection.execute(
        sign_in_entry.insert()
        .add_cte(swept)  # one round trip for both
        .values(
            id=ids.new_id(ids.SIGN_IN_ENTRY),
            person_id=person_id,
            tenant_id=tenant_id,
            session_id=session_id,
            # Some type their password into the wrong field; the log must not keep it.
            email=folded(email) if is_address(email) else "",
            outcome=outcome,
            method=method,
            address=address[:100],
            agent=agent[:300],
            at=moment,
        )
    )
