"""A mutation sent with the same Idempotency-Key is done once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from saas.engine.idempotency import idempotency
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.modules.customers.customer import Customer
from tests.tenants.place import until
from tests.world import Person, World, call

CREATE = """
    mutation One($name: String!, $code: String) {
      z: customerCreate(input: { name: $name, code: $code }) { id customer { version name } problems { code } }
      a: customerCreate(input: { name: $name }) { id problems { code } }
    }
    mutation Other($name: String!) { customerCreate(input: { name: $name }) { id } }"""


def send(
    person: Person, key: str, name: str, code: str | None = None, operation: str = "One", query: str = CREATE
) -> httpx2.Response:
    body = {"query": query, "variables": {"name": name, "code": code}, "operationName": operation}
    headers = {"authorization": f"Bearer {person.token}", "idempotency-key": key}
    return call("POST", "/graphql", json=body, headers=headers)


def made(world: World, name: str) -> int:
    ((number,),) = world.sql(world.garage, "SELECT count(*) FROM customer WHERE name = %s", name)
    return int(number)


def data(answer: httpx2.Response) -> Any:
    assert answer.status_code == 200, answer.text
    assert "errors" not in answer.json()
    return answer.json()["data"]


def replayed(answer: httpx2.Response) -> bool:
    return answer.headers.get("idempotency-replayed") == "true"


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"]


def test_the_second_time_the_first_answer_is_sent_again(world: World) -> None:
    key = str(uuid4())
    first = send(world.garage.sam, key, "once")
    assert (list(data(first)), replayed(first)) == (["z", "a"], False)
    second = send(world.garage.sam, key, "once")
    assert replayed(second)
    assert second.text == first.text
    assert made(world, "once") == 2


def test_without_a_key_it_is_done_twice(world: World) -> None:
    for _ in range(2):
        assert world.garage.sam.http(CREATE.split("mutation Other")[0], {"name": "twice"}).status_code == 200
    assert made(world, "twice") == 4


def test_something_else_under_the_same_key_is_refused(world: World) -> None:
    key = str(uuid4())
    data(send(world.garage.sam, key, "first"))
    others = (
        send(world.garage.sam, key, "second"),
        send(world.garage.sam, key, "first", operation="Other"),
        send(world.garage.sam, key, "first", query=CREATE + " "),
    )
    assert [refusal(other) for other in others] == [(409, "IDEMPOTENCY_CONFLICT")] * 3
    assert (made(world, "first"), made(world, "second")) == (2, 0)


def test_the_key_belongs_to_who_sent_it(world: World) -> None:
    key = str(uuid4())
    ids = {data(send(person, key, "each their own"))["a"]["id"] for person in (world.garage.sam, world.garage.sue)}
    theirs = send(world.rival.rita, key, "each their own")
    assert not replayed(theirs)
    assert len(ids | {data(theirs)["a"]["id"]}) == 3
    assert made(world, "each their own") == 4


def test_an_answer_with_problems_is_not_kept(world: World) -> None:
    world.garage.make(Customer, code="KEY-1")
    key = str(uuid4())
    refused = send(world.garage.ada, key, "again", code="KEY-1")
    assert [problem["code"] for problem in data(refused)["z"]["problems"]] == ["DUPLICATE"]
    done = send(world.garage.ada, key, "again", code="KEY-2")
    assert (data(done)["z"]["problems"], replayed(done)) == ([], False)
    assert made(world, "again") == 2


@pytest.mark.parametrize("key", ["", " ", "k" * 256])
def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    assert refusal(send(world.garage.ada, key, "no key")) == (400, "BAD_INPUT")
    assert made(world, "no key") == 0


def test_a_query_needs_no_key_and_takes_any(world: World) -> None:
    headers = {"authorization": f"Bearer {world.garage.ada.token}", "idempotency-key": ""}
    assert "errors" not in call("POST", "/graphql", json={"query": "{ viewer { name } }"}, headers=headers).json()


def test_twins_at_the_same_moment_are_done_once(world: World) -> None:
    for round_ in range(3):
        barrier, key, name = threading.Barrier(4), str(uuid4()), f"twins {round_}"

        def twin(_: int, barrier: threading.Barrier = barrier, key: str = key, name: str = name) -> httpx2.Response:
            barrier.wait()
            return send(world.garage.ada, key, name)

        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(twin, range(4)))
        assert len({answer.text for answer in answers}) == 1
        assert sorted(replayed(answer) for answer in answers) == [False, True, True, True]
        assert made(world, name) == 2


def test_whose_twin_fails_does_it_themselves(world: World) -> None:
    """The first of two meets a code that another program holds; the second, which waits, finds it free."""
    key = str(uuid4())
    answers: list[httpx2.Response] = []

    def request() -> None:
        answers.append(send(world.garage.ada, key, "in turn", code="KEY-3"))

    threads = [threading.Thread(target=request) for _ in range(2)]
    with world.garage.scope() as scope:
        (holder,) = create(scope, object_of(Customer), [{"name": "holder", "code": "KEY-3"}])
        for number, thread in enumerate(threads, start=1):
            thread.start()
            until(partial(_are_waiting, world, number), "the twin waits")
        assert holder.id
    for thread in threads:
        thread.join()
    codes = [[problem["code"] for problem in data(answer)["z"]["problems"]] for answer in answers]
    assert codes == [["DUPLICATE"], ["DUPLICATE"]]
    assert [replayed(answer) for answer in answers] == [False, False]


def _are_waiting(world: World, wanted: int) -> bool:
    ((number,),) = world.sql(
        world.garage,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return int(number) == wanted


def test_after_a_day_the_key_is_free_and_old_answers_go(world: World) -> None:
    keys = [str(uuid4()) for _ in range(2)]
    for key in keys:
        data(send(world.garage.ada, key, "yesterday"))
    world.sql(world.garage, f"UPDATE {idempotency.name} SET at = at - interval '25 hours'")
    again = send(world.garage.ada, keys[0], "yesterday")
    assert not replayed(again)
    assert data(again)["a"]["id"]
    assert made(world, "yesterday") == 6
    assert world.sql(world.garage, f"SELECT count(*) FROM {idempotency.name}") == [(1,)]
    assert replayed(send(world.garage.ada, keys[0], "yesterday"))
