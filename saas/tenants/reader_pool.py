"""The connections of one event loop to one cell, for reading: who waits gets one in the order of coming."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

import psycopg
from sqlalchemy import URL

from saas.kit import metrics
from saas.kit.errors import Unavailable
from saas.kit.settings import settings
from saas.tenants import cells, reader_connection
from saas.tenants.database import explained, place
from saas.tenants.reader_connection import ReaderConnection
from saas.tenants.reader_login import logged_in
from saas.tenants.reader_request import Request

_TELL_SECONDS = 1.0  # between two tellings of how many are busy


class Pool:
    """Opens connections as they are needed. It keeps no reference to its loop, with which it is forgotten."""

    def __init__(self, cell: str) -> None:
        self._cell = cell
        self._url: URL | None = None
        self._most = settings().readers
        self._tenants = settings().backend_tenants
        self._seconds = settings().backend_minutes * 60
        self._open: set[ReaderConnection] = set()
        self._idle: list[ReaderConnection] = []
        self._waiting: deque[Request] = deque()
        self._opening = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_watching = False
        self._will_tell = False
        self._looks_after = False

    def submit(self, request: Request) -> None:
        """Send it now if a connection is free, or as quick as the request itself; or else in its turn."""
        if self._idle:
            # The last used is used again: few backends get to know many tenants.
            self._idle.pop().start(request)
        elif (busy := self._to_follow(request)) is not None:
            busy.start(request)
            self._look_after()
        else:
            self._queue(request)
        if not self._will_tell:
            self._will_tell = True
            asyncio.get_running_loop().call_later(_TELL_SECONDS, self._tell_later)

    def abandon(self, request: Request) -> None:
        """Nobody waits for it any more: it leaves the queue, or ends in Postgres."""
        request.answer = None  # which would hold the loop
        for connection in self._open:
            if request in connection.under_way:
                connection.abandon(request)
                return
        with suppress(ValueError):
            self._waiting.remove(request)

    def explained(self, error: psycopg.Error) -> Unavailable | None:
        """The sentence for an error that is the server's fault; None for any other error."""
        return explained(error, f"cell {self._cell}", self._url) if self._url is not None else None

    def free(self, connection: ReaderConnection) -> None:
        """The connection has answered and can take the next request."""
        if not connection.is_closed and self._is_used_up(connection):
            connection.close()
        if connection.is_closed:
            self._open.discard(connection)
            self._open_more()
            self._tell()
            return
        while self._waiting:
            request = self._waiting.popleft()
            if request.is_wanted():
                connection.start(request)
                while self._waiting and connection.may_follow(self._waiting[0]):
                    connection.start(self._waiting.popleft())
                    self._look_after()
                return
        self._idle.append(connection)

    def again(self, requests: Sequence[Request], error: psycopg.Error) -> None:
        """Ask once more what its connection could not answer; who was asked twice already is told the error."""
        for request in reversed(requests):
            if request.is_last_attempt:
                request.fail(error)
            elif request.is_wanted():
                request.is_last_attempt = True
                self._queue(request, first=True)

    def lost(self, connection: ReaderConnection, requests: Sequence[Request], error: psycopg.Error) -> None:
        """Postgres went away: what was connected before is not trusted, and the requests are tried once more."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not connection.is_stale:
            for other in self._open:
                other.is_stale = True
            for other in self._idle:
                other.close()
                self._open.discard(other)
            self._idle.clear()
        self.again(requests, error)
        self._open_more()
        self._tell()

    def close(self) -> list[asyncio.Task[None]]:
        """Close what is open; the tasks that end by that are returned."""
        closed = Unavailable(f"The connections to cell {self._cell} were closed.", remedy="Try again.")
        self._most = 0
        waiting = [*self._waiting, *(request for connection in self._open for request in connection.close())]
        self._waiting.clear()
        self._open.clear()
        self._idle.clear()
        for request in waiting:
            request.fail(closed)
        self._tell()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        return tasks

    def _to_follow(self, request: Request) -> ReaderConnection | None:
        """The connection that has least to do of those that it can follow on; who waits already goes first."""
        if self._waiting or self._opening + len(self._open) < self._most:
            return None
        found = [connection for connection in self._open if connection.may_follow(request)]
        return min(found, key=_under_way) if found else None

    def _look_after(self) -> None:
        """Soon see whether those that were sent behind another have to wait for it."""
        if not self._looks_after:
            self._looks_after = True
            asyncio.get_running_loop().call_later(reader_connection.SLOW, self._help)

    def _help(self) -> None:
        self._looks_after = False
        for connection in tuple(self._open):
            for request in reversed(connection.give_back()):
                self._queue(request, first=True)
        if any(len(connection.under_way) > 1 for connection in self._open):
            self._look_after()
        while self._waiting and self._idle:
            self.free(self._idle.pop())

    def _is_used_up(self, connection: ReaderConnection) -> bool:
        # A backend keeps about 30 KB for every table of every tenant it has seen until it ends.
        return (
            connection.is_stale
            or len(connection.tenants) >= self._tenants
            or connection.ended_at - connection.since > self._seconds
        )

    def _queue(self, request: Request, *, first: bool = False) -> None:
        request.deadline = monotonic() + cells.PATIENCE
        if first:
            self._waiting.appendleft(request)
        else:
            self._waiting.append(request)
        self._open_more()
        if not self._is_watching:
            self._is_watching = True
            asyncio.get_running_loop().call_later(cells.PATIENCE, self._watch)

    def _watch(self) -> None:
        """Tell those who have waited long enough."""
        now = monotonic()
        for request in [each for each in self._waiting if each.deadline <= now]:
            self._waiting.remove(request)
            request.fail(self._in_use())
        self._is_watching = bool(self._waiting)
        if self._waiting:
            soonest = min(each.deadline for each in self._waiting)
            asyncio.get_running_loop().call_later(soonest - now, self._watch)

    def _in_use(self) -> Unavailable:
        where = "" if self._url is None else f" at {place(self._url)}"
        return Unavailable(
            f"All connections to cell {self._cell}{where} are in use.",
            remedy="Try again; if it lasts, raise SAAS_READERS.",
        )

    def _open_more(self) -> None:
        while self._opening < len(self._waiting) and self._opening + len(self._open) < self._most:
            self._opening += 1
            task = asyncio.get_running_loop().create_task(self._open_one())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _open_one(self) -> None:
        try:
            # The first time, the directory is asked where the cell is.
            self._url = await asyncio.to_thread(cells.app_url, self._cell)
            connection = ReaderConnection(await logged_in(self._url), self)
        except Exception as error:  # noqa: BLE001  # it is told to those who wait
            self._opening -= 1
            if not self._open and not self._opening:  # otherwise another one serves those who wait
                self._refuse(error)
            return
        except BaseException:
            self._opening -= 1
            raise
        self._opening -= 1
        self._open.add(connection)
        self.free(connection)
        self._tell()

    def _refuse(self, error: Exception) -> None:
        while self._waiting:
            self._waiting.popleft().fail(error)

    def _tell_later(self) -> None:
        self._will_tell = len(self._open) > len(self._idle) or bool(self._waiting)
        if self._will_tell:
            asyncio.get_running_loop().call_later(_TELL_SECONDS, self._tell_later)
        self._tell()

    def _tell(self) -> None:
        idle = len(self._idle)
        metrics.connections(f"{self._cell} reader", busy=len(self._open) - idle, idle=idle)


def _under_way(connection: ReaderConnection) -> int:
    return len(connection.under_way)
