"""Where the data lies: servers of its own in a folder that outlives the run, filled once for each way of filling it."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from saas.cli.demo_settings import for_processes, settle
from saas.cli.embedded.servers import Servers, start_servers
from saas.kit.errors import Conflict
from saas.kit.settings import settings
from saas.modules import plant_all
from saas.tenants.branches import head
from saas.tenants.cells import forget_cells
from saas.tenants.database import close_connections
from saas.tenants.directory import tenant_by_slug
from saas.tenants.install import DEFAULT_CELL, add_cell, install
from saas.tenants.provision import create_tenant
from saas.tenants.tenant import Tenant
from scripts.benchmarks.installation import UNLIMITED
from scripts.benchmarks.reading import say
from scripts.benchmarks.reading.load import SIZES, fill
from scripts.benchmarks.registry import Bench

_PATIENCE = 900  # seconds
_FILLED_BY = ("load.py", "load_sql.py", "people.py")


@dataclass(frozen=True)
class Place:
    """The running servers, their tenants by slug, and the environment of an API process."""

    servers: Servers
    tenants: dict[str, Tenant]
    environment: dict[str, str]

    @property
    def cell(self) -> str:
        """The superuser's way to the tenants' data."""
        return make_conninfo(self.servers.admin_dsn, dbname="atrium_main")


def folder() -> Path:
    """`ATRIUM_BENCH_DATA`, else one that a restart of the machine spares, named by what it is filled with."""
    given = os.environ.get("ATRIUM_BENCH_DATA")
    if given:
        return Path(given)
    digest = hashlib.sha256()
    for name in _FILLED_BY:
        digest.update(Path(__file__).with_name(name).read_bytes())
    lasting = Path("/var/tmp")  # noqa: S108  # the folder is private, its name says what is in it
    parent = lasting if lasting.is_dir() else Path(tempfile.gettempdir())
    return parent / f"atrium-reading-{os.geteuid()}-{head()}-{digest.hexdigest()[:12]}"


@contextmanager
def place(_bench: Bench) -> Iterator[Place]:
    """The servers with all tenants in them; the settings of this process name them until the end."""
    before = dict(os.environ)
    running = _start()
    try:
        environment = settle(running)
        environment |= UNLIMITED | {"SAAS_LOG_FORMAT": "json"}  # as in production
        forget_cells()
        if not running.remembered.settings.get("BENCH_IS_FILLED"):
            with running.folder.filling():
                _fill(running, environment)
            running.remember(BENCH_IS_FILLED="yes")
        tenants = {slug: tenant_by_slug(slug) for slug in SIZES}
        yield Place(running, tenants, for_processes(environment))
    finally:
        close_connections()
        running.stop()
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
        forget_cells()


def _start() -> Servers:
    """The servers; where another run has them, after it: both at once would measure nothing."""
    deadline, told = time.monotonic() + _PATIENCE, False
    while True:
        try:
            return start_servers(folder())
        except Conflict as held:
            if time.monotonic() > deadline:
                raise
            if not told:
                say(f"waiting: {held}")
            told = True
            time.sleep(10)


def _fill(running: Servers, environment: dict[str, str]) -> None:
    say(f"filling {running.folder.path}, once; some minutes")
    install(running.admin_dsn)
    cell = environment["SAAS_DIRECTORY_DSN"].rpartition("/")[0] + "/atrium_main"
    add_cell(DEFAULT_CELL, cell, admin_dsn=running.admin_dsn)
    dsn = make_conninfo(running.admin_dsn, dbname="atrium_main")
    with psycopg.connect(dsn, autocommit=True, cursor_factory=psycopg.ClientCursor) as admin:
        # What runs at its own times takes CPU that belongs to nobody's answers.
        admin.execute("ALTER SYSTEM SET autovacuum = off")
        admin.execute("ALTER SYSTEM SET shared_buffers = '1GB'")
        if admin.info.server_version >= 180000:  # else helpers of all backends read for them
            admin.execute("ALTER SYSTEM SET io_method = 'sync'")
        admin.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
        admin.execute("SET maintenance_work_mem = '1GB'")
        admin.execute("SET synchronous_commit = off")
        for slug, size in SIZES.items():
            tenant = create_tenant(
                slug, slug.title(), seed=plant_all, base_currency="USD", time_zone="UTC", language="en"
            )
            fill(tenant, size, admin)
        admin.execute("CHECKPOINT")
