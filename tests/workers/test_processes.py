"""Real worker processes, killed, stopped and cut off from their servers: nothing is lost and nothing is done twice."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from saas.engine.jobs import JobState
from saas.tenants.installation import installation
from tests.databases import Cluster
from tests.workers.doings import gate_call, mark_bulk
from tests.workers.fleet import Fleet
from tests.workers.marks import mark_many, mark_set, mark_set_slowly
from tests.workers.place import Place, eventually

CHUNKS = [f"chunk {n}" for n in range(5)]


@pytest.fixture(scope="module")
def fleet(company: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path_factory.mktemp("fleet"))
    yield fleet
    fleet.end()


@contextmanager
def postgres_gone(cluster: Cluster, database: str) -> Iterator[None]:
    """Inside, every connection to the database is cut and none is let in."""
    allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    with psycopg.connect(cluster.admin_dsn, autocommit=True) as admin:
        admin.execute(allow.format(sql.Identifier(database), sql.SQL("false")))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        yield
        admin.execute(allow.format(sql.Identifier(database), sql.SQL("true")))


def test_a_worker_killed_inside_an_atomic_job_has_done_nothing_and_another_does_it_once(
    place: Place, fleet: Fleet, tmp_path: Path
) -> None:
    worker = fleet.one()
    place.later(mark_set_slowly, name="one", folder=str(tmp_path))
    eventually((tmp_path / "inside reached").exists)
    worker.kill()
    assert place.marks() == []
    (tmp_path / "inside open").touch()
    fleet.one()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == ["one"]


def test_a_worker_killed_while_it_called_outside_is_followed_by_the_same_key(
    place: Place, fleet: Fleet, tmp_path: Path
) -> None:
    worker = fleet.one()
    job_id = place.later(gate_call, folder=str(tmp_path))
    eventually((tmp_path / "call reached").exists)
    worker.kill()
    assert [(row.stage, row.holder is None) for row in place.jobs()] == [("out", False)]
    assert place.marks() == []
    (tmp_path / "call open").touch()
    fleet.one()
    eventually(place.jobs, lambda rows: not rows)
    assert (tmp_path / "calls").read_text().split() == [str(job_id)] * 2
    assert place.marks() == ["answered"]


def test_bulk_work_leaves_the_threads_of_interactive_work_free(place: Place, fleet: Fleet, tmp_path: Path) -> None:
    fleet.one()
    names = [f"bulk {number}" for number in range(4)]
    for name in names:
        place.later(mark_bulk, name=name, folder=str(tmp_path))
    eventually((tmp_path / "call reached").exists)
    place.later(mark_set, name="at once")
    eventually(place.marks, lambda marks: marks == ["at once"])
    assert len(place.jobs()) == 4
    (tmp_path / "call open").touch()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == ["at once", *names]


def test_a_worker_serves_the_queues_that_it_was_given(place: Place, fleet: Fleet, tmp_path: Path) -> None:
    fleet.end_workers()
    fleet.start("--queues", "bulk")
    (heart,) = eventually(fleet.hearts().alive)
    assert (heart.queues, heart.threads, heart.installation) == (["bulk"], 1, installation())
    (tmp_path / "call open").touch()
    left = place.later(mark_set, name="left")
    place.later(mark_bulk, name="done", folder=str(tmp_path))
    eventually(place.marks, lambda marks: marks == ["done"])
    assert [row.id for row in place.jobs()] == [left]
    fleet.end_workers()
    fleet.one()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == ["done", "left"]


def test_a_worker_killed_inside_a_chunk_is_followed_from_the_checkpoint(
    place: Place, fleet: Fleet, tmp_path: Path
) -> None:
    worker = fleet.one()
    job_id = place.later(mark_many, total=5, folder=str(tmp_path))
    eventually((tmp_path / "third reached").exists)
    status = place.status(job_id)
    assert status is not None
    assert (status.state, status.progress) == (JobState.RUNNING, {"done": 2, "total": 5})
    worker.kill()
    assert place.marks() == CHUNKS[:2]
    (tmp_path / "third open").touch()
    fleet.one()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == CHUNKS


def test_a_worker_that_is_stopped_hands_a_long_job_over_between_two_chunks(
    place: Place, fleet: Fleet, tmp_path: Path
) -> None:
    worker = fleet.one()
    (heart,) = eventually(fleet.hearts().alive)
    assert (heart.threads, list(heart.oldest_due)) == (8, ["main"])
    place.later(mark_many, total=5, folder=str(tmp_path))
    eventually((tmp_path / "third reached").exists)
    worker.signal(signal.SIGTERM)
    eventually(lambda: worker.said("worker stops"))
    (tmp_path / "third open").touch()
    assert worker.ended() == 0
    ((holder, lease, attempts, checkpoint),) = [
        (row.holder, row.lease_until, row.attempts, row.checkpoint) for row in place.jobs()
    ]
    assert (holder, lease, attempts, checkpoint) == (None, None, 0, {"done": 3})
    assert fleet.hearts().alive() == []
    fleet.one()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == CHUNKS


def test_a_second_signal_ends_a_worker_at_once(place: Place, fleet: Fleet, tmp_path: Path) -> None:
    worker = fleet.one()
    place.later(mark_set_slowly, name="one", folder=str(tmp_path))
    eventually((tmp_path / "inside reached").exists)
    worker.signal(signal.SIGTERM)
    eventually(lambda: worker.said("worker stops"))
    worker.signal(signal.SIGTERM)
    assert worker.ended() == 128 + signal.SIGTERM  # a worker that waited for its job, or gave it up, ends with 0
    assert worker.said("worker stopped") == 0
    assert place.marks() == []


def test_a_long_job_that_runs_is_called_off(place: Place, fleet: Fleet) -> None:
    fleet.one()
    job_id = place.later(mark_many, total=1_000_000, folder="")
    eventually(lambda: place.status(job_id), lambda status: bool(status and status.progress))
    assert place.cancel(job_id) is True
    eventually(place.jobs, lambda rows: not rows)
    marks = place.marks()
    assert marks[0] == "cancelled"
    assert sorted(marks[1:]) == sorted(f"chunk {n}" for n in range(len(marks) - 1))


def test_a_redis_that_forgets_everything_loses_nothing(place: Place, fleet: Fleet, tmp_path: Path) -> None:
    fleet.one()
    for name in ("first", "second"):  # both threads are busy, so the messages of the others lie in Redis
        place.later(mark_set_slowly, name=name, folder=str(tmp_path))
    names = sorted(f"job {n}" for n in range(20))
    for name in names:
        place.later(mark_set, name=name)
    eventually(lambda: fleet.valkey.client.llen("dramatiq:interactive"), lambda waiting: waiting >= 20)
    fleet.valkey.client.flushall()
    (tmp_path / "inside open").touch()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == ["first", *names, "second"]


def test_a_worker_outlives_its_redis(place: Place, fleet: Fleet) -> None:
    worker = fleet.one()
    lost, back = (worker.said(words) for words in ("Redis does not answer", "Redis answers again"))
    fleet.valkey.kill()
    place.later(mark_set, name="meanwhile")
    eventually(lambda: worker.said("Redis does not answer") - lost)
    fleet.valkey.start()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == ["meanwhile"]
    assert worker.lives
    assert worker.said("Consumer encountered") == 0
    assert (worker.said("Redis does not answer") - lost, worker.said("Redis answers again") - back) == (1, 1)


def test_a_worker_outlives_its_postgres(place: Place, fleet: Fleet, cluster: Cluster, tmp_path: Path) -> None:
    worker = fleet.one()
    lost = worker.said("Cell main does not answer")
    place.later(mark_set_slowly, name="one", folder=str(tmp_path))
    eventually((tmp_path / "inside reached").exists)
    with postgres_gone(cluster, str(place.cell.url.database)):
        (tmp_path / "inside open").touch()
        eventually(lambda: worker.said("Cell main does not answer") - lost)
    place.cell.dispose()
    eventually(place.jobs, lambda rows: not rows)
    assert place.marks() == ["one"]
    assert worker.lives
    assert worker.said("Cell main does not answer") - lost == 1


def test_a_lost_process_of_several_is_replaced_and_all_end_together(place: Place, fleet: Fleet) -> None:
    fleet.end_workers()
    family = fleet.start("--family")
    first = eventually(fleet.pids, lambda pids: len(pids) == 2)
    os.kill(min(first), signal.SIGKILL)
    second = eventually(fleet.pids, lambda pids: len(pids) == 2 and min(first) not in pids)
    assert max(first) in second
    place.later(mark_set, name="one")
    eventually(place.jobs, lambda rows: not rows)
    family.signal(signal.SIGTERM)
    assert family.ended() == 0
    assert fleet.pids() == set()
