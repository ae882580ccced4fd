"""The servers of a test run, shared by its workers: databases are cloned from templates that are built once per run."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from saas.cli.embedded.folder import temporary_folder
from saas.cli.embedded.programs import postgres_programs
from saas.cli.embedded.servers import Servers, start_servers

ADMIN_DSN, REDIS_URL, RUN = "ATRIUM_TEST_ADMIN_DSN", "ATRIUM_TEST_REDIS_URL", "ATRIUM_TEST_RUN"
# Roles belong to the cluster, so their passwords are the same for all workers.
APP_PASSWORD, OWNER_PASSWORD, DISPATCHER_PASSWORD = "app-in-tests", "owner-in-tests", "dispatcher-in-tests"


@dataclass(frozen=True, slots=True)
class Cluster:
    """What one worker sees of the servers: its databases begin with the run's name and its own."""

    admin_dsn: str
    redis_url: str
    run: str
    worker: str

    def name(self, what: str) -> str:
        """The name of this worker's database `what`, such as directory or cell."""
        return f"{self.run}_{self.worker}_{what}"

    @property
    def files(self) -> Path:
        """The folder of this worker's files; it goes with the worker."""
        return Path(tempfile.gettempdir()) / f"atrium-files-{self.run}-{self.worker}"

    def dsn(self, database: str) -> str:
        """The superuser's DSN of a database."""
        return self.admin_dsn.rpartition("/")[0] + "/" + database

    def plain_dsn(self, database: str) -> str:
        """The DSN as settings and the directory hold it: without user and password."""
        parts = conninfo_to_dict(self.admin_dsn)
        return f"postgresql://{parts['host']}:{parts['port']}/{database}"

    def template(self, what: str, build: Callable[[str], None]) -> str:
        """The template `what`, built by `build(superuser's DSN)` by whichever worker comes first."""
        name = f"{self.run}_template_{what}"
        with self._admin(lock=name) as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return name
            # Under another name until it is whole: a build that fails leaves no template.
            building = f"{name}_building"
            _drop(admin, building)
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(building)))
            build(self.dsn(building))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            admin.execute(rename.format(sql.Identifier(building), sql.Identifier(name)))
        return name

    def clone(self, template: str, what: str) -> str:
        """A copy of the template as this worker's database `what`; an older one of that name goes. About 45 ms."""
        name = self.name(what)
        with self._admin(lock=template) as admin:
            _drop(admin, name)
            # With fsync off, copying files is quicker than logging blocks (measured on 120 tables: 41 against 50 ms).
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def create(self, what: str) -> str:
        """An empty database of this worker; an older one of that name goes."""
        return self.clone("template1", what)

    def drop(self, name: str) -> None:
        with self._admin() as admin:
            _drop(admin, name)

    def drop_all(self) -> None:
        """Drop every database of the run, for servers that outlive it."""
        with self._admin() as admin:
            pattern = self.run.replace("_", r"\_") + r"\_%"
            for (name,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall():
                _drop(admin, name)

    @contextmanager
    def _admin(self, lock: str = "") -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
            if lock:
                admin.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [lock])
            yield admin


def start_for_tests() -> tuple[Servers, Path]:
    """Servers in a folder of their own, told to the workers through the environment."""
    chosen = os.environ.get("ATRIUM_TEST_POSTGRES")
    programs = postgres_programs(Path(chosen) if chosen else None)
    folder = temporary_folder("tests")
    # No test needs its data after the machine has crashed, and every commit is quicker without fsync;
    # the tests of the embedded servers start durable ones of their own.
    durable = os.environ.get("ATRIUM_TEST_FSYNC", "") not in {"", "0"}
    running = start_servers(folder, durable=durable, programs=programs)
    os.environ[ADMIN_DSN], os.environ[REDIS_URL] = running.admin_dsn, running.redis_url
    return running, folder


def stop_for_tests(running: Servers, folder: Path) -> None:
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)
    del os.environ[ADMIN_DSN], os.environ[REDIS_URL]


def cluster_of(worker: str) -> Cluster:
    """The servers as the environment names them, for the worker of that name (gw0, gw1, … or main)."""
    return Cluster(os.environ[ADMIN_DSN], os.environ[REDIS_URL], os.environ[RUN], worker)


def set_settings(cluster: Cluster) -> None:
    """The SAAS_* settings of this worker; a Redis database of its own, as jobs of others are none of its business.

    Tests ask for far more in a minute than a person does.
    """
    number = int(cluster.worker.removeprefix("gw")) + 1 if cluster.worker != "main" else 0
    os.environ.update(
        SAAS_DIRECTORY_DSN=cluster.plain_dsn(cluster.name("directory")),
        SAAS_REDIS_URL=f"{cluster.redis_url.rpartition('/')[0]}/{number % 16}",
        SAAS_SECRET="a secret of the tests, 32 or longer",
        SAAS_APP_PASSWORD=APP_PASSWORD,
        SAAS_OWNER_PASSWORD=OWNER_PASSWORD,
        SAAS_DISPATCHER_PASSWORD=DISPATCHER_PASSWORD,
        SAAS_ADMIN_DSN=cluster.admin_dsn,
        SAAS_ENVIRONMENT="test",
        SAAS_FILES=str(cluster.files),
        SAAS_PERSON_RATE="10000000",
        SAAS_TENANT_RATE="10000000",
        SAAS_ADDRESS_RATE="10000000",  # all tests come from one address
    )


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
