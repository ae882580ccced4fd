"""Somebody who follows a subscription: in an event loop of its own thread, as a transport would have it."""

import asyncio
import atexit
import json
import queue
import threading
from collections.abc import AsyncIterator
from functools import cache
from types import TracebackType
from typing import Any, Self

from saas.kit.errors import AtriumError
from saas.schema.live.follow import asked, follow
from saas.schema.live.hub import _threads, hub
from saas.schema.live.room import Room
from saas.schema.prepare import prepare
from saas.tenants.sign_in import identify
from tests.served import rest
from tests.tenants.place import until
from tests.world import Person

PATIENCE = 60.0  # seconds after which a test has waited in vain
END = object()

CUSTOMERS = """
    subscription($id: ID, $filter: CustomerFilter, $after: String) {
      customerChanged(id: $id, filter: $filter, after: $after) {
        kind id version changedFields cursor customer { name }
      }
    }"""


class Ear:
    """`with Ear(person, document, …) as ear: ear.next()`."""

    def __init__(
        self, person: Person, document: str = CUSTOMERS, *, takes: int | None = None, **variables: Any
    ) -> None:
        self._person, self._document, self._variables = person, document, variables
        self._takes, self._goes_on = takes, threading.Event()
        self._heard: queue.Queue[Any] = queue.Queue()
        self._has_begun, self._has_ended = threading.Event(), threading.Event()
        self._task: Any = None

    def __enter__(self) -> Self:
        self._task = asyncio.run_coroutine_threadsafe(self._listen(), _loop())
        assert self._has_begun.wait(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        assert self._has_ended.wait(PATIENCE)
        rest(_threads())  # what is still read for who has left needs the databases of this test

    async def _listen(self) -> None:
        try:
            prepared = prepare(self._document)
            assert not prepared.errors, prepared.errors
            what = asked(identify(self._person.token), prepared, prepared.operation(None), self._variables)
            answers = follow(what)
            await self._pass_on(answers)
        except AtriumError as error:
            self._heard.put(error)
        finally:
            self._heard.put(END)
            self._has_begun.set()
            self._has_ended.set()

    async def _pass_on(self, answers: AsyncIterator[bytes]) -> None:
        following = asyncio.ensure_future(anext(answers))
        while not following.done() and not self._is_in():
            await asyncio.sleep(0.005)
        self._has_begun.set()
        taken = 0
        while True:
            try:
                self._heard.put(json.loads(await following))
            except StopAsyncIteration:
                return
            taken += 1
            while taken == self._takes and not self._goes_on.is_set():
                await asyncio.sleep(0.005)
            following = asyncio.ensure_future(anext(answers))

    def _is_in(self) -> bool:
        """Whether the hub knows the follower and has read for them once: what comes now is told."""
        room = hub()._rooms.get(self._person.tenant.id)
        groups = room.groups if room else []
        mine = [group for group in groups for each in group.followers if each.asked.variables is self._variables]
        return bool(mine) and not mine[0].is_behind

    def go_on(self) -> None:
        """Take the rest too: after `takes` events it took no more."""
        self._goes_on.set()

    def answer(self) -> Any:
        """The next whole answer, an error, or END."""
        return self._heard.get(timeout=PATIENCE)

    def next(self) -> dict[str, Any]:
        """The next event."""
        answer = self.answer()
        assert isinstance(answer, dict), answer
        assert "errors" not in answer, answer
        (event,) = answer["data"].values()
        found: dict[str, Any] = event
        return found

    def told(self) -> tuple[str, str, list[str]]:
        """The next event in short."""
        event = self.next()
        return event["id"], event["kind"], event["changedFields"]

    def is_silent(self) -> bool:
        """Whether nothing is told at this moment; ask after something that was told later."""
        return self._heard.empty()


def rooms(expected: int = 1) -> list[Room]:
    """The rooms of those who follow something now, once there are so many."""
    until(lambda: len(_rooms()) == expected, f"{expected} rooms are open")
    return _rooms()


def _rooms() -> list[Room]:
    async def look() -> list[Room]:
        return list(hub()._rooms.values())

    return asyncio.run_coroutine_threadsafe(look(), _loop()).result(PATIENCE)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    atexit.register(loop.call_soon_threadsafe, loop.stop)
    return loop
