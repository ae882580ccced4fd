"""An outside call: between two transactions, under a key, and never blindly repeated."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from saas.engine.job_registry import Outside
from saas.engine.jobs import Job, JobState, NotDone
from saas.kit import clock
from saas.kit.errors import Conflict, TenantUnavailable, Unavailable
from saas.tenants.provision import resume, suspend
from saas.workers import leases, outside
from saas.workers.outside import do_outside
from saas.workers.timing import Timing
from tests.workers import doings
from tests.workers.doings import OtherSide, coin_send, letter_send, parcel_send
from tests.workers.place import Place, eventually

LOCKS = "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'job'"


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> OtherSide:
    fresh = OtherSide()
    monkeypatch.setattr(doings, "other_side", fresh)
    return fresh


def lost_after_call(place: Place, job: Job[Any], name: str) -> UUID:
    """A job whose worker called and was killed before it could write down what came of it."""
    job_id = place.later(job, name=name)
    assert place.claim() == [job_id]
    (held,) = leases.hold(place.cell, place.acme.id, [job_id], "a worker that is killed", 0)
    with pytest.raises(SystemExit):
        do_outside(place.acme, held, job, _killed(job))
    return job_id


def _killed(job: Job[Any]) -> Outside:
    """The same job, whose worker is lost when the other side has answered."""
    assert job.outside is not None

    def call(request: str, key: str) -> str:
        doings.call(request, key)
        raise SystemExit

    return replace(job.outside, call=call)


def test_the_call_has_the_jobs_id_as_key_and_its_end_commits_with_what_it_brought(
    place: Place, other: OtherSide
) -> None:
    job_id = place.later(parcel_send, name="one")
    place.attempt(job_id)
    assert dict(other.calls) == {str(job_id): 1}
    assert place.marks() == ["one: parcel one answered"]
    assert place.jobs() == []


def test_where_there_is_nothing_to_do_nobody_is_called(place: Place, other: OtherSide) -> None:
    place.attempt(place.later(parcel_send, name=""))
    assert (place.jobs(), place.marks(), other.calls.total()) == ([], [], 0)


def test_while_it_calls_no_transaction_is_open_and_the_lease_is_renewed(place: Place, other: OtherSide) -> None:
    other.may_go_on.clear()
    job_id = place.later(letter_send, name="one")
    assert place.claim() == [job_id]
    timing = Timing(lease=0.6, first_retry=0)
    with ThreadPoolExecutor(1) as pool:
        attempt = pool.submit(place.performer(timing=timing).perform, place.acme.id, job_id)
        assert other.begun.wait(20)
        (first,) = place.jobs()
        eventually(lambda: place.jobs()[0].lease_until > first.lease_until + timedelta(seconds=0.6))
        assert place.claim() == []
        assert [(row.attempts, row.holder) for row in place.jobs()] == [(1, first.holder)]
        eventually(lambda: place.value(LOCKS), lambda locks: locks == 0)
        other.may_go_on.set()
        attempt.result()
    assert place.marks() == ["one: letter one answered"]


@pytest.mark.parametrize(("job", "looked_up", "calls"), [(parcel_send, 1, 1), (letter_send, 0, 2)])
def test_an_unknown_result_is_looked_up_or_called_again_with_the_same_key(
    place: Place, other: OtherSide, job: Job[Any], looked_up: int, calls: int
) -> None:
    job_id = lost_after_call(place, job, "one")
    place.attempt(job_id)
    assert (dict(other.calls), other.looked_up) == ({str(job_id): calls}, looked_up)
    assert len(place.marks()) == 1
    assert place.jobs() == []


def test_what_was_not_done_according_to_the_look_up_is_done(place: Place, other: OtherSide) -> None:
    job_id = lost_after_call(place, parcel_send, "one")
    other.calls.clear()
    place.attempt(job_id)
    assert (dict(other.calls), other.looked_up) == ({str(job_id): 1}, 1)


def test_where_the_lease_ran_out_before_the_call_another_worker_calls(
    place: Place, other: OtherSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "_LONG", 0.0)  # as if the transaction before the call had taken long
    job_id = place.later(parcel_send, name="one")
    assert place.claim() == [job_id]
    (held,) = leases.hold(place.cell, place.acme.id, [job_id], "a slow worker", 30)
    assert parcel_send.outside is not None
    do_outside(place.acme, held, parcel_send, parcel_send.outside, lambda: False)
    assert (other.calls.total(), place.marks(), len(place.jobs())) == (0, [], 1)
    do_outside(place.acme, held, parcel_send, parcel_send.outside, lambda: True)
    assert (other.calls[str(job_id)], place.jobs()) == (1, [])


def test_an_unknown_result_that_nobody_can_tell_is_left_to_a_person_and_retrying_does_it(
    place: Place, other: OtherSide
) -> None:
    job_id = lost_after_call(place, coin_send, "one")
    place.attempt(job_id)
    status = place.status(job_id)
    assert status is not None
    assert (status.state, str(status.last_error).partition(":")[0]) == (JobState.DEAD, "UNKNOWN_RESULT")
    assert (other.calls[str(job_id)], place.marks()) == (1, [])
    assert place.retry(job_id) is True
    place.attempt(job_id)
    assert (other.calls[str(job_id)], place.jobs()) == (2, [])


@pytest.mark.parametrize("fault", [Conflict("Refused."), NotDone("Refused.")])
def test_a_call_that_is_known_not_to_be_done_is_tried_again(place: Place, other: OtherSide, fault: Exception) -> None:
    other.fault = fault
    job_id = place.later(coin_send, name="one")
    place.attempt(job_id)
    ((attempts, checkpoint, dead),) = [(row.attempts, row.checkpoint, row.dead_at) for row in place.jobs()]
    assert (attempts, checkpoint, dead) == (1, None, None)
    other.fault = None
    place.attempt(job_id)
    assert (other.calls.total(), place.jobs()) == (1, [])


@pytest.mark.parametrize("fault", [TimeoutError(), Unavailable("The other side does not answer.")])
def test_a_call_of_which_nobody_knows_is_not_repeated(place: Place, other: OtherSide, fault: Exception) -> None:
    other.fault = fault
    job_id = place.later(coin_send, name="one")
    place.attempt(job_id)
    other.fault = None
    place.attempt(job_id)
    assert other.calls.total() == 0
    assert [row.dead_at is not None for row in place.jobs()] == [True]


def test_a_server_that_is_away_costs_no_attempt(place: Place, other: OtherSide) -> None:
    other.fault = Unavailable("The other side does not answer.")
    job_id = place.later(letter_send, name="one")
    for _ in range(4):
        place.attempt(job_id)
    assert [(row.attempts, row.dead_at) for row in place.jobs()] == [(0, None)]


def test_another_round_keeps_id_key_and_all_attempts(place: Place, other: OtherSide) -> None:
    other.rounds = 1
    job_id = place.later(parcel_send, key="once", name="one")
    place.attempt(job_id)
    ((id_, key, attempts, checkpoint),) = [(row.id, row.key, row.attempts, row.checkpoint) for row in place.jobs()]
    assert (id_, key, attempts, checkpoint) == (job_id, "once", 0, None)
    place.attempt(job_id)
    assert (dict(other.calls), place.jobs()) == ({str(job_id): 2}, [])


def test_an_end_that_fails_is_tried_again_without_another_call(place: Place, other: OtherSide) -> None:
    other.rounds = 1
    job_id = place.later(parcel_send, name="stumble")
    place.attempt(job_id)
    assert place.marks() == []
    other.rounds = 0
    place.attempt(job_id)
    assert (dict(other.calls), other.looked_up, place.marks()) == ({str(job_id): 1}, 1, ["stumble: found"])


def test_a_tenant_that_is_suspended_while_it_is_called_gets_the_result_later(place: Place, other: OtherSide) -> None:
    job_id = lost_after_call(place, parcel_send, "one")
    suspend(place.acme)
    try:
        place.attempt(job_id)
        assert [(row.dead_at, row.holder) for row in place.jobs()] == [(None, None)]
        with pytest.raises(TenantUnavailable):
            place.marks()
    finally:
        resume(place.acme)
    place.attempt(job_id)
    assert (other.calls[str(job_id)], place.marks()) == (1, ["one: found"])


def test_one_that_waits_is_called_off_and_one_that_calls_is_not(place: Place, other: OtherSide) -> None:
    waiting = place.later(letter_send, name="one", run_at=clock.now() + timedelta(hours=1))
    assert place.cancel(waiting) is True
    job_id = place.later(letter_send, name="two")
    place.claim()
    assert len(leases.hold(place.cell, place.acme.id, [job_id], "a worker", 30)) == 1
    assert place.cancel(job_id) is False
    assert [row.id for row in place.jobs()] == [job_id]
