"""Whether the client of a query that takes long is still there: one who has left has it cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
PATIENCE = 0.2  # seconds after which somebody looks, at the earliest; twice that at the latest


class Watch:
    """`with Watch(receive)`: who goes away in there has the task cancelled, and `has_left` says so."""

    __slots__ = ("_all", "_listening", "_receive", "has_left", "is_old", "task")

    def __init__(self, receive: Receive) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("Only a task can be cancelled.")
        self.task: asyncio.Task[Any] = task
        self.has_left = self.is_old = False
        self._receive = receive
        self._listening: asyncio.Task[None] | None = None
        self._all = _watches()

    def __enter__(self) -> "Watch":
        watches = self._all
        watches.add(self)
        if not watches.is_ticking:
            watches.tick()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._all.discard(self)
        if self._listening is not None:
            self._listening.cancel()

    def look(self) -> None:
        """Listen whether the client leaves; once it has taken long, which most queries never do."""
        if not self.is_old:
            self.is_old = True
        elif self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_left = True
        self.task.cancel()


class _Watches(set[Watch]):
    """Those of one event loop, with one timer for all: one for each query would cost more than its look-ups."""

    is_ticking = False

    def tick(self) -> None:
        """Look from now on, as long as there are any."""
        self.is_ticking = True
        asyncio.get_running_loop().call_later(PATIENCE, self._look)

    def _look(self) -> None:
        for watch in tuple(self):
            watch.look()
        self.is_ticking = False
        if self:
            self.tick()


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watches] = WeakKeyDictionary()


def _watches() -> _Watches:
    loop = asyncio.get_running_loop()
    found = _of_loop.get(loop)
    if found is None:
        found = _of_loop[loop] = _Watches()
    return found
