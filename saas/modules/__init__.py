"""The business, one folder a module, one file an object."""

from saas.modules import catalog, customers, masters, organisation, sales

__all__ = ["catalog", "customers", "masters", "organisation", "sales"]
