"""What every test may ask for: real servers, databases of its own, settings, and no way out of this machine."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import settings

from saas.cli.embedded.servers import Servers
from saas.kit.errors import AtriumError
from saas.tenants import passwords
from tests.databases import (
    ADMIN_DSN,
    REDIS_URL,
    RUN,
    Cluster,
    cluster_of,
    set_settings,
    start_for_tests,
    stop_for_tests,
)
from tests.lively import Lively
from tests.lively import built as built_lively
from tests.world import World, built

# A real hash costs 64 MiB and a core for a moment; what it costs is tested where passwords are.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

_servers = pytest.StashKey[tuple[Servers, Path]]()

# The same examples in every run: what fails for the author fails for the reader. A busy machine is no failure.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("ATRIUM_TEST_HYPOTHESIS", "ci"))


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the servers; workers, its children, find them in the environment."""
    if config.option.collectonly:
        return
    if not _is_worker(config):
        os.environ[RUN] = f"t{secrets.token_hex(3)}"
        if ADMIN_DSN not in os.environ or REDIS_URL not in os.environ:
            try:
                config.stash[_servers] = start_for_tests()
            except AtriumError as error:
                raise pytest.UsageError(str(error)) from None
    # structlog's own tracebacks show every local value: seconds for each error that a test provokes.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    # Before any test file is imported, which may read them.
    set_settings(cluster_of(_worker_name(config)))


_STARTS_PROGRAMS = ("cli", "embedded", "scripts", "faults", "tenants", "transfer", "workers", "docs")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts programs takes longest and goes first; otherwise the order stays as random as it is."""
    folder = {item: item.path.relative_to(item.config.rootpath / "tests").parts[0] for item in items}
    items.sort(key=lambda item: folder[item] not in _STARTS_PROGRAMS)


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN in os.environ and ADMIN_DSN in os.environ:
        shutil.rmtree(cluster_of(_worker_name(config)).files, ignore_errors=True)
    if (started := config.stash.get(_servers, None)) is not None:
        stop_for_tests(*started)
    elif RUN in os.environ and ADMIN_DSN in os.environ and not _is_worker(config):
        cluster_of("main").drop_all()


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    """The Postgres and Valkey of this run, and this worker's names on them."""
    return cluster_of(_worker_name(pytestconfig))


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[str]:
    """The superuser's DSN of an empty database, for one test."""
    name = cluster.create("empty")
    yield cluster.dsn(name)
    cluster.drop(name)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _worker_name(config: pytest.Config) -> str:
    return str(config.workerinput["workerid"]) if hasattr(config, "workerinput") else "main"


@pytest.fixture(scope="module")
def world(cluster: Cluster) -> Iterator[World]:
    """Two companies with people of different rights, fresh for each file of tests."""
    with built(cluster) as found:
        yield found


@pytest.fixture(scope="module")
def lively(cluster: Cluster) -> Iterator[Lively]:
    """The invented companies of the demo with people, customers and a year of deals, fresh for each file of tests."""
    with built_lively(cluster) as found:
        yield found
