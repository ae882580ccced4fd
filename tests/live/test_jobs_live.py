"""`jobChanged`: how a job stands, then what becomes of it, until it is no longer there."""

from collections.abc import Iterator
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

from saas.engine.jobs import LONG, Job, Step, job
from saas.engine.scope import Scope, open_scope
from saas.kit.errors import Conflict
from saas.workers import claims
from tests.browsing import dispatching, work, worker
from tests.engine.reacting import reacting
from tests.live.ear import Ear
from tests.schema.notices import somebody
from tests.world import Person, World

CHANGED = """
    subscription($id: ID, $after: String! = "") {
      jobChanged(id: $id, after: $after) {
        id state job { label progress { done total percent } attempts cancelling lastError } cursor
      }
    }"""
declared: dict[str, Job[Any]] = {}


@pytest.fixture(scope="module", autouse=True)
def jobs() -> Iterator[None]:
    with reacting():

        @job(kind=LONG, queue="workflow", attempts=1)
        def rack_tidy(scope: Scope, step: Step, shelf_id: UUID) -> Step | None:
            done = step.checkpoint.get("done", 0) + 1
            return None if done > 3 or step.cancelled else Step({"done": done}, {"done": done, "total": 4})

        @job(queue="workflow", attempts=1)
        def rack_drop(scope: Scope, shelf_id: UUID) -> None:
            raise Conflict("The shelf fell.")

        declared.update({each.name: each for each in (rack_tidy, rack_drop)})
        yield


def later(person: Person, name: str) -> str:
    with open_scope(person.tenant, person.id, write=True) as scope:
        return str(scope.later(declared[name], shelf_id=uuid4()))


def settled(ear: Ear) -> dict[str, Any]:
    """The next event, but for a look that fell into the middle of the work."""
    event: dict[str, Any] = ear.next()
    while event["state"] == "RUNNING":
        event = ear.next()
    return event


def heard(ear: Ear) -> tuple[Any, ...]:
    event = settled(ear)
    told = event["job"]
    progress = told and told["progress"]
    return event["id"], event["state"], progress and (progress["done"], progress["total"], progress["percent"])


def chunk(world: World) -> None:
    """What a worker does that is told to stop: one chunk."""
    stopping = Event()
    stopping.set()
    with dispatching(world) as cell:
        for due in claims.claim(cell, "workflow", 50, 30)[0]:
            worker(cell, stopping).perform(due.tenant_id, due.id)


def test_a_job_is_followed_from_how_it_stands_to_its_end(world: World) -> None:
    asker = somebody(world.garage)
    id_ = later(asker, "rack_tidy")
    with Ear(asker, CHANGED, id=id_) as ear:
        assert heard(ear) == (id_, "QUEUED", None)
        for done in (1, 2, 3):
            chunk(world)
            assert heard(ear) == (id_, "QUEUED", (done, 4, 25.0 * done))
        work(world, "workflow")
        end = settled(ear)
        assert (end["id"], end["state"], end["job"]) == (id_, "DONE", None)
        assert ear.is_silent()
    with Ear(asker, CHANGED, id=id_) as ear:  # who comes late is told that it is over
        assert heard(ear) == (id_, "DONE", None)


def test_all_of_ones_own_are_followed_and_nobody_elses(world: World) -> None:
    asker, other = somebody(world.garage), somebody(world.garage)
    first = later(asker, "rack_tidy")
    with Ear(asker, CHANGED) as ear, Ear(other, CHANGED) as theirs, Ear(world.garage.ada, CHANGED) as administrator:
        assert heard(ear) == (first, "QUEUED", None)
        second = later(asker, "rack_drop")
        assert heard(ear) == (second, "QUEUED", None)
        work(world, "workflow")
        ended, dead = sorted(
            [settled(ear), settled(ear)], key=lambda event: [second, first].index(event["id"]), reverse=True
        )
        assert (ended["state"], ended["job"]) == ("DONE", None)
        assert (dead["state"], dead["job"]["lastError"], dead["job"]["label"]) == (
            "DEAD",
            "Conflict: The shelf fell.",
            "rack drop",
        )
        retry = "mutation($id: ID!) { jobRetry(id: $id) { id } }"
        assert world.garage.ada.ask(retry, id=second)["jobRetry"]["id"] == second
        assert heard(ear) == (second, "QUEUED", None)
        asker_drop = later(other, "rack_tidy")
        assert heard(theirs) == (asker_drop, "QUEUED", None)
        assert ear.is_silent()
        assert administrator.is_silent()


def test_what_a_cursor_knows_is_not_told_again_but_the_end_is(world: World) -> None:
    asker = somebody(world.garage)
    ended, waiting = later(asker, "rack_tidy"), later(asker, "rack_tidy")
    with Ear(asker, CHANGED) as ear:
        events = [ear.next(), ear.next()]
        assert [event["id"] for event in events] == [ended, waiting]
    cancel = "mutation($id: ID!) { jobCancel(id: $id) { id } }"
    asker.ask(cancel, id=ended)
    work(world, "workflow")
    with Ear(asker, CHANGED, after=events[1]["cursor"]) as ear:
        assert {heard(ear)[:2] for _ in range(2)} == {(ended, "DONE"), (waiting, "DONE")}


def test_two_who_follow_the_same_are_both_told_how_it_stands(world: World) -> None:
    asker = somebody(world.garage)
    id_ = later(asker, "rack_tidy")
    with Ear(asker, CHANGED) as one:
        assert heard(one) == (id_, "QUEUED", None)
        with Ear(asker, CHANGED) as two:
            assert heard(two) == (id_, "QUEUED", None)
    work(world, "workflow")


@pytest.mark.parametrize("variables", [{"id": str(uuid4())}, {"after": "not a cursor"}, {"after": "abcd"}])
def test_what_cannot_be_followed_is_refused(world: World, variables: dict[str, Any]) -> None:
    with Ear(somebody(world.garage), CHANGED, **variables) as ear:
        assert getattr(ear.answer(), "code", None) in {"NOT_FOUND", "BAD_INPUT"}


def test_the_job_of_another_cannot_be_followed(world: World) -> None:
    id_ = later(somebody(world.garage), "rack_tidy")
    for person in (somebody(world.garage), world.rival.rita):
        with Ear(person, CHANGED, id=id_) as ear:
            told = ear.answer()
        if person is world.rival.rita:  # its cell does not show it that there is one
            assert told["data"]["jobChanged"]["state"] == "DONE"
        else:
            assert told.code == "NOT_FOUND"
    with Ear(world.garage.ada, CHANGED, id=id_) as ear:  # with the right job.read
        assert heard(ear) == (id_, "QUEUED", None)
    work(world, "workflow")
