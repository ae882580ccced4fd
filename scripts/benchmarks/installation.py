"""What several cases stand on: servers of their own, durable, with a directory and one cell."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from saas.cli.demo_settings import for_processes, settle
from saas.cli.embedded.folder import temporary_folder
from saas.cli.embedded.servers import Servers, start_servers
from saas.kit.settings import settings
from saas.modules import plant_all
from saas.tenants.cells import forget_cells
from saas.tenants.database import close_connections
from saas.tenants.install import DEFAULT_CELL, add_cell, install
from saas.tenants.provision import create_tenant
from saas.tenants.tenant import Tenant
from scripts.benchmarks.registry import Bench


@dataclass(frozen=True)
class Installation:
    """Running servers, the cell's DSN, and the environment of an API process."""

    servers: Servers
    environment: dict[str, str]

    def tenant(self, slug: str) -> Tenant:
        """A new tenant with its system identity."""
        return create_tenant(slug, slug.title(), seed=plant_all, base_currency="USD", time_zone="UTC", language="en")


# Nobody is slowed down: what is measured is one answer, not how many somebody may have.
UNLIMITED = {f"SAAS_{whose}_RATE": "1000000000" for whose in ("PERSON", "TENANT", "APP", "ADDRESS")}


@contextmanager
def installation(_bench: Bench) -> Iterator[Installation]:
    """An installation for all cases of a run; the settings of this process name it."""
    before = dict(os.environ)
    folder = temporary_folder("bench")
    servers = start_servers(folder)
    try:
        os.environ |= UNLIMITED
        environment = settle(servers)
        forget_cells()
        install(servers.admin_dsn)
        cell = environment["SAAS_DIRECTORY_DSN"].rpartition("/")[0] + "/atrium_main"
        add_cell(DEFAULT_CELL, cell, admin_dsn=servers.admin_dsn)
        yield Installation(servers, for_processes(environment))
    finally:
        close_connections()
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
        forget_cells()
