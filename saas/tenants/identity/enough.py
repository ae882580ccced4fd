"""Whether a session is enough for a tenant: one may demand more of sign-ins than another."""

from uuid import UUID

from saas.tenants.identity.policy import Policy
from saas.tenants.identity.sessions import Session

_SECOND = {"otp", "recovery", "sso"}


def is_enough(session: Session, policy: Policy, tenant_id: UUID) -> str | None:
    """None where it is; else the step that is missing: `second_factor` or `sso`."""
    del tenant_id
    if not policy.password_allowed and session.connection_id is None:
        return "sso"
    if policy.second_factor and _SECOND.isdisjoint(session.methods):
        return "second_factor"
    return None
