"""One connection of a reader: role and query go out in one write, and what comes back is read as it comes.

What is known to be quick is sent behind what is under way, if that is quick, too: the backend finds it without being
woken. Whoever is not known to be quick has a connection for themselves.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import Protocol
from weakref import proxy

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from saas.tenants import reader_cancel
from saas.tenants.database import is_lost
from saas.tenants.reader_cancel import Cancel
from saas.tenants.reader_login import ROLE
from saas.tenants.reader_prepared import Prepared, Ready
from saas.tenants.reader_request import Request

DEPTH = 4  # requests under way on one connection
SLOW = 0.1  # seconds for which one may hold up those behind it
_OUTDATED = ("0A000", "26000")  # the plan's columns have other types now; the statement is not known
_CANCELLED = "57014"
# As plain numbers they are compared in half the time.
_ROWS, _IN_SYNC = int(ExecStatus.TUPLES_OK), int(ExecStatus.PIPELINE_SYNC)
_NEXT = (int(ExecStatus.COMMAND_OK), int(ExecStatus.PIPELINE_ABORTED))  # closed or prepared; skipped


class Owner(Protocol):
    """Whose the connection is: told when it can take the next request, what to ask again, and when it is gone."""

    def free(self, connection: "ReaderConnection") -> None: ...

    def again(self, requests: Sequence[Request], error: psycopg.Error) -> None: ...

    def lost(self, connection: "ReaderConnection", requests: Sequence[Request], error: psycopg.Error) -> None: ...


class ReaderConnection:
    """Answers requests in their order; it stays registered in the event loop as long as it lives."""

    def __init__(self, pgconn: PGconn, owner: Owner) -> None:
        self._pgconn = pgconn
        # Weak, so that the end of an event loop closes its connections without the collector's help.
        self._owner: Owner = proxy(owner)
        self._prepared = Prepared()
        self.under_way: deque[Request] = deque()
        self._is_quick = False  # all that is under way
        self.ended_at = 0.0  # when the last answer was there
        self._result: PGresult | None = None
        self._failure: psycopg.Error | None = None
        self._cancel: Cancel | None = None
        self._is_writing = False
        self.tenants: set[str] = set()
        self.since = monotonic()
        self.is_closed = False
        self.is_stale = False  # connected before Postgres was lost
        self._socket = pgconn.socket  # libpq forgets it when Postgres goes away
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def may_follow(self, request: Request) -> bool:
        """Whether it can be sent behind what is under way, and neither is likely to wait for the other."""
        return (
            self._is_quick
            and len(self.under_way) < DEPTH
            and self._cancel is None
            and not self.is_closed
            and not self.is_stale
            and self._prepared.is_quick(request.key)
        )

    def start(self, request: Request) -> None:
        """Send role and query in one write; the answer is told to the request."""
        is_alone = not self.under_way
        self.under_way.append(request)
        try:
            ready = self._send(request)
            if is_alone:
                self._is_quick, self.ended_at = ready.is_quick, monotonic()
        except psycopg.OperationalError as error:
            self._lost(error)
        except Exception as error:  # noqa: BLE001  # it is told to whoever asked
            others = self.close()[:-1]  # half of it may stand in the buffer already
            self._owner.free(self)
            request.fail(error)
            self._owner.again(others, psycopg.OperationalError("the connection was closed"))

    def give_back(self) -> list[Request]:
        """Those behind one that takes longer than it used to: they are to be asked elsewhere."""
        if len(self.under_way) < 2 or monotonic() - self.ended_at < SLOW:
            return []
        self._is_quick = False
        slow, *behind = self.under_way
        self.under_way = deque([slow, *(each.left_behind() for each in behind)])
        return [each for each in behind if each.is_wanted()]

    def abandon(self, request: Request) -> None:
        """Nobody waits any more: end the query, and be free when nothing of it is left.

        One that is not at work yet is left to its turn, where it will not take long.
        """
        if self.under_way[0] is request and self._cancel is None:
            self._cancel = cancel = Cancel(self._pgconn, self._set_free)
            asyncio.get_running_loop().call_later(reader_cancel.GRACE, self._give_up, cancel)

    def close(self) -> list[Request]:
        """Let go of the backend; the requests that were being answered are given back."""
        if not self.is_closed:
            self.is_closed = True
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            if self._is_writing:
                loop.remove_writer(self._socket)
            self._pgconn.finish()
            if self._cancel is not None:
                self._cancel.stop()
                self._cancel = None
        requests = list(self.under_way)
        self.under_way.clear()
        return requests

    def _send(self, request: Request) -> Ready:
        pgconn = self._pgconn
        ready = self._prepared.find(request.key)
        request.is_new = ready is None
        if ready is None:
            ready = self._send_new(request)
        else:
            pgconn.send_query_prepared(ROLE, (request.role,))
        request.ready = ready
        pgconn.send_query_prepared(ready.name, request.parameters)
        pgconn.pipeline_sync()
        if pgconn.flush() and not self._is_writing:
            self._is_writing = True
            asyncio.get_running_loop().add_writer(self._socket, self._writable)
        return ready

    def _send_new(self, request: Request) -> Ready:
        pgconn = self._pgconn
        statement, schema = request.key
        sql = statement.sql(request.tenant).encode()
        self.tenants.add(schema)
        for name in self._prepared.take_outdated():  # first of all, as what stands behind a failure is skipped
            pgconn.send_close_prepared(name)
        ready = self._prepared.new()
        pgconn.send_query_prepared(ROLE, (request.role,))
        pgconn.send_prepare(ready.name, sql)
        return ready

    def _writable(self) -> None:
        try:
            if self._pgconn.flush():
                return
        except psycopg.OperationalError as error:
            self._lost(error)
            return
        self._is_writing = False
        asyncio.get_running_loop().remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while self._is_answered():
                self._finish()
        except psycopg.Error as error:
            self._lost(error)

    def _is_answered(self) -> bool:
        """Take in what has come; whether that was the end of an answer."""
        pgconn, was_none = self._pgconn, False
        # Between two requests there are only notices: asking whether it is busy takes them in.
        while self.under_way and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                if was_none:
                    raise psycopg.OperationalError("the connection is out of step")
                was_none = True
                continue
            was_none = False
            status = result.status
            if status == _ROWS:
                self._result = result  # of the role first, then of the query
            elif status == _IN_SYNC:
                return True
            elif status not in _NEXT and self._failure is None:
                self._failure = psycopg.errors.error_from_result(result)
                if self._failure.sqlstate is None or is_lost(self._failure):  # without a code, it is libpq's own
                    raise psycopg.OperationalError(str(self._failure)) from self._failure
        return False

    def _finish(self) -> None:
        request, result, failure = self.under_way.popleft(), self._result, self._failure
        self._result = self._failure = None
        began, self.ended_at = self.ended_at, monotonic()
        if request.ready is not None:
            if request.is_new:
                self._prepared.keep(request.key, request.ready)
            request.ready.took(self.ended_at - began)
        if failure is None:
            # First the next request, so that the backend works while this answer is handed over.
            self._set_free()
            request.succeed(result)
            return
        if request.is_new or failure.sqlstate in _OUTDATED:  # perhaps it is prepared, perhaps not
            self._prepared.forget(request.key)
        is_outdated = not request.is_new and failure.sqlstate in _OUTDATED
        # A cancel that came late was meant for whoever was before it.
        is_mistaken = failure.sqlstate == _CANCELLED and self._cancel is not None
        if (is_outdated or is_mistaken) and not request.is_last_attempt and request.is_wanted():
            self._owner.again([request], failure)
        else:
            request.fail(failure)
        self._set_free()

    def _set_free(self) -> None:
        if self.under_way or self.is_closed:
            return
        if self._cancel is not None and not self._cancel.is_done:
            return
        self._cancel = None
        self._owner.free(self)

    def _give_up(self, cancel: Cancel) -> None:
        if self._cancel is cancel:
            others = self.close()[1:]  # the first is the one that does not end
            self._owner.free(self)
            self._owner.again(others, psycopg.OperationalError("the connection was closed"))

    def _lost(self, error: psycopg.Error) -> None:
        self._owner.lost(self, self.close(), error)
