"""The tenants to which a person may go with one sign-in."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from saas.tenants.directory import rows, tenant_from, tenant_query
from saas.tenants.directory_tables import membership, tenant
from saas.tenants.tenant import Tenant, TenantState


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's place in a tenant."""

    id: UUID
    tenant: Tenant
    principal_id: UUID


def memberships_of(person_id: UUID) -> list[Membership]:
    """The person's open places in tenants that can be used now, by the tenants' names."""
    query = (
        select(*tenant_query().selected_columns, membership.c.id.label("membership_id"), membership.c.principal_id)
        .select_from(membership)
        .join(tenant, tenant.c.id == membership.c.tenant_id)
        .where(membership.c.person_id == person_id, membership.c.ended_at.is_(None))
        .where(tenant.c.state == TenantState.ACTIVE.value)
        .order_by(tenant.c.name)
    )
    return [Membership(row.membership_id, tenant_from(row), row.principal_id) for row in rows(query)]
