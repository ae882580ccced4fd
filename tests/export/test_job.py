"""An export as a job: its file is whole or is not there, whatever happens to the worker."""

import subprocess
import sys
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
import sqlalchemy as sa

from saas.engine.access.tables import RowScope
from saas.engine.export import ongoing, run
from saas.engine.export.run import cancel, go_on
from saas.engine.files.job import file_clean_up
from saas.engine.scope import open_scope
from saas.gateways.files import FolderIncoming
from saas.kit.errors import Unavailable
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from saas.tenants.database import DISPATCHER, login
from saas.workers import claims
from saas.workers.cells import dispatcher_engine
from saas.workers.perform import Performer
from tests.engine.people import hire, regrant
from tests.export.place import exported, fetched, followed, started
from tests.workers.place import AT_ONCE, eventually
from tests.world import Person, World, rights

ROOT = Path(__file__).resolve().parents[2]
ROWS = 40
OF = 'filter: { website: { eq: "job.test" } }, format: CSV, fields: ["name"]'


@pytest.fixture(scope="module", autouse=True)
def _made(world: World) -> None:
    world.garage.make_many(Customer, [{"name": f"J{i:02}", "website": "job.test"} for i in range(ROWS)])


@pytest.fixture(scope="module")
def cell(world: World) -> sa.Engine:
    """The cell as the dispatcher's role sees it."""
    return dispatcher_engine(login(world.cluster.plain_dsn(world.cell), DISPATCHER).render_as_string(False), 3)


@pytest.fixture
def by_tens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of ten records."""
    monkeypatch.setattr(ongoing, "BATCH", 10)
    monkeypatch.setattr(run, "SECONDS", 0.0)


def worked(world: World, cell: sa.Engine, run_id: UUID) -> None:
    """What a dispatcher and a worker do between them, once."""
    claims.claim(cell, "bulk", 20, 30)
    job_id = world.sql(world.garage, "SELECT job_id FROM export_run WHERE id = %s", run_id)[0][0]
    Performer("worker", lambda _cell: cell, AT_ONCE, Event()).perform(world.garage.tenant.id, job_id)


def contents(store: Path) -> list[str]:
    return sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())


def step(world: World, run_id: UUID, person: Person | None = None) -> int | None:
    """One chunk, in this process; as ada where it is nobody else's."""
    with open_scope(world.garage.tenant, (person or world.garage.ada).id, write=True) as scope:
        return go_on(scope, run_id)


@pytest.mark.usefixtures("by_tens")
def test_a_worker_does_it_and_tells_how_far_it_is(world: World, cell: sa.Engine) -> None:
    ada = world.garage.ada
    run_id = started(ada, OF)
    assert followed(ada, run_id)["state"] == "QUEUED"
    assert step(world, run_id) == 10
    under_way = followed(ada, run_id)
    assert (under_way["state"], under_way["progress"], under_way["file"]) == ("RUNNING", {"rows": 10}, None)
    worked(world, cell, run_id)
    found = followed(ada, run_id)
    assert (found["state"], found["progress"]) == ("DONE", {"rows": ROWS})
    rows = fetched(found).decode("utf-8-sig").split()
    assert rows == ["Name", *(f"J{i:02}" for i in range(ROWS))]
    left = "SELECT count(*) FROM platform.job WHERE payload ->> 'run_id' = %s"
    assert world.sql(world.garage, left, str(run_id)) == [(0,)]
    assert ada.ask("{ exportRuns(first: 1) { id } }") == {"exportRuns": [{"id": str(run_id)}]}


@pytest.mark.usefixtures("by_tens")
def test_it_shows_one_moment_whatever_is_written_meanwhile(world: World) -> None:
    run_id = started(world.garage.ada, OF)
    step(world, run_id)
    late = world.garage.make(Customer, name="J39 late", website="job.test")
    while step(world, run_id) is not None:
        pass
    assert b"late" not in fetched(followed(world.garage.ada, run_id))
    world.garage.ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=str(late))


