"""What administrators do to identity is written down in the transaction that does it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.identity_tables import act


def write_act(
    connection: Connection,
    *,
    tenant_id: UUID,
    actor_id: UUID | None,
    verb: str,
    subject: str,
    details: dict[str, Any] | None = None,
    app_id: UUID | None = None,
    request_id: str = "",
    at: datetime | None = None,
) -> UUID:
    """One act of `actor_id`, None for the operator: `verb` such as `invitation.create`, on `subject`.

    `details` are names, ids and settings before and after; never a secret.
    """
    id_ = ids.new_id(ids.ACT)
    connection.execute(
        act.insert().values(
            id=id_,
            tenant_id=tenant_id,
            actor_id=actor_id,
            app_id=app_id,
            verb=verb,
            subject=subject,
            details=details or {},
            request_id=request_id,
            at=at or now(),
        )
    )
    return id_
