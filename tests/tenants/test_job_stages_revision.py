"""Jobs of before the stages: each stands where it stood, and in a queue by its class."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.tenants import install
from saas.tenants.branches import PLATFORM, Branch
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on

JOBS = (
    # id, queue, task, run_at, lease_until, dead_at → stage, queue
    (1, "default", "import_run_perform", "now()", "NULL", "NULL", "due", "bulk"),
    (2, "default", "memberships_follow", "now()", "now()", "NULL", "out", "interactive"),
    (3, "mail", "invitation_send", "now() + interval '1 hour'", "NULL", "NULL", "waits", "mail"),
    (4, "default", "file_scan", "now()", "NULL", "now()", "dead", "bulk"),
)


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "stages") as settled:
        yield settled


def test_every_job_finds_its_stage_and_its_queue(
    place: Place, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "versions").mkdir()
    shutil.copy(PLATFORM.folder / "versions" / "0001_job.py", tmp_path / "versions")
    database = cluster.name("old_cell")
    cluster.drop(database)
    try:
        with monkeypatch.context() as before:
            before.setattr(install, "PLATFORM", Branch("platform", tmp_path))
            install.add_cell("old", cluster.plain_dsn(database), admin_dsn=cluster.admin_dsn)
        for number, queue, task, run_at, lease, dead, _, _ in JOBS:
            place.ask(
                "INSERT INTO platform.job (id, tenant_id, queue, kind, task, payload, max_attempts, run_at,"
                f" lease_until, dead_at) VALUES ('00000000-0000-0000-0000-{number:012}', gen_random_uuid(), %s,"
                f" 'atomic', %s, '{{}}', 5, {run_at}, {lease}, {dead})",
                queue,
                task,
                database=database,
            )
        install.add_cell("old", cluster.plain_dsn(database), admin_dsn=cluster.admin_dsn)
        found = place.ask("SELECT stage, queue FROM platform.job ORDER BY id", database=database)
        assert found == [(stage, queue) for *_, stage, queue in JOBS]
    finally:
        place.ask("DELETE FROM directory.cell WHERE name = 'old'", database=place.directory)
        cluster.drop(database)
