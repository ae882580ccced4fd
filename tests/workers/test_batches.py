"""Small jobs of one tenant share a transaction, and none of them is the worse for it."""

from collections import Counter
from collections.abc import Sequence
from threading import Event
from typing import Any
from uuid import UUID

import pytest

from saas.engine.jobs import Job, JobState
from saas.kit.ids import new_id
from saas.workers import claims
from saas.workers.together import together
from tests.workers.doings import mark_same, mark_slow, mark_small, mark_transaction
from tests.workers.marks import CODE, mark_set
from tests.workers.place import AT_ONCE, Place


def attempt(place: Place, *, stopping: Event | None = None) -> list[int]:
    """What a dispatcher sends and a worker does, once; how many jobs went together."""
    claims.ripen(place.cell)
    bundles = together(claims.claim(place.cell, "interactive", 100, 30)[0], 100)
    for bundle in bundles:
        place.performer(stopping=stopping).perform(bundle[0].tenant_id, *[one.id for one in bundle])
    return [len(bundle) for bundle in bundles]


def ask(place: Place, job: Job[Any], names: Sequence[str]) -> list[UUID]:
    return [place.later(job, name=name) for name in names]


def test_as_many_as_the_job_says_share_a_transaction(place: Place) -> None:
    for _ in range(25):
        place.later(mark_transaction)
    assert attempt(place) == [10, 10, 5]
    assert sorted(Counter(place.marks()).values()) == [5, 10, 10]
    assert place.jobs() == []


def test_only_those_of_the_same_task_tenant_actor_and_scopes_go_together(place: Place) -> None:
    ask(place, mark_small, ["a", "b"])
    place.later_through(frozenset({"customers.read"}), mark_small, name="c")
    place.later(mark_set, name="d")
    place.later(mark_set, name="e")
    assert sorted(attempt(place)) == [1, 1, 1, 2]
    assert place.marks() == ["a", "b", "c", "d", "e"]


def test_one_that_fails_takes_no_other_along(place: Place) -> None:
    ids = ask(place, mark_small, ["a", "bad", "b"])
    assert attempt(place) == [3]
    assert place.marks() == ["a", "b"]
    status = place.status(ids[1])
    assert status is not None
    assert (status.state, status.attempts, status.last_error) == (
        JobState.QUEUED, 1, "Conflict: The shelf is full."
    )  # fmt: skip
    assert attempt(place) == [1]
    assert [(row.id, row.dead_at is not None) for row in place.jobs()] == [(ids[1], True)]


def test_what_the_database_refuses_is_told_of_the_one_that_it_was(place: Place) -> None:
    twice = new_id(CODE)
    for id_, name in ((new_id(CODE), "a"), (twice, "b"), (twice, "c"), (new_id(CODE), "d")):
        place.later(mark_same, id=id_, name=name)
    assert attempt(place) == [4]
    assert place.marks() == ["a", "b", "d"]
    ((payload, error),) = [(row.payload["name"], row.last_error) for row in place.jobs()]
    assert payload == "c"
    assert error.startswith("UniqueViolation")


def test_a_server_that_is_away_puts_all_of_them_back(place: Place) -> None:
    ask(place, mark_small, ["a", "away", "b"])
    assert attempt(place) == [3]
    assert place.marks() == []
    assert [(row.attempts, row.holder, row.lease_until) for row in place.jobs()] == [(0, None, None)] * 3


def test_a_transaction_goes_on_for_a_quarter_of_a_second_and_gives_the_others_back(place: Place) -> None:
    ask(place, mark_slow, ["a", "b", "c", "d"])
    assert attempt(place) == [4]
    assert place.marks() == ["a", "b"]
    assert [(row.attempts, row.holder, row.stage) for row in place.jobs()] == [(0, None, "due")] * 2
    assert attempt(place) == [2]
    assert place.marks() == ["a", "b", "c", "d"]


def test_a_worker_that_is_told_to_stop_gives_back_what_it_has_not_begun(place: Place) -> None:
    told = Event()
    told.set()
    ask(place, mark_small, ["a", "b", "c"])
    attempt(place, stopping=told)
    assert place.marks() == ["a"]
    assert [(row.attempts, row.stage) for row in place.jobs()] == [(0, "due")] * 2


@pytest.mark.parametrize("gone", [0, 1])
def test_one_that_was_called_off_meanwhile_is_left_out(place: Place, gone: int) -> None:
    ids = ask(place, mark_small, ["a", "b"])
    claimed = [one.id for one in claims.claim(place.cell, "interactive", 100, 30)[0]]
    assert place.cancel(ids[gone]) is True
    place.performer(timing=AT_ONCE).perform(place.acme.id, *claimed)
    assert place.marks() == [["a", "b"][1 - gone]]
