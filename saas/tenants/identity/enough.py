"""Whether a sign-in is enough for a tenant: one serves all tenants of a person, but a tenant may demand more."""

from uuid import UUID

from saas.tenants.identity.policy import Policy
from saas.tenants.identity.sessions import Session
from saas.tenants.identity.sso.connections import connections_of

SECOND_FACTOR, SSO = "second_factor", "sso"
_SECOND_FACTORS = frozenset({"otp", "recovery"})


def is_enough(session: Session, policy: Policy, tenant_id: UUID) -> str | None:
    """The step that this tenant demands yet: `second_factor` or `sso`; None: the session is enough.

    Whoever came through the tenant's own identity provider is asked for nothing more: the provider decides.
    """
    if policy.password_allowed and not policy.second_factor:
        return None
    if session.connection_id is not None and session.connection_id in connections_of(tenant_id):
        return None
    if not policy.password_allowed:
        return SSO
    return None if _SECOND_FACTORS.intersection(session.methods) else SECOND_FACTOR
