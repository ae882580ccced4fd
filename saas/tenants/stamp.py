"""The stamp: one row in each tenant's schema that says whose it is, at which version, and whether it may be used."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from saas.kit.errors import TenantUnavailable
from saas.tenants.branches import head
from saas.tenants.tenant import Tenant, TenantState

STAMP = "SELECT tenant_id, schema_version, policy_version, customisation_version, state FROM stamp"


@dataclass(frozen=True, slots=True)
class Stamp:
    tenant_id: UUID
    schema_version: int
    policy_version: int
    customisation_version: int
    state: str


def check(stamp: Stamp, tenant: Tenant, *, operator: bool) -> None:
    """Refuse (TenantUnavailable) a schema that may not be used now; an operator may look at one that is suspended."""
    if stamp.tenant_id != tenant.id:
        raise TenantUnavailable(
            f"The schema of {tenant.slug} carries the stamp of another tenant.",
            remedy="Nothing was read. Compare the directory with the cell: was one restored without the other?",
        )
    allowed = (TenantState.ACTIVE, TenantState.SUSPENDED) if operator else (TenantState.ACTIVE,)
    if stamp.state not in allowed:
        raise TenantUnavailable(_why_closed(tenant, stamp.state), remedy=_REMEDIES.get(TenantState(stamp.state), ""))
    newest = head()
    if stamp.schema_version not in (newest, newest - 1):
        raise TenantUnavailable(
            f"{tenant.slug} is at schema version {stamp.schema_version}; this program needs {newest}.",
            remedy=f"Try again soon. An operator runs `saas tenant migrate {tenant.slug}`.",
        )


_REMEDIES = {
    TenantState.CREATING: "Try again soon. `saas tenant reconcile` finishes what was interrupted.",
    TenantState.SUSPENDED: "An operator can end that: `saas tenant resume`.",
}


def _why_closed(tenant: Tenant, state: str) -> str:
    sentences = {
        TenantState.CREATING: "is still being made",
        TenantState.SUSPENDED: "is suspended",
        TenantState.DROPPING: "is being dropped",
    }
    return f"The tenant {tenant.slug} {sentences.get(TenantState(state), state)}."


def bump_policy(session: Session) -> None:
    """Rights changed in this transaction: what others have cached about them ends with its commit."""
    session.execute(text("UPDATE stamp SET policy_version = policy_version + 1"))


def bump_customisation(session: Session) -> None:
    """Custom fields or objects changed in this transaction."""
    session.execute(text("UPDATE stamp SET customisation_version = customisation_version + 1"))
