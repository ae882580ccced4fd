"""Jobs in the API: who sees which, how far they are, and who may call them off, try them again or drop them."""

import itertools
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

from saas.engine.access.tables import RowScope
from saas.engine.events import created, on
from saas.engine.jobs import LONG, Step, job, job_named
from saas.engine.scope import Scope, open_scope
from saas.kit.errors import Conflict
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from tests.browsing import work
from tests.engine.people import hire
from tests.engine.reacting import reacting
from tests.export.place import started
from tests.schema.notices import somebody
from tests.schema.test_personal_tokens import made
from tests.world import Person, World, rights

_numbers = itertools.count(1)
JOB = """
    id task label zh: label(language: ZH) state progress { done total percent } attempts maxAttempts createdAt runAt
    cancelling deadAt lastError askedById importRunId exportRunId canManage"""
ONE = f"query($id: ID!) {{ job(id: $id) {{ {JOB} }} }}"
LIST = f"""
    query($state: JobState, $task: String, $first: Int, $after: String) {{
      jobs(state: $state, task: $task, first: $first, after: $after) {{
        nodes {{ {JOB} }} edges {{ node {{ id }} }} pageInfo {{ hasNextPage endCursor }} totalCount {{ value exact }}
      }}
    }}"""
DO = "mutation($id: ID!) {{ x: {}(id: $id) {{ id job {{ id state cancelling attempts }} problems {{ code path }} }} }}"
VERBS = ("jobCancel", "jobRetry", "jobDrop")
is_broken = Event()


@pytest.fixture(scope="module", autouse=True)
def declared() -> Iterator[None]:
    """A job that takes long, and a reaction that comes later and fails."""
    with reacting():

        @job(kind=LONG, queue="workflow", attempts=1)
        def shelf_count(scope: Scope, step: Step, shelf_id: UUID) -> Step | None:
            if is_broken.is_set():
                raise Conflict("The shelf is full.")
            return None

        def customer_weigh(scope: Scope, customers: Sequence[Customer]) -> None:
            raise Conflict("The scales are broken.")

        on(created(Customer), later=True, queue="workflow", attempts=1)(customer_weigh)
        yield


def counted(world: World, person: Person, *, dead: bool = False) -> str:
    """A job that this person asked for; tried already where it is to be dead."""
    task = job_named("shelf_count")
    assert task is not None
    with open_scope(person.tenant, person.id, write=True) as scope:
        id_ = scope.later(task, shelf_id=uuid4())
    if dead:
        is_broken.set()
        work(world, "workflow")
        is_broken.clear()
    return str(id_)


def do(person: Person, verb: str, id_: str) -> dict[str, Any]:
    payload: dict[str, Any] = person.ask(DO.format(verb), id=id_)["x"]
    return payload


def one(person: Person, id_: str) -> Any:
    return person.ask(ONE, id=id_)["job"]


def listed(person: Person, **arguments: Any) -> list[str]:
    return [node["id"] for node in person.ask(LIST, **arguments)["jobs"]["nodes"]]


def rows(world: World, id_: str) -> list[tuple[Any, ...]]:
    return world.sql(world.garage, "SELECT * FROM platform.job WHERE id = %s", id_)


def manager(world: World, *operations: str) -> Person:
    grants = Grants(rights(RowScope.ALL, "job", operations=operations))
    return hire(world.garage, f"overseer{next(_numbers)}", grants)


def test_people_see_what_they_asked_for_and_nothing_else(world: World) -> None:
    asker, other = somebody(world.garage), somebody(world.garage)
    run_id = str(started(world.garage.ada, "format: CSV"))
    mine = counted(world, asker)
    seen = one(asker, mine)
    assert seen.pop("createdAt") == seen.pop("runAt")
    assert seen == {
        "id": mine,
        "task": "shelf_count",
        "label": "shelf count",
        "zh": "shelf count",
        "state": "QUEUED",
        "progress": None,
        "attempts": 0,
        "maxAttempts": 1,
        "cancelling": False,
        "deadAt": None,
        "lastError": None,
        "askedById": str(asker.id),
        "importRunId": None,
        "exportRunId": None,
        "canManage": True,
    }
    assert listed(asker) == [mine]
    assert (one(other, mine), listed(other)) == (None, [])
    assert (one(world.rival.rita, mine), mine in listed(world.rival.rita)) == (None, False)
    overseer = manager(world, "read")
    (export,) = [each for each in overseer.ask(LIST)["jobs"]["nodes"] if each["exportRunId"] == run_id]
    assert (export["label"], export["zh"], export["canManage"]) == ("Export", "导出", False)
    assert (export["importRunId"], export["askedById"]) == (None, str(world.garage.ada.id))
    assert one(overseer, mine)["id"] == mine
    assert do(asker, "jobCancel", mine)["id"] == mine


