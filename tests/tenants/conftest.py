"""A directory and a cell of their own for each file of these tests."""

from collections.abc import Iterator

import pytest

from saas.tenants.tenant import Tenant
from tests.databases import Cluster
from tests.tenants.place import Place, make_tenant, settled_on


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    """Databases with one cell, main, and no tenant."""
    with settled_on(cluster, "tenants") as settled:
        yield settled


@pytest.fixture(scope="module")
def acme(place: Place) -> Tenant:
    return make_tenant(place, "acme")


@pytest.fixture(scope="module")
def rival(place: Place) -> Tenant:
    return make_tenant(place, "rival")
