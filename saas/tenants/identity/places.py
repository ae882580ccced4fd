"""Where a person has a place, with what each tenant demands of sign-ins."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from saas.tenants.directory import rows, tenant_from, tenant_query
from saas.tenants.directory_tables import membership, tenant
from saas.tenants.identity.policy import Policy, policy_from
from saas.tenants.identity_tables import sign_in_policy
from saas.tenants.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Place:
    """A person's open membership of a tenant, which need not be one that can be used now."""

    membership_id: UUID
    tenant: Tenant
    policy: Policy


def places_of(person_id: UUID) -> list[Place]:
    """All open memberships of the person, by the tenants' names."""
    query = (
        select(*tenant_query().selected_columns, membership.c.id.label("membership_id"), sign_in_policy.c.rules)
        .select_from(membership)
        .join(tenant, tenant.c.id == membership.c.tenant_id)
        .outerjoin(sign_in_policy, sign_in_policy.c.tenant_id == membership.c.tenant_id)
        .where(membership.c.person_id == person_id, membership.c.ended_at.is_(None))
        .order_by(tenant.c.name)
    )
    return [Place(row.membership_id, tenant_from(row), policy_from(row.rules or {})) for row in rows(query)]
