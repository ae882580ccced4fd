"""A job is done once, as often as it is tried; what fails is tried again, and at last dead and visible."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import uuid4

from saas.engine.jobs import JobState
from saas.kit import clock, ids
from saas.tenants.provision import resume, suspend
from saas.workers import leases, sweeping
from saas.workers.lateness import late_by_queue
from saas.workers.overview import Choice, dropped
from tests.workers.marks import (
    mark_chain,
    mark_clash,
    mark_fail,
    mark_many,
    mark_refuse,
    mark_rights,
    mark_set,
    mark_set_slowly,
    mark_stumble,
    mark_without_room,
)  # fmt: skip
from tests.workers.place import AT_ONCE, Place, eventually


def test_a_job_that_is_done_is_gone(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    place.attempt(job_id)
    assert place.marks() == ["one"]
    assert place.jobs() == []
    assert place.status(job_id) is None


def test_a_message_that_comes_twice_does_nothing_the_second_time(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    place.attempt(job_id)
    place.performer().perform(place.acme.id, job_id)
    assert place.marks() == ["one"]


def test_a_job_may_ask_for_a_job(place: Place) -> None:
    place.attempt(place.later(mark_chain, name="one"))
    (next_id,) = place.claim()
    place.performer().perform(place.acme.id, next_id)
    assert place.marks() == ["one later"]


def test_what_an_app_asked_for_is_done_within_its_scopes(place: Place) -> None:
    place.attempt(place.later_through(frozenset({"customer:read"}), mark_rights))
    assert place.marks() == ["customer.read"]
    (asked,) = place.jobs()  # what the job itself asks for, likewise
    assert asked.payload == {"name": "again", "@scopes": "customer:read"}


def test_two_workers_racing_for_a_job_do_it_once(place: Place) -> None:
    for round_ in range(10):
        (job_id,) = [place.later(mark_set, name=f"round {round_}")]
        assert place.claim() == [job_id]
        with ThreadPoolExecutor(2) as pool:
            for name in ("a", "b"):
                pool.submit(place.performer(name).perform, place.acme.id, job_id)
    assert place.marks() == [f"round {round_}" for round_ in range(10)]
    assert place.jobs() == []


def test_a_lease_that_ran_out_gives_nobody_a_job_that_is_being_done(place: Place, tmp_path: Path) -> None:
    job_id = place.later(mark_set_slowly, name="one", folder=str(tmp_path))
    assert place.claim() == [job_id]
    short = replace(AT_ONCE, lease=0.0)
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(place.performer("slow", short).perform, place.acme.id, job_id)
        eventually((tmp_path / "inside reached").exists)
        assert place.claim() == []
        assert place.cancel(job_id) is False
        place.performer("quick").perform(place.acme.id, job_id)
        (tmp_path / "inside open").touch()
        doing.result()
    assert place.marks() == ["one"]
    assert place.jobs() == []


def test_a_job_that_fails_leaves_no_trace_but_its_error(place: Place) -> None:
    job_id = place.later(mark_fail, name="one")
    place.attempt(job_id)
    status = place.status(job_id)
    assert status is not None
    assert (status.state, status.attempts) == (JobState.QUEUED, 1)
    assert re.fullmatch(r"ValueError: marks\.py:\d+ in mark_fail", status.last_error or "")
    assert place.marks() == []


def test_after_the_last_attempt_a_job_is_dead_and_stays_visible(place: Place) -> None:
    job_id = place.later(mark_fail, name="one")
    place.attempt(job_id)
    place.attempt(job_id)
    status = place.status(job_id)
    assert status is not None
    assert (status.state, status.attempts) == (JobState.DEAD, 2)
    assert place.claim() == []
    assert place.cancel(job_id) is False


def test_a_database_error_is_kept_without_values(place: Place) -> None:
    job_id = place.later(mark_clash, id=ids.new_id(0x6FF))
    place.attempt(job_id)
    status = place.status(job_id)
    assert status is not None
    assert status.last_error == "UniqueViolation: SQLSTATE 23505, constraint mark_pkey"


def test_an_expected_error_is_kept_with_its_sentence(place: Place) -> None:
    job_id = place.later(mark_refuse)
    place.attempt(job_id)
    status = place.status(job_id)
    assert status is not None
    assert (status.state, status.last_error) == (JobState.DEAD, "Conflict: The shelf is full.")


def test_the_next_attempt_waits_longer_and_longer(place: Place) -> None:
    timing = replace(AT_ONCE, first_retry=10, last_retry=100)
    waits = [timing.retry(attempts) for attempts in range(1, 7)]
    for wait, expected in zip(waits, [10, 20, 40, 80, 100, 100], strict=True):
        assert 0.75 * expected <= wait <= 1.25 * expected


def test_a_job_that_this_release_does_not_know_says_so(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    place.write("UPDATE platform.job SET task = 'mark_vanish', max_attempts = 1")
    for _ in range(2):  # it may be one of the next release, whose workers are about to start
        place.attempt(job_id)
        assert [(row.attempts, row.dead_at) for row in place.jobs()] == [(0, None)]
    place.write("UPDATE platform.job SET created_at = now() - interval '25 hours'")
    place.attempt(job_id)
    (row,) = place.jobs()
    assert (row.stage, row.last_error) == (
        "dead",
        "BadConfig: This release has no job mark_vanish. Retry it under a release that has it.",
    )


def test_the_job_of_a_tenant_that_is_no_more_is_dead_and_can_be_dropped(place: Place) -> None:
    job_id, nobody = place.later(mark_set, name="one"), uuid4()
    place.write("UPDATE platform.job SET tenant_id = :nobody", nobody=nobody)
    assert place.claim() == [job_id]
    replace(place.performer(), cells=lambda: {"main": place.cell}).perform(nobody, job_id)
    ((stage, attempts, error),) = [(row.stage, row.attempts, row.last_error) for row in place.jobs()]
    assert (stage, attempts, error.partition(":")[0]) == ("dead", 0, "NotFound")
    assert dropped({"main": place.cell}, Choice(id=job_id)) == [job_id]
    assert place.jobs() == []


def test_the_job_of_a_suspended_tenant_waits_and_costs_no_attempt(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    suspend(place.acme)
    try:
        for _ in range(7):
            place.attempt(job_id)
    finally:
        resume(place.acme)
    assert [(row.attempts, row.dead_at, row.last_error) for row in place.jobs()] == [(0, None, None)]
    place.attempt(job_id)
    assert place.marks() == ["one"]


def test_a_server_that_is_out_of_room_costs_no_attempt(place: Place) -> None:
    job_id = place.later(mark_without_room, name="one")
    for _ in range(3):
        place.attempt(job_id)
    assert [(row.attempts, row.dead_at, row.last_error) for row in place.jobs()] == [(0, None, None)]
    assert place.marks() == []


def test_a_worker_lost_at_every_attempt_leaves_a_dead_job(place: Place) -> None:
    job_id = place.later(mark_fail, name="one")
    for attempt in (1, 2):
        assert place.claim() == [job_id]
        (held,) = leases.hold(place.cell, place.acme.id, [job_id], "a worker that is lost", 0)
        assert held.attempts == attempt
    assert place.claim() == []
    status = place.status(job_id)
    assert status is not None
    assert (status.state, status.last_error) == (
        JobState.DEAD,
        "WorkerLost: the worker ended before the job did",
    )


def test_two_dispatchers_never_send_the_same_job(place: Place) -> None:
    asked = {place.later(mark_set, name=str(number)) for number in range(20)}
    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: place.claim(3), range(12)))
    sent = [job_id for batch in batches for job_id in batch]
    assert len(sent) == len(set(sent)) == 20
    assert set(sent) == asked


def test_what_was_sent_and_lost_is_sent_again_and_costs_no_attempt(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    for _ in range(7):
        assert place.claim(lease=0) == [job_id]
    assert [row.attempts for row in place.jobs()] == [0]


def test_how_late_the_oldest_job_is(place: Place) -> None:
    assert late_by_queue(place.cell) == {}
    place.later(mark_set, name="one", run_at=clock.now() - timedelta(seconds=60))
    assert 60 <= late_by_queue(place.cell)["interactive"] < 90
    place.claim()
    assert late_by_queue(place.cell) == {}


def test_a_long_job_goes_chunk_by_chunk_and_ends(place: Place) -> None:
    job_id = place.later(mark_many, total=5, folder="")
    place.attempt(job_id)
    assert place.marks() == [f"chunk {n}" for n in range(5)]
    assert place.jobs() == []


def test_a_worker_that_is_told_to_stop_hands_a_long_job_over(place: Place) -> None:
    job_id = place.later(mark_many, total=3, folder="")
    told = Event()
    told.set()
    for done in (1, 2):
        assert place.claim() == [job_id]
        place.performer(stopping=told).perform(place.acme.id, job_id)
        status = place.status(job_id)
        assert status is not None
        assert (status.state, status.attempts) == (JobState.QUEUED, 0)
        assert status.progress == {"done": done, "total": 3}
    place.attempt(job_id)
    assert place.marks() == ["chunk 0", "chunk 1", "chunk 2"]


def test_a_long_job_that_gets_on_is_forgiven_its_failures(place: Place, tmp_path: Path) -> None:
    job_id = place.later(mark_stumble, total=4, folder=str(tmp_path))
    for _ in range(5):
        place.attempt(job_id)
    assert place.marks() == [f"chunk {n}" for n in range(4)]
    assert place.jobs() == []


def test_a_long_job_that_is_called_off_writes_its_end_once(place: Place) -> None:
    job_id = place.later(mark_many, total=1000, folder="", run_at=clock.now() + timedelta(hours=1))
    assert place.cancel(job_id) is True
    status = place.status(job_id)
    assert status is not None
    assert status.cancelling
    sweeping.hasten_cancelled(place.cell)
    place.attempt(job_id)
    assert place.marks() == ["cancelled"]
    assert place.jobs() == []


def test_a_worker_whose_job_went_to_another_stops(place: Place, tmp_path: Path) -> None:
    job_id = place.later(mark_many, total=5, folder=str(tmp_path))
    assert place.claim() == [job_id]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(place.performer("first").perform, place.acme.id, job_id)
        eventually((tmp_path / "third reached").exists)
        taking = pool.submit(place.write, "UPDATE platform.job SET holder = 'second', checkpoint = checkpoint")
        eventually(place.somebody_waits)
        (tmp_path / "third open").touch()
        first.result()
        taking.result()
    assert place.marks() == ["chunk 0", "chunk 1", "chunk 2"]
    assert [(row.holder, row.checkpoint) for row in place.jobs()] == [("second", {"done": 3})]


def test_a_job_in_somebodys_hands_is_given_to_nobody_else(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    assert place.claim() == [job_id]
    assert leases.hold(place.cell, place.rival.id, [job_id], "of another tenant", 30) == []
    assert len(leases.hold(place.cell, place.acme.id, [job_id], "first", 30)) == 1
    assert leases.hold(place.cell, place.acme.id, [job_id], "second", 30) == []
    assert [(row.holder, row.attempts) for row in place.jobs()] == [("first", 1)]


def test_a_worker_that_slept_through_its_lease_has_no_say_any_more(place: Place) -> None:
    job_id = place.later(mark_set, name="one")
    assert place.claim() == [job_id]
    (first,) = leases.hold(place.cell, place.acme.id, [job_id], "first", 0)
    assert place.claim() == [job_id]
    assert len(leases.hold(place.cell, place.acme.id, [job_id], "second", 30)) == 1
    before = place.jobs()
    assert leases.renew(place.cell, first, 30, forgive=True) is False
    assert leases.fail(place.cell, first, "an error", 30) is False
    leases.hand_back(place.cell, [first], 30)
    assert place.jobs() == before
