"""The identity providers that a tenant has of its own."""

from uuid import UUID


def connections_of(_tenant_id: UUID) -> frozenset[UUID]:
    """The ids of the tenant's own identity providers that may be used."""
    return frozenset()
