"""Whoever asked for a job that failed for good is told, each death once; of others nobody is told."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from saas.engine.jobs import Job, job
from saas.engine.scope import Scope, open_scope
from saas.kit.errors import Conflict, Unavailable
from saas.modules.notices import dead_jobs
from saas.modules.notices.dead_jobs import dead_jobs_tell
from saas.workers import dead
from tests.browsing import work
from tests.engine.reacting import reacting
from tests.schema.notices import somebody, told
from tests.world import Person, World

declared: dict[str, Job[Any]] = {}


@pytest.fixture(scope="module", autouse=True)
def jobs() -> Iterator[None]:
    with reacting():

        @job(queue="workflow", attempts=1)
        def shelf_break(scope: Scope, shelf_id: UUID) -> None:
            raise Conflict("The shelf broke.")

        declared["shelf_break"] = shelf_break
        yield


def die(world: World, person: Person) -> str:
    """The id of a job of this person that is dead."""
    with open_scope(person.tenant, person.id, write=True) as scope:
        id_ = str(scope.later(declared["shelf_break"], shelf_id=uuid4()))
    work(world, "workflow")
    return id_


def look(world: World) -> None:
    """What the company has done every quarter of an hour."""
    with world.garage.scope() as scope:
        dead_jobs_tell(scope)


def of_jobs(person: Person) -> list[tuple[str, dict[str, str]]]:
    """What was told, the oldest first, and its facts."""
    return [
        (each["text"], {fact["name"]: fact["value"] for fact in each["facts"]})
        for each in reversed(told(person, kind="job_dead"))
    ]


def test_who_asked_is_told_by_the_worker_and_once(world: World) -> None:
    asker, other = somebody(world.garage), somebody(world.garage)
    id_ = die(world, asker)
    sentence = "This failed for good, and is not tried again: shelf break."
    assert of_jobs(asker) == [(sentence, {"job_id": id_, "task": "shelf_break"})]
    look(world)
    assert len(of_jobs(asker)) == 1
    assert (of_jobs(other), of_jobs(world.garage.ada), of_jobs(world.rival.rita)) == ([], [], [])


def test_one_that_dies_again_is_told_again(world: World) -> None:
    asker = somebody(world.garage)
    id_ = die(world, asker)
    retry = "mutation($id: ID!) { jobRetry(id: $id) { problems { code } } }"
    assert world.garage.ada.ask(retry, id=id_)["jobRetry"] == {"problems": []}
    work(world, "workflow")
    assert [facts["job_id"] for _, facts in of_jobs(asker)] == [id_, id_]


@pytest.mark.parametrize("fault", [Unavailable("Postgres is away."), ValueError("a fault of ours")])
def test_what_a_worker_could_not_tell_the_next_look_tells(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    asker = somebody(world.garage)

    def away(*_of: object) -> None:
        raise fault

    monkeypatch.setattr(dead, "tell_of_dead_jobs", away)
    id_ = die(world, asker)
    assert of_jobs(asker) == []
    look(world)
    look(world)
    assert [facts["job_id"] for _, facts in of_jobs(asker)] == [id_]
    world.admin.execute("DELETE FROM platform.job WHERE id = %s", [id_])


def test_of_many_deaths_each_look_tells_those_that_are_not_told_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead, "tell_of_dead_jobs", lambda *_of: None)
    monkeypatch.setattr(dead_jobs, "_AT_ONCE", 2)
    deaf, asker = somebody(world.garage), somebody(world.garage)
    off = "INSERT INTO notification_off (recipient_id, kind) VALUES (%s, 'job_dead')"
    world.sql(world.garage, off, deaf.id)
    unheard = [die(world, deaf) for _ in range(2)]
    ids = [die(world, asker) for _ in range(3)]
    look(world)
    assert [facts["job_id"] for _, facts in of_jobs(asker)] == ids[:2]
    look(world)
    assert [facts["job_id"] for _, facts in of_jobs(asker)] == ids
    assert of_jobs(deaf) == []
    world.admin.execute("DELETE FROM platform.job WHERE id = ANY(%s)", [[*ids, *unheard]])


def test_the_company_itself_is_told_nothing(world: World) -> None:
    before = world.sql(world.garage, "SELECT count(*) FROM notification")
    with world.garage.scope() as scope:
        scope.later(declared["shelf_break"], shelf_id=uuid4())
    work(world, "workflow")
    look(world)
    assert world.sql(world.garage, "SELECT count(*) FROM notification") == before