def test_the_list_is_filtered_counted_and_paged(world: World) -> None:
    asker = somebody(world.garage)
    dead = counted(world, asker, dead=True)
    waiting = [counted(world, asker) for _ in range(2)]
    newest_first = [*reversed(waiting), dead]
    assert listed(asker) == newest_first
    assert listed(asker, state="DEAD") == [dead]
    assert listed(asker, state="QUEUED") == newest_first[:2]
    assert (listed(asker, state="RUNNING"), listed(asker, state="DONE")) == ([], [])
    assert (listed(asker, task="shelf_count"), listed(asker, task="shelf_paint")) == (newest_first, [])
    page = asker.ask(LIST, first=2)["jobs"]
    assert ([each["id"] for each in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (newest_first[:2], True)
    assert (page["totalCount"], page["edges"][0]) == ({"value": 3, "exact": True}, {"node": {"id": waiting[1]}})
    assert listed(asker, first=2, after=page["pageInfo"]["endCursor"]) == [dead]
    (error,) = asker.errors(LIST, after=page["pageInfo"]["endCursor"], state="DEAD")
    assert error["extensions"]["code"] == "BAD_INPUT"
    for each in waiting:
        do(asker, "jobCancel", each)


def test_a_dead_job_says_why_and_is_tried_again_or_dropped(world: World) -> None:
    asker = somebody(world.garage)
    ids = [counted(world, asker, dead=True) for _ in range(2)]
    seen = one(asker, ids[0])
    assert (seen["state"], seen["lastError"], seen["attempts"]) == ("DEAD", "Conflict: The shelf is full.", 1)
    assert seen["deadAt"] is not None
    again = {"id": ids[0], "state": "QUEUED", "cancelling": False, "attempts": 0}
    assert do(asker, "jobRetry", ids[0]) == {"id": ids[0], "job": again, "problems": []}
    wrong = {"id": None, "job": None, "problems": [{"code": "WRONG_STATE", "path": ["id"]}]}
    assert (do(asker, "jobRetry", ids[0]), do(asker, "jobDrop", ids[0])) == (wrong, wrong)
    work(world, "workflow")
    assert one(asker, ids[0]) is None
    assert do(asker, "jobCancel", ids[1]) == wrong
    ends = {"id": ids[1], "state": "QUEUED", "cancelling": True, "attempts": 0}
    assert do(asker, "jobDrop", ids[1]) == {"id": ids[1], "job": ends, "problems": []}
    is_broken.set()
    work(world, "workflow")
    is_broken.clear()
    assert do(asker, "jobDrop", ids[1]) == {"id": ids[1], "job": None, "problems": []}
    assert rows(world, ids[1]) == []


def test_where_our_servers_are_is_told_to_operators_only(world: World) -> None:
    asker = somebody(world.garage)
    id_ = counted(world, asker, dead=True)
    sentence = "Atrium cannot answer this now. Try again soon; the operator finds the reason in the log."
    for kept, told in (
        ("FileNotFoundError: [Errno 2] No such file or directory: '/files/acme'", f"FileNotFoundError: {sentence}"),
        ("BadConfig: SAAS_FILES is no folder. Make it.", f"BadConfig: {sentence}"),
        ("ValueError: job.py:12 in export", "ValueError: job.py:12 in export"),
        ("UniqueViolation: SQLSTATE 23505, constraint pk", "UniqueViolation: SQLSTATE 23505, constraint pk"),
    ):
        world.sql(world.garage, "UPDATE platform.job SET last_error = %s WHERE id = %s", kept, id_)
        assert one(asker, id_)["lastError"] == told
    world.admin.execute("DELETE FROM platform.job WHERE id = %s", [id_])


def test_a_run_whose_dead_job_is_dropped_is_closed(world: World) -> None:
    ada = world.garage.ada
    run_id = str(started(ada, "format: CSV"))
    (mine,) = [each for each in ada.ask(LIST)["jobs"]["nodes"] if each["exportRunId"] == run_id]
    world.sql(world.garage, "UPDATE platform.job SET dead_at = now() WHERE id = %s", mine["id"])
    assert do(ada, "jobDrop", mine["id"])["problems"] == []
    work(world, "bulk")
    assert one(ada, mine["id"]) is None
    assert ada.ask("query($id: ID!) { exportRun(id: $id) { state } }", id=run_id)["exportRun"]["state"] == "CANCELLED"


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_touches_the_job_of_another(world: World, verb: str) -> None:
    id_ = counted(world, somebody(world.garage), dead=verb != "jobCancel")
    before = rows(world, id_)
    unseen = {"id": None, "job": None, "problems": [{"code": "NOT_FOUND", "path": ["id"]}]}
    assert do(somebody(world.garage), verb, id_) == do(world.rival.rita, verb, id_) == unseen
    forbidden = {"id": None, "job": None, "problems": [{"code": "FORBIDDEN", "path": []}]}
    assert do(manager(world, "read"), verb, id_) == forbidden
    assert rows(world, id_) == before
    assert do(manager(world, "read", "manage"), verb, id_)["id"] == id_
    world.admin.execute("DELETE FROM platform.job WHERE id = %s", [id_])


def test_an_app_decides_about_no_job_of_its_person(world: World) -> None:
    asker = somebody(world.garage)
    _, app = made(asker, "*:*")
    for verb in VERBS:
        id_ = counted(world, asker, dead=verb != "jobCancel")
        before = rows(world, id_)
        assert one(app, id_)["canManage"] is False
        assert do(app, verb, id_) == {"id": None, "job": None, "problems": [{"code": "FORBIDDEN", "path": []}]}
        assert rows(world, id_) == before
        world.admin.execute("DELETE FROM platform.job WHERE id = %s", [id_])


def test_what_only_follows_from_ones_change_is_seen_but_not_stopped(world: World) -> None:
    asker = somebody(world.garage)
    make = 'mutation { x: customerCreate(input: { name: "Heavy" }) { id } }'
    assert asker.ask(make)["x"]["id"]
    (waiting,) = asker.ask(LIST)["jobs"]["nodes"]
    assert (waiting["task"], waiting["canManage"]) == ("customer_weigh", False)
    forbidden = {"id": None, "job": None, "problems": [{"code": "FORBIDDEN", "path": []}]}
    assert do(asker, "jobCancel", waiting["id"]) == forbidden
    work(world, "workflow")
    assert one(asker, waiting["id"])["state"] == "DEAD"
    assert do(asker, "jobDrop", waiting["id"]) == do(asker, "jobRetry", waiting["id"]) == forbidden
    assert do(world.garage.ada, "jobDrop", waiting["id"])["id"] == waiting["id"]


def test_nothing_is_called_off_where_the_mutation_has_a_problem(world: World) -> None:
    asker = somebody(world.garage)
    id_ = counted(world, asker)
    both = "mutation($id: ID!, $other: ID!) { a: jobCancel(id: $id) { id } b: jobCancel(id: $other) { id } }"
    assert asker.ask(both, id=id_, other=str(uuid4())) == {"a": {"id": None}, "b": {"id": None}}
    assert one(asker, id_)["cancelling"] is False
    do(asker, "jobCancel", id_)


def test_an_export_is_followed_as_a_job_and_called_off(world: World) -> None:
    ada = world.garage.ada
    run_id = str(started(ada, "format: CSV"))
    (mine,) = [each for each in ada.ask(LIST)["jobs"]["nodes"] if each["exportRunId"] == run_id]
    told = {"id": mine["id"], "state": "QUEUED", "cancelling": True, "attempts": 0}
    assert do(ada, "jobCancel", mine["id"]) == {"id": mine["id"], "job": told, "problems": []}
    work(world, "bulk")
    assert one(ada, mine["id"]) is None
    assert ada.ask("query($id: ID!) { exportRun(id: $id) { state } }", id=run_id)["exportRun"]["state"] == "CANCELLED"
