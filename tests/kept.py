"""Companies that are made once in a test run, kept as templates, and cloned for each file of tests that asks."""

import gc
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import psycopg

from saas.app import create_app
from saas.engine.access.profile import forget_profiles
from saas.tenants.directory import tenants
from tests.databases import Cluster
from tests.tenants.place import forget_everything, settled_on, with_settings

_worlds = itertools.count(1)


@contextmanager
def cloned(
    cluster: Cluster, name: str, make: Callable[[], None], what: str = ""
) -> Iterator[tuple[str, psycopg.Connection]]:
    """Inside, the settings name databases of this worker with what the first worker had `make` write.

    Gives the name of the cell and a superuser's connection to it. One inside another says `what` it is for, so that
    it does not take the place of the outer one.
    """
    names = (f"{name}_directory", f"{name}_cell")
    _build_templates(cluster, name, names, make)
    clones = [cluster.clone(_template(cluster, each), what + each) for each in names]
    with psycopg.connect(cluster.dsn(clones[0]), autocommit=True) as directory:
        directory.execute("UPDATE directory.cell SET dsn = %s", [cluster.plain_dsn(clones[1])])
    # One person asks for everything here, faster than people do; the tests of rates set their own.
    rates = {"SAAS_PERSON_RATE": "1000000", "SAAS_TENANT_RATE": "1000000"}
    with with_settings(SAAS_DIRECTORY_DSN=cluster.plain_dsn(clones[0]), **rates):
        forget_profiles()
        with psycopg.connect(cluster.dsn(clones[1]), autocommit=True) as admin:
            _settle()
            _renew(admin)
            yield clones[1], admin
        forget_everything()
    forget_profiles()


@cache
def _settle() -> None:
    """What a process loads and builds once is no matter of the collector's from here on, as in `saas serve`.

    Without this, and as often as by default, it took a fifth of the time of the contracts.
    """
    create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _renew(admin: psycopg.Connection) -> None:
    """What this process keeps of another clone, whose companies have the same ids, is not taken for this one's."""
    version = next(_worlds) * 100_000
    for tenant in tenants():
        admin.execute(
            f'UPDATE "{tenant.schema}".stamp SET policy_version = %s, customisation_version = %s', (version, version)
        )


def _build_templates(cluster: Cluster, name: str, names: tuple[str, str], make: Callable[[], None]) -> None:
    """Build both databases once per run, under the lock of the first."""

    def build_directory(_dsn: str) -> None:
        with settled_on(cluster, f"building_{name}") as place:
            make()
            forget_everything()
            for source, kept in zip((place.directory, place.cell), names, strict=True):
                _keep(cluster, source, _template(cluster, kept))

    cluster.template(name, build_directory)


def _template(cluster: Cluster, name: str) -> str:
    return f"{cluster.run}_template_{name}"


def _keep(cluster: Cluster, source: str, template: str) -> None:
    with psycopg.connect(cluster.admin_dsn, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{template}" TEMPLATE "{source}" STRATEGY file_copy')
