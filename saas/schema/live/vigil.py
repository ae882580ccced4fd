"""Whoever is connected is looked at again every few seconds: a token that has ended is told nothing more."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from saas.kit import about
from saas.kit.errors import AtriumError, Unauthenticated, Unavailable
from saas.kit.log import logger
from saas.kit.report import capture
from saas.tenants.sign_in import WITHOUT_DIRECTORY, Caller
from saas.tenants.still import has_ended, objections

EVERY = 4.0  # seconds
_AT_ONCE = 500  # callers in one question
_log = logger(__name__)


@cache
def _thread() -> ThreadPoolExecutor:
    """Its own: however much is read for followers, a token that has ended is not found out later."""
    return ThreadPoolExecutor(1, thread_name_prefix="vigil")


@dataclass(eq=False, slots=True)
class _Watched:
    caller: Caller
    object_to: Callable[[AtriumError], None]


class Vigil:
    """All who are connected through one event loop, asked about together."""

    def __init__(self) -> None:
        self._watched: dict[_Watched, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._answered_at = 0.0

    @contextmanager
    def over(self, caller: Caller, object_to: Callable[[AtriumError], None]) -> Iterator[None]:
        """As long as this lasts, `object_to` is called once the caller may not stay, with the reason."""
        one = _Watched(caller, object_to)
        self._watched[one] = None
        if self._task is None or self._task.done():
            loop = asyncio.get_running_loop()
            self._answered_at = loop.time()
            self._task = loop.create_task(self._run(), name="vigil")
        try:
            yield
        finally:
            self._watched.pop(one, None)

    async def _run(self) -> None:
        about.start(door="live")
        while self._watched:
            await asyncio.sleep(EVERY)
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001  # the next look may go well, and those who stay must be looked at
                capture(error)

    async def _look(self) -> None:
        for one in tuple(self._watched):
            if has_ended(one.caller):
                self._object(one, Unauthenticated("The token has ended.", remedy="Connect again with a new one."))
        watched = tuple(self._watched)
        for start in range(0, len(watched), _AT_ONCE):
            some = watched[start : start + _AT_ONCE]
            callers = [each.caller for each in some]
            try:
                told = await asyncio.get_running_loop().run_in_executor(_thread(), objections, callers)
            except Unavailable as error:
                self._without_directory(error)
                return
            for one, objection in zip(some, told, strict=True):
                if objection is not None:
                    self._object(one, objection)
        self._answered_at = asyncio.get_running_loop().time()

    def _without_directory(self, error: Unavailable) -> None:
        """As for requests: who is known goes on for some minutes."""
        _log.warning("live connections cannot be looked at", reason=error.message)
        if asyncio.get_running_loop().time() - self._answered_at > WITHOUT_DIRECTORY.total_seconds():
            for one in tuple(self._watched):
                self._object(one, error)

    def _object(self, one: _Watched, error: AtriumError) -> None:
        if one in self._watched:
            del self._watched[one]
            one.object_to(error)


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Vigil] = WeakKeyDictionary()


def vigil() -> Vigil:
    """The one of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _of_loop.get(loop)
    if found is None:
        found = _of_loop[loop] = Vigil()
    return found