@pytest.mark.usefixtures("by_tens")
def test_called_off_in_the_middle_nothing_of_it_stays(world: World, store: Path) -> None:
    before = contents(store)
    run_id = started(world.garage.ada, OF)
    step(world, run_id)
    assert contents(store) != before
    with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
        assert cancel(scope, run_id)
    assert step(world, run_id) is None
    assert followed(world.garage.ada, run_id)["state"] == "CANCELLED"
    assert contents(store) == before


@pytest.mark.usefixtures("by_tens")
def test_a_right_that_is_lost_in_the_middle_ends_it(world: World, store: Path) -> None:
    both = rights(RowScope.ALL, "customer", operations=("read", "export"))
    max_ = hire(world.garage, "max", Grants(both))
    before = contents(store)
    run_id = started(max_, OF)
    step(world, run_id, max_)
    regrant(world.garage, max_, Grants(rights(RowScope.ALL, "customer", operations=("read",))))
    assert step(world, run_id, max_) is None
    found = followed(max_, run_id)
    assert (found["state"], found["file"]) == ("FAILED", None)
    assert found["reason"].startswith("You need the right customer.export.")
    assert contents(store) == before


@pytest.mark.usefixtures("by_tens")
def test_without_room_it_waits_and_begins_anew(
    world: World, store: Path, cell: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(store)
    run_id = started(world.garage.ada, OF)

    def full(_self: FolderIncoming, _piece: bytes) -> None:
        raise Unavailable("The store of files does not answer: OSError.")

    with monkeypatch.context() as patch:
        patch.setattr(FolderIncoming, "write", full)
        worked(world, cell, run_id)
    waiting = followed(world.garage.ada, run_id)
    assert (waiting["state"], waiting["file"]) == ("QUEUED", None)
    assert waiting["reason"] == "The store of files does not answer: OSError. It is tried again."
    assert contents(store) == before
    worked(world, cell, run_id)
    done = followed(world.garage.ada, run_id)
    assert (done["state"], done["reason"], done["progress"]) == ("DONE", None, {"rows": ROWS})


def test_a_killed_process_leaves_no_file_and_another_one_does_it_anew(world: World, store: Path) -> None:
    ada = world.garage.ada
    run_id = started(ada, OF)
    command = [sys.executable, "-m", "tests.export.exporting_process", str(ada.tenant.id), str(ada.id), str(run_id)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        eventually(lambda: followed(ada, run_id)["progress"]["rows"] > 0, seconds=60)
        process.kill()
    left = followed(ada, run_id)
    assert (left["state"], left["file"]) == ("RUNNING", None)
    while step(world, run_id) is not None:
        pass
    found = followed(ada, run_id)
    assert (found["state"], found["progress"]) == ("DONE", {"rows": ROWS})
    assert len(fetched(found).decode("utf-8-sig").split()) == ROWS + 1


def test_its_file_goes_after_some_days_and_the_log_stays(world: World, store: Path) -> None:
    ada = world.garage.ada
    found = exported(ada, OF)
    world.sql(
        world.garage, "UPDATE file SET loose_since = now() - interval '31 days' WHERE id = %s", found.run["file"]["id"]
    )
    kept = contents(store)
    with open_scope(world.garage.tenant, None, write=True) as scope:
        file_clean_up(scope)
    assert len(contents(store)) == len(kept) - 1
    after = followed(ada, UUID(found.run["id"]))
    assert (after["state"], after["file"], after["progress"]) == ("DONE", None, {"rows": ROWS})
    asked = "SELECT object, created_by, wish -> 'filter', rows FROM export_run WHERE id = %s"
    assert world.sql(world.garage, asked, found.run["id"]) == [
        ("customer", ada.id, {"website": {"eq": "job.test"}}, ROWS)
    ]
