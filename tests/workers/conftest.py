"""A cell with two tenants for the tests of jobs; cloned for each test file, emptied for each test."""

import os
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa

from saas.kit.settings import settings
from saas.modules import plant_all
from saas.tenants.cells import as_owner, forget_cells
from saas.tenants.database import close_connections
from saas.tenants.directory import tenant_by_slug
from saas.tenants.installation import _fingerprint
from saas.tenants.provision import add_cell, create_tenant, install
from saas.tenants.tenant import Tenant
from saas.workers.cells import dispatcher_engine
from tests.databases import Cluster
from tests.workers.place import Place

MARKS = 'CREATE TABLE {schema}.mark (id uuid PRIMARY KEY, name text COLLATE "C" NOT NULL)'


@pytest.fixture(scope="module")
def company(cluster: Cluster) -> Iterator[Place]:
    """Databases of this file's own, so that no other test's directory is in the way."""
    before = os.environ["SAAS_DIRECTORY_DSN"]
    directory_name, cell_name = cluster.name("jobs_directory"), cluster.name("jobs_cell")
    _point_at(cluster.plain_dsn(directory_name))
    cluster.drop(directory_name)
    cluster.drop(cell_name)
    install(cluster.admin_dsn)
    dsn = cluster.plain_dsn(cell_name)
    add_cell("main", dsn, admin_dsn=cluster.admin_dsn)
    yield Place(_tenant("acme"), _tenant("rival"), dispatcher_engine(dsn, 5))
    close_connections()
    _point_at(before)
    cluster.drop(directory_name)
    cluster.drop(cell_name)


@pytest.fixture
def place(company: Place) -> Place:
    """The same, without jobs and marks."""
    with company.cell.connect() as connection:
        connection.execute(sa.text("DELETE FROM platform.job"))
    with as_owner("main") as connection:
        connection.exec_driver_sql(f'TRUNCATE "{company.acme.schema}".mark, "{company.rival.schema}".mark')
    redis.Redis.from_url(settings().redis_url).flushdb()
    return company


def _tenant(slug: str) -> Tenant:
    create_tenant(slug, slug.title(), seed=plant_all)
    tenant = tenant_by_slug(slug)
    with as_owner(tenant.cell) as connection:
        connection.exec_driver_sql(MARKS.format(schema=f'"{tenant.schema}"'))
    return tenant


def _point_at(directory_dsn: str) -> None:
    os.environ["SAAS_DIRECTORY_DSN"] = directory_dsn
    settings.cache_clear()
    _fingerprint.cache_clear()  # of databases that were made anew under the same names
    forget_cells()
