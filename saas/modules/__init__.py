"""The business, one folder a module, one file an object."""

from saas.engine.seeds import plant_all, plant_missing
from saas.modules import (
    catalog,
    customers,
    identity,
    masters,
    notices,
    organisation,
    sales,
    starting_roles,
    webhooks,
)

__all__ = [
    "catalog",
    "customers",
    "identity",
    "masters",
    "notices",
    "organisation",
    "plant_all",
    "plant_missing",
    "sales",
    "starting_roles",
    "webhooks",
]
