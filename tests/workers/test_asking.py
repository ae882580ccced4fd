"""A job is asked for in the transaction of the change, and belongs to its tenant."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from psycopg.errors import InsufficientPrivilege

from saas.engine import jobs
from saas.engine.jobs import JobState
from saas.engine.scope import open_scope
from saas.gateways.doorbell import NullDoorbell, RedisDoorbell
from saas.kit import clock, ids
from saas.kit.errors import BadInput
from tests.workers.marks import mark_clash, mark_set
from tests.workers.place import Place

NOBODY = "redis://127.0.0.1:1/0"


def test_the_row_holds_ids_and_who_asked(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    (row,) = place.jobs()
    assert ids.code_of(job_id) == ids.JOB
    assert (row.id, row.tenant_id, row.tenant_role) == (job_id, place.acme.id, place.acme.role)
    assert (row.task, row.kind, row.queue, row.payload) == ("mark_set", "atomic", "interactive", {"name": "one"})
    assert (row.actor_id, row.trace, row.attempts, row.max_attempts) == (None, "asked", 0, 5)


def test_a_rolled_back_change_leaves_no_job(place: Place) -> None:
    def change_and_fail() -> None:
        with open_scope(place.acme, None, write=True) as scope:
            scope.later(mark_set, name="never")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert place.jobs() == []


def test_a_second_job_with_the_same_key_is_the_first(place: Place) -> None:
    first = place.later(mark_set, key="daily", name="one")
    assert place.later(mark_set, key="daily", name="two") == first
    assert place.later(mark_set, key="weekly", name="three") != first
    assert [row.payload["name"] for row in place.jobs()] == ["one", "three"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": {"a": 1}}, "Job mark_set: name is a dict."),
        ({"name": None}, "Job mark_set: name is a NoneType."),
        ({}, "Job mark_set: name is missing."),
        ({"name": "one", "colour": "red"}, "Job mark_set: colour is unknown."),
    ],
)
def test_only_the_declared_ids_are_taken(place: Place, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        place.later(mark_set, **given)
    assert refused.value.message == sentence
    assert place.jobs() == []


def test_an_id_comes_back_as_an_id(place: Place) -> None:
    id_ = ids.new_id(0x6FF)
    place.later(mark_clash, id=id_)
    (row,) = place.jobs()
    assert row.payload == {"id": str(id_)}
    assert jobs.arguments(mark_clash, row.payload) == {"id": id_}


def test_another_tenant_sees_nothing_and_changes_nothing(place: Place) -> None:
    job_id = place.later(mark_set, key="mine", name="one")
    assert place.status(job_id, place.rival) is None
    assert place.cancel(job_id, place.rival) is False
    with open_scope(place.rival, None, write=True) as scope:
        assert scope.session.execute(sa.text("SELECT count(*) FROM platform.job")).scalar_one() == 0
        assert scope.session.execute(sa.text("DELETE FROM platform.job RETURNING id")).all() == []
        assert scope.session.execute(sa.text("UPDATE platform.job SET cancel_at = now() RETURNING id")).all() == []
    assert [(row.id, row.cancel_at) for row in place.jobs()] == [(job_id, None)]


def test_a_job_in_the_name_of_another_tenants_role_is_refused(place: Place) -> None:
    with pytest.raises(sqlalchemy.exc.ProgrammingError) as refused, open_scope(place.rival, None, write=True) as scope:
        scope.session.execute(
            jobs.job_table.insert().values(
                id=ids.new_id(ids.JOB), tenant_id=place.acme.id, tenant_role=place.acme.role, queue="interactive",
                kind="atomic", task="mark_set", payload={"name": "forged"}, max_attempts=1,
            )
        )  # fmt: skip
    assert isinstance(refused.value.orig, InsufficientPrivilege)
    assert place.jobs() == []


def test_a_job_for_another_tenant_under_ones_own_role_does_nothing(place: Place) -> None:
    with open_scope(place.rival, None, write=True) as scope:
        jobs.enqueue(scope.session, place.acme.id, mark_set, name="forged")
    (forged,) = place.claim()
    place.performer().perform(place.acme.id, forged)
    assert place.marks() == place.marks(place.rival) == []


@pytest.mark.parametrize("column", ["attempts", "run_at", "lease_until", "tenant_role", "payload"])
def test_a_tenant_cannot_change_what_is_the_dispatchers(place: Place, column: str) -> None:
    place.later(mark_set, name="one")
    with pytest.raises(sqlalchemy.exc.ProgrammingError) as refused, open_scope(place.acme, None, write=True) as scope:
        scope.session.execute(sa.text(f"UPDATE platform.job SET {column} = {column}"))  # a column of ours
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_the_dispatchers_role_reads_no_tenant(place: Place) -> None:
    with pytest.raises(sqlalchemy.exc.ProgrammingError) as refused:
        place.write(f'SELECT * FROM "{place.acme.schema}".mark')  # a schema of ours
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_the_bell_rings_once_and_only_after_the_commit(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bell = NullDoorbell()
    monkeypatch.setattr(jobs, "doorbell", lambda: bell)
    with open_scope(place.acme, None, write=True) as scope:
        scope.later(mark_set, name="one")
        scope.later(mark_set, name="two")
        with scope.session.begin_nested():  # every write has a savepoint
            scope.later(mark_set, name="three")
        assert bell.rings == 0
    assert bell.rings == 1
    assert len(place.jobs()) == 3


def test_a_lost_redis_does_not_fail_the_change(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bell = RedisDoorbell(NOBODY)
    monkeypatch.setattr(jobs, "doorbell", lambda: bell)
    job_id = place.later(mark_set, name="one")
    assert [row.id for row in place.jobs()] == [job_id]


def test_a_job_waits_for_its_time(place: Place) -> None:
    job_id = place.later(mark_set, name="later", run_at=clock.now() + timedelta(hours=1))
    assert place.claim() == []
    status = place.status(job_id)
    assert status is not None
    assert (status.task, status.state, status.attempts, status.progress) == ("mark_set", JobState.QUEUED, 0, {})


def test_a_waiting_atomic_job_that_is_called_off_is_gone(place: Place) -> None:
    job_id = place.later(mark_set, name="later", run_at=clock.now() + timedelta(hours=1))
    assert place.cancel(job_id) is True
    assert place.jobs() == []
    assert place.cancel(job_id) is False


def test_the_status_of_an_unknown_job_is_none(place: Place) -> None:
    assert place.status(UUID(int=1)) is None
