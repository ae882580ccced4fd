"""Real workers: a change is told soon after it was made, and a worker that dies in the middle loses nothing."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saas.kit.settings import settings
from tests.webhooks.place import change, customer, made
from tests.webhooks.receiver import Got, Receiver, Says
from tests.workers.fleet import WorkerProcess
from tests.workers.place import eventually
from tests.world import World

Start = Callable[[], WorkerProcess]


@pytest.fixture
def start(receiver: Receiver, tmp_path: Path) -> Iterator[Start]:
    """Begins a worker; all of them are gone after the test."""
    assert receiver.got == []  # its address is allowed before a worker reads the settings
    begun: list[WorkerProcess] = []

    def worker() -> WorkerProcess:
        begun.append(WorkerProcess(tmp_path / f"{len(begun)}.log", settings().redis_url))
        return begun[-1]

    yield worker
    for each in begun:
        if each.lives:
            each.kill()


def test_a_change_is_told_soon(world: World, receiver: Receiver, start: Start) -> None:
    hook = made(world, world.garage.ada, receiver)
    start()
    id_ = customer(world)
    eventually(lambda: len(receiver.got), seconds=40)
    for number in range(5):
        change(world.garage.ada, id_, website=f"soon{number}.test")
    eventually(lambda: len(receiver.got), lambda count: count == 6, seconds=40)
    assert [got.body["data"]["version"] for got in receiver.got] == [1, 2, 3, 4, 5, 6]
    eventually(hook.states, lambda states: states == ["DELIVERED"] * 6)
    assert all("traceparent" in got.headers for got in receiver.got)


def test_a_worker_that_is_killed_in_the_middle_of_a_call_loses_nothing(
    world: World, receiver: Receiver, start: Start
) -> None:
    hook = made(world, world.garage.ada, receiver)
    never = threading.Event()

    def silent(_got: Got) -> Says:
        never.wait(30)
        return Says()

    receiver.says = silent
    worker = start()
    ids = [customer(world), customer(world)]
    eventually(lambda: len(receiver.got), seconds=40)
    worker.kill()
    assert hook.states() == ["WAITING", "WAITING"]
    receiver.says = lambda _got: Says()
    start()
    eventually(hook.states, lambda states: states == ["DELIVERED"] * 2, seconds=40)
    never.set()
    assert [got.body["data"]["id"] for got in receiver.got] == [ids[0], *ids]
    assert receiver.ids()[0] == receiver.ids()[1] != receiver.ids()[2]
    assert [each["attempts"] for each in hook.log()] == [1, 1]
