"""A tenant sees its jobs, and has dead ones tried anew or dropped, by its own role, which got no more rights for it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import sqlalchemy.exc

from saas.engine.jobs import JobState, job_list
from saas.engine.scope import open_scope
from saas.kit import clock
from tests.workers.marks import mark_fail, mark_many, mark_set
from tests.workers.place import Place


def dead(place: Place) -> list[object]:
    """The ids of a job that has died, seen as acme sees it."""
    job_id = place.later(mark_fail, key="once", name="one")
    for _ in range(2):
        place.attempt(job_id)
    return [job_id]


def test_the_list_is_the_tenants_own_newest_first_and_by_pages(place: Place) -> None:
    ids = [place.later(mark_set, name=str(number)) for number in range(5)]
    with open_scope(place.acme, None, write=False) as scope:
        first = job_list(scope.session, first=2)
        rest = job_list(scope.session, first=10, after=first[-1].id)
    assert [one.id for one in (*first, *rest)] == ids[::-1]
    assert {(one.task, one.queue, one.state) for one in first} == {("mark_set", "interactive", JobState.QUEUED)}
    with open_scope(place.rival, None, write=False) as scope:
        assert job_list(scope.session) == []


def test_the_list_tells_those_of_one_state(place: Place) -> None:
    (dead_id,) = dead(place)
    waiting = place.later(mark_set, name="one", run_at=clock.now() + timedelta(hours=1))
    with open_scope(place.acme, None, write=False) as scope:
        listed = {state: [one.id for one in job_list(scope.session, state=state)] for state in JobState}
    assert listed == {JobState.QUEUED: [waiting], JobState.RUNNING: [], JobState.DEAD: [dead_id]}


def test_a_dead_job_is_tried_anew_under_its_id_and_key_with_all_its_attempts(place: Place) -> None:
    (job_id,) = dead(place)
    before = place.jobs()[0]
    assert place.retry(before.id) is True
    (row,) = place.jobs()
    assert (row.id, row.key, row.attempts, row.dead_at, row.stage) == (job_id, "once", 0, None, "due")
    assert (row.payload, row.trace, row.created_at) == (before.payload, before.trace, before.created_at)
    assert row.last_error.startswith("ValueError")


def test_a_long_job_goes_on_from_where_it_was(place: Place) -> None:
    job_id = place.later(mark_many, total=3, folder="")
    place.write("UPDATE platform.job SET dead_at = now(), checkpoint = '{\"done\": 2}' WHERE id = :id", id=job_id)
    assert place.retry(job_id) is True
    place.attempt(job_id)
    assert (place.marks(), place.jobs()) == (["chunk 2"], [])


def test_a_dead_job_is_dropped_and_its_key_is_free(place: Place) -> None:
    (job_id,) = dead(place)
    assert place.drop(place.jobs()[0].id) is True
    assert place.jobs() == []
    assert place.later(mark_set, key="once", name="two") != job_id


def test_one_that_lives_is_neither_retried_nor_dropped(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    before = place.jobs()
    assert (place.retry(job_id), place.drop(job_id)) == (False, False)
    assert place.jobs() == before


def test_another_tenant_can_do_nothing_to_it(place: Place) -> None:
    dead(place)
    before = place.jobs()
    assert (place.retry(before[0].id, place.rival), place.drop(before[0].id, place.rival)) == (False, False)
    assert place.jobs() == before


@pytest.mark.parametrize("column", ["run_at", "attempts", "holder", "dead_at", "ripe", "payload"])
def test_a_tenants_role_still_writes_no_lease_and_no_attempt(place: Place, column: str) -> None:
    place.later(mark_set, name="one")
    update = sa.text(f"UPDATE platform.job SET {column} = NULL")  # names from above
    with (
        pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"),
        open_scope(place.acme, None, write=True) as scope,
    ):
        scope.session.execute(update)
