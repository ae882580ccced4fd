"""An import as a job: what a worker does, what a killed one leaves behind, and how its end is told."""

import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from saas.engine.jobs import job_status
from saas.engine.scope import open_scope
from saas.engine.transfer.job import start_later
from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.report import RunReport
from saas.engine.transfer.run import CHUNK, RunState, Upload, cancel, perform
from saas.tenants.database import DISPATCHER, login
from saas.workers import claims
from saas.workers.cells import dispatcher_engine
from saas.workers.perform import Performer
from tests.transfer.place import begin, told
from tests.workers.place import AT_ONCE, eventually
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
MAPPING: dict[str, Any] = {
    "object": "product",
    "columns": {"code": "code", "name": "name", "list_price": "price"},
}
ROWS = 5 * CHUNK
EVERY = 50


def text(prefix: str, rows: int = ROWS) -> str:
    """Every fiftieth row has no number where its price should be."""
    lines = (f"{prefix}{i},P,{'x' if i % EVERY == 0 else i}\n" for i in range(rows))
    return "code,name,price\n" + "".join(lines)


def products(world: World, prefix: str) -> int:
    return int(world.sql(world.garage, "SELECT count(*) FROM product WHERE code LIKE %s", prefix + "%")[0][0])


@pytest.fixture(scope="module")
def cell(world: World) -> sa.Engine:
    """The cell as the dispatcher's role sees it."""
    return dispatcher_engine(login(world.cluster.plain_dsn(world.cell), DISPATCHER).render_as_string(False), 3)


def queued(world: World, content: str) -> tuple[UUID, UUID]:
    """An import that waits for a worker, and its job."""
    ada = world.garage.ada
    with open_scope(world.garage.tenant, ada.id, write=True) as scope:
        run_id = start_later(scope, Upload("file.csv", content, mapping_from(MAPPING)))
    return run_id, world.sql(world.garage, "SELECT job_id FROM import_run WHERE id = %s", run_id)[0][0]


def worked(world: World, cell: sa.Engine, job_id: UUID, stopping: Event | None = None) -> None:
    """What a dispatcher and a worker do between them, once."""
    claims.claim(cell, "bulk", 10, 30)
    Performer("worker", lambda _cell: cell, AT_ONCE, stopping or Event()).perform(world.garage.tenant.id, job_id)


def report_of(world: World, run_id: UUID) -> RunReport:
    return told(world.garage.tenant, run_id, world.garage.ada)[0]


def test_a_worker_does_it_chunk_by_chunk_and_hands_it_over_when_told_to_stop(world: World, cell: sa.Engine) -> None:
    run_id, job_id = queued(world, text("job"))
    assert report_of(world, run_id).state is RunState.QUEUED
    stopping = Event()
    stopping.set()
    worked(world, cell, job_id, stopping)
    assert (report_of(world, run_id).state, products(world, "job")) == (RunState.RUNNING, CHUNK - CHUNK // EVERY)
    with open_scope(world.garage.tenant, None, write=False) as scope:
        status = job_status(scope.session, job_id)
    assert status is not None
    assert status.progress == {"total": ROWS, "done": CHUNK}
    worked(world, cell, job_id)
    report, issues = told(world.garage.tenant, run_id, world.garage.ada)
    assert report.state is RunState.DONE
    assert (report.counts.created, report.counts.refused) == (ROWS - ROWS // EVERY, ROWS // EVERY)
    assert [issue.line for issue in issues] == [i + 2 for i in range(0, ROWS, EVERY)]
    assert world.sql(world.garage, "SELECT count(*) FROM platform.job WHERE id = %s", job_id) == [(0,)]


def test_a_killed_process_neither_loses_nor_doubles_a_row_or_an_issue(world: World) -> None:
    run_id = begin(world.garage.tenant, text("kill"), MAPPING)
    command = [sys.executable, "-m", "tests.transfer.importing_process", str(world.garage.tenant.id), str(run_id)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        eventually(lambda: products(world, "kill"), seconds=30)
        process.kill()
    perform(world.garage.tenant, None, run_id)
    report, issues = told(world.garage.tenant, run_id)
    assert report.state is RunState.DONE
    assert report.counts.created == products(world, "kill") == ROWS - ROWS // EVERY
    assert [issue.line for issue in issues] == [i + 2 for i in range(0, ROWS, EVERY)]


def test_called_off_while_it_waits_nothing_is_written(world: World, cell: sa.Engine) -> None:
    run_id, job_id = queued(world, text("off", rows=3))
    with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
        assert cancel(scope, run_id)
    worked(world, cell, job_id)
    report = report_of(world, run_id)
    assert (report.state, report.reason) == (RunState.CANCELLED, "Called off after 0 of 3 rows; nothing was written.")
    assert products(world, "off") == 0


def test_a_job_that_gave_up_shows_as_failed_with_its_reason(world: World, cell: sa.Engine) -> None:
    run_id, job_id = queued(world, text("dead", rows=3))
    world.sql(world.garage, "ALTER TABLE product ADD CONSTRAINT never CHECK (code NOT LIKE 'dead%%')")
    try:
        for _ in range(3):
            worked(world, cell, job_id)
    finally:
        world.sql(world.garage, "ALTER TABLE product DROP CONSTRAINT never")
    report = report_of(world, run_id)
    assert report.state is RunState.FAILED
    assert report.reason.startswith("Its job gave up: CheckViolation")
    assert products(world, "dead") == 0


def test_a_command_that_was_killed_shows_as_failed_after_a_while(world: World) -> None:
    run_id = begin(world.garage.tenant, text("quiet", rows=3), MAPPING)
    long_ago = """UPDATE import_run SET counts = counts || '{"at": "2026-01-01T00:00:00+00:00"}' WHERE id = %s"""
    world.sql(world.garage, long_ago, run_id)
    report, _ = told(world.garage.tenant, run_id)
    assert report.state is RunState.FAILED
    assert report.reason.startswith("The command that did it ended before the file did")
    kept = "SELECT count(*) FROM import_row WHERE run_id = %s"
    assert world.sql(world.garage, kept, run_id) == [(3,)]
    begin(world.garage.tenant, text("next", rows=3), MAPPING)  # whoever comes next clears up
    assert world.sql(world.garage, kept, run_id) == [(0,)]
