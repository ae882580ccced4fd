"""What every tenant begins with: each module says what it needs there, and all of it is planted with the tenant."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from saas.tenants.session import writing
from saas.tenants.tenant import Tenant

Seed = Callable[[Session, Tenant], None]
_seeds: list[Seed] = []


def seed(plant: Seed) -> Seed:
    """Declare what each tenant has: a function that adds what is missing, so that it can run again.

    Modules before this one have planted theirs when it runs.
    """
    _seeds.append(plant)
    return plant


def plant_all(session: Session, tenant: Tenant) -> None:
    """Plant what all modules declared, in the order of their declaration."""
    for plant in _seeds:
        plant(session, tenant)


def plant_missing(tenant: Tenant) -> None:
    """Plant what a newer program declares in a tenant that is there already."""
    with writing(tenant, operator=True) as opened:
        plant_all(opened.session, tenant)
