"""Where the tests of tenants take place, and what they do there as a superuser."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from saas.kit.settings import settings
from saas.schema import execute, perform
from saas.tenants.cells import as_owner, forget_cells
from saas.tenants.database import close_connections
from saas.tenants.provision import add_cell, create_tenant, install
from saas.tenants.sign_in import forget_callers
from saas.tenants.tenant import Tenant
from tests.databases import Cluster


@dataclass(frozen=True)
class Place:
    cluster: Cluster
    directory: str
    cell: str

    def ask(self, statement: str, *values: object, database: str = "") -> list[tuple[Any, ...]]:
        """The answer to a superuser, in the cell unless another database is named."""
        with psycopg.connect(self.cluster.dsn(database or self.cell), autocommit=True) as admin:
            cursor = admin.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def stamp(self, tenant: Tenant, assignment: str) -> None:
        """Set something in the tenant's stamp."""
        self.ask(f'UPDATE "{tenant.schema}".stamp SET {assignment}')


@contextmanager
def settled_on(cluster: Cluster, what: str) -> Iterator[Place]:
    """Inside, the settings name fresh databases of this cluster."""
    place = Place(cluster, cluster.name(f"{what}_directory"), cluster.name(f"{what}_cell"))
    before = dict(os.environ)
    os.environ.update(SAAS_DIRECTORY_DSN=cluster.plain_dsn(place.directory), SAAS_ADMIN_DSN=cluster.admin_dsn)
    forget_everything()
    for name in (place.directory, place.cell):
        cluster.drop(name)
    try:
        install(cluster.admin_dsn)
        add_cell("main", cluster.plain_dsn(place.cell), admin_dsn=cluster.admin_dsn)
        yield place
    finally:
        os.environ.clear()
        os.environ.update(before)
        forget_everything()
        for name in (place.directory, place.cell):
            cluster.drop(name)


def forget_everything() -> None:
    """As a process that has just begun."""
    close_connections()
    settings.cache_clear()
    forget_cells()
    forget_callers()


@contextmanager
def with_settings(**values: str) -> Iterator[None]:
    """Inside, these SAAS_* settings hold."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    forget_everything()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        forget_everything()


@contextmanager
def field_by_field() -> Iterator[None]:
    """Inside, queries are answered as the oracle of the plans answers them: by the executor."""
    by_fields = settings().model_copy(update={"reading": "fields"})
    with pytest.MonkeyPatch.context() as patch:
        for reader in (execute, perform):  # who asks how to read; settings made anew take ten milliseconds
            patch.setattr(reader, "settings", lambda: by_fields)
        yield


def make_tenant(_place: Place, slug: str) -> Tenant:
    """A tenant with a table `note` of its own."""
    tenant = create_tenant(slug, slug.title(), seed=nothing)
    with as_owner(tenant.cell) as connection:
        connection.execute(text(f'CREATE TABLE "{tenant.schema}".note (id int PRIMARY KEY, body text)'))
    return tenant


def nothing(_session: Session, _tenant: Tenant) -> None:
    """A seed that plants nothing."""


def until(holds: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Wait until something holds, and fail with its name when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.02)
