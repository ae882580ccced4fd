"""The stamp: one row in each tenant's schema that says whose it is, at which version, and whether it may be used."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sqlalchemy.orm import Session

from saas.kit.errors import TenantUnavailable
from saas.tenants.branches import head
from saas.tenants.tenant import Tenant, TenantState
from saas.tenants.waiting import wait

STAMP = "SELECT tenant_id, schema_version, policy_version, customisation_version, state FROM stamp"
# The same as one text, which is compared without being taken apart; `Stamp.text` makes the same of a stamp.
STAMP_TEXT = "concat_ws(' ', tenant_id, schema_version, policy_version, customisation_version, state)"


@dataclass(frozen=True, slots=True)
class Stamp:
    tenant_id: UUID
    schema_version: int
    policy_version: int
    customisation_version: int
    state: str

    def text(self) -> bytes:
        """The stamp as Postgres makes one text of it."""
        numbers = f"{self.schema_version} {self.policy_version} {self.customisation_version}"
        return f"{self.tenant_id} {numbers} {self.state}".encode()

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """The stamp of which `text` was made."""
        tenant_id, schema, policy, customisation, state = text.decode().split(" ")
        return cls(UUID(tenant_id), int(schema), int(policy), int(customisation), state)


@dataclass(frozen=True, slots=True)
class Seen:
    """A stamp that was found good, and its text."""

    stamp: Stamp
    told: bytes


_seen: dict[UUID, Seen] = {}


def last_seen(tenant_id: UUID) -> Seen | None:
    """The stamp with which this process read the tenant's data last."""
    return _seen.get(tenant_id)


def forget_stamps() -> None:
    """Look at every stamp anew."""
    _seen.clear()


def check(stamp: Stamp, tenant: Tenant, *, operator: bool) -> None:
    """Refuse (TenantUnavailable) a schema that may not be used now; an operator may look at one that is suspended.

    What is found good is remembered: a plan that answers with another stamp was made for what was.
    """
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
    known = _seen.get(tenant.id)
    if not operator and (known is None or known.stamp != stamp):
        _seen[tenant.id] = Seen(stamp, stamp.text())


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
    wait(session, "UPDATE stamp SET policy_version = policy_version + 1")


def bump_customisation(session: Session) -> None:
    """Custom fields or objects changed in this transaction."""
    wait(session, "UPDATE stamp SET customisation_version = customisation_version + 1")
