"""What a tenant keeps already is counted when quotas come."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.tenants.branches import TENANT, Branch
from saas.tenants.migrate import migrate, plan
from saas.tenants.provision import fill_pool
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "quotas") as settled:
        yield settled


def _before(tmp_path: Path) -> Branch:
    """The revisions before the one that is tested."""
    (mine,) = (TENANT.folder / "versions").glob("*_file_quotas.py")
    (tmp_path / "versions").mkdir()
    for each in (TENANT.folder / "versions").glob("[0-9]*.py"):
        if each.name < mine.name:
            shutil.copy(each, tmp_path / "versions")
    return Branch("tenant", tmp_path)


def test_files_that_are_there_are_counted(place: Place, tmp_path: Path) -> None:
    fill_pool("main", 1, branch=_before(tmp_path))
    ((schema,),) = place.ask("SELECT schema FROM directory.spare", database=place.directory)
    for size, state in ((3_000_000_000, "ready"), (5, "pending"), (7, "refused")):
        place.ask(
            f'INSERT INTO "{schema}".file (id, name, name_folded, search_grams, size, type, state, created_by,'
            " created_at, expires_at) VALUES"
            " (gen_random_uuid(), 'a', 'a', '{}', %s, 'text/plain', %s, gen_random_uuid(), now(), now())",
            size,
            state,
        )
    assert migrate(plan()).failed == []
    statement = f'SELECT number, bytes, files, bytes_share FROM "{schema}".file_use ORDER BY number'
    assert place.ask(statement) == [(0, 3_000_000_005, 3, 0), *((number, 0, 0, 0) for number in range(1, 16))]
