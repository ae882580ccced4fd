"""Who follows what in this process: an event is read and answered once for all that are told the same of it.

A hub belongs to an event loop, and has a room for each tenant that is followed. A room looks at its tenant's feed when
the bell rings, else once a second, with one statement for all. Those whose objects were changed are read in threads,
one transaction for each group: the same person or app, the same document, the same place.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from saas.gateways.changed import change_ear
from saas.kit.settings import settings
from saas.schema.live import answer
from saas.schema.live.asked import Asked
from saas.schema.live.follower import Follower
from saas.schema.live.room import Room

T = TypeVar("T")
_EAR = 1.0  # seconds after which the listening thread sees whether anybody is left to listen for


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings().live_threads, thread_name_prefix="live")


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Blocking work, in the threads that are there for followers."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), work, *arguments)


class Hub:
    """All rooms of one event loop, and the thread that listens for them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rooms: dict[UUID, Room] = {}
        self._begun: dict[Hashable, asyncio.Task[str]] = {}
        self._ear: threading.Thread | None = None
        self._lock = threading.Lock()

    async def join(self, asked: Asked) -> Follower:
        """Follow from now on, or from behind the cursor; AtriumError where that cannot be."""
        tenant = asked.caller.tenant
        cursor = await self._begin(asked)
        room = self._rooms.get(tenant.id)
        if room is None or room.is_closed:
            room = self._rooms[tenant.id] = Room(tenant, in_thread)
            room.open()
        self._listen()
        follower = Follower(asked)
        room.enter(follower, cursor)
        return follower

    async def _begin(self, asked: Asked) -> str:
        """Where to begin: with those who are told the same already, or as one look tells all who come at once."""
        room = self._rooms.get(asked.caller.tenant.id)
        if asked.after is None and room is not None and (cursor := room.cursor_of(asked.kind)) is not None:
            return cursor
        place = (asked.caller.tenant.id, asked.kind, asked.after)
        task = self._begun.get(place)
        if task is None:
            task = self._begun[place] = self._loop.create_task(in_thread(answer.begin, asked))
            task.add_done_callback(partial(self._has_begun, place))
        return await asyncio.shield(task)  # who leaves takes nothing from the others

    def _has_begun(self, place: Hashable, task: "asyncio.Task[str]") -> None:
        del self._begun[place]
        if not task.cancelled():
            task.exception()  # whoever still waits is told; where nobody does it is no news

    def leave(self, follower: Follower) -> None:
        """Follow no more; the last one to leave a room closes it."""
        follower.end()
        tenant_id = follower.asked.caller.tenant.id
        room = self._rooms.get(tenant_id)
        if room is not None and room.leave(follower):
            del self._rooms[tenant_id]

    def _listen(self) -> None:
        with self._lock:
            if self._ear is None:
                self._ear = threading.Thread(target=self._hear, name="live-ear", daemon=True)
                self._ear.start()

    def _hear(self) -> None:
        """Until nobody follows anything here."""
        ear = change_ear()
        try:
            while not self._is_deserted():
                rung = ear.wait(_EAR)
                if rung:
                    self._loop.call_soon_threadsafe(self._wake, rung)
        except RuntimeError:  # the loop was closed meanwhile
            return
        finally:
            with self._lock:
                self._ear = None  # whatever ended it, who comes next listens anew
            ear.close()

    def _is_deserted(self) -> bool:
        """Whether the listening thread may end; who comes afterwards begins another one."""
        with self._lock:
            if self._rooms and not self._loop.is_closed():
                return False
            self._ear = None
            return True

    def _wake(self, rung: Iterable[UUID]) -> None:
        for tenant_id in rung:
            if room := self._rooms.get(tenant_id):
                room.wake()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub()
    return found
