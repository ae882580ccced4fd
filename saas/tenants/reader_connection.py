"""One connection of a reader: role and query go out in one write, and what comes back is read as it comes."""

import asyncio
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
from saas.tenants.reader_prepared import Prepared
from saas.tenants.reader_request import Request

_OUTDATED = ("0A000", "26000")  # the plan's columns have other types now; the statement is not known
# As plain numbers they are compared in half the time.
_ROWS, _IN_SYNC = int(ExecStatus.TUPLES_OK), int(ExecStatus.PIPELINE_SYNC)
_NEXT = (int(ExecStatus.COMMAND_OK), int(ExecStatus.PIPELINE_ABORTED))  # closed or prepared; skipped


class Owner(Protocol):
    """Whose the connection is: told when it can take the next request, and when it is gone."""

    def free(self, connection: "ReaderConnection") -> None: ...

    def lost(self, connection: "ReaderConnection", request: Request | None, error: psycopg.Error) -> None: ...


class ReaderConnection:
    """Answers one request at a time; it stays registered in the event loop as long as it lives."""

    def __init__(self, pgconn: PGconn, owner: Owner) -> None:
        self._pgconn = pgconn
        # Weak, so that the end of an event loop closes its connections without the collector's help.
        self._owner: Owner = proxy(owner)
        self._prepared = Prepared()
        self.request: Request | None = None  # that is being answered
        self._new: bytes | None = None  # the name of the statement that is being prepared
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

    def start(self, request: Request) -> None:
        """Send role and query in one write; the answer is told to the request."""
        self.request = request
        try:
            self._send(request)
        except psycopg.OperationalError as error:
            self._lost(error)
        except Exception as error:  # noqa: BLE001  # it is told to whoever asked
            self.close()  # half of it may stand in the buffer already
            self._owner.free(self)
            request.fail(error)

    def abandon(self) -> None:
        """Nobody waits any more: end the query, and be free when nothing of it is left."""
        self._cancel = cancel = Cancel(self._pgconn, self._set_free)
        asyncio.get_running_loop().call_later(reader_cancel.GRACE, self._give_up, cancel)

    def close(self) -> Request | None:
        """Let go of the backend; the request that was being answered is given back."""
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
        request, self.request = self.request, None
        return request

    def _send(self, request: Request) -> None:
        pgconn = self._pgconn
        name = self._prepared.find(request.key)
        if name is None:
            name = self._send_new(request)
        else:
            pgconn.send_query_prepared(ROLE, (request.role,))
        pgconn.send_query_prepared(name, request.parameters)
        pgconn.pipeline_sync()
        if pgconn.flush():
            self._is_writing = True
            asyncio.get_running_loop().add_writer(self._socket, self._writable)

    def _send_new(self, request: Request) -> bytes:
        pgconn = self._pgconn
        statement, schema = request.key
        sql = statement.sql(request.tenant).encode()
        self.tenants.add(schema)
        for name in self._prepared.take_outdated():  # first of all, as what stands behind a failure is skipped
            pgconn.send_close_prepared(name)
        self._new = self._prepared.new_name()
        pgconn.send_query_prepared(ROLE, (request.role,))
        pgconn.send_prepare(self._new, sql)
        return self._new

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
            is_done = self._is_answered()
        except psycopg.Error as error:
            self._lost(error)
            return
        if is_done:
            self._finish()

    def _is_answered(self) -> bool:
        """Take in what has come; whether that was the end of the answer."""
        pgconn, was_none = self._pgconn, False
        # Between two requests there are only notices: asking whether it is busy takes them in.
        while not pgconn.is_busy() and self.request is not None:
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
        request, new, result, failure = self.request, self._new, self._result, self._failure
        self.request = self._new = self._result = self._failure = None
        if request is None:
            return
        if new is not None:
            self._prepared.keep(request.key, new)
            if failure is not None:  # perhaps it is prepared, perhaps not
                self._prepared.forget(request.key)
        elif failure is not None and failure.sqlstate in _OUTDATED:
            self._prepared.forget(request.key)
            if not request.is_last_attempt and request.is_wanted():
                request.is_last_attempt = True
                self.start(request)
                return
        # First the next request, so that the backend works while this answer is handed over.
        self._set_free()
        if failure is None:
            request.succeed(result)
        else:
            request.fail(failure)

    def _set_free(self) -> None:
        if self.request is not None or self.is_closed:
            return
        if self._cancel is not None and not self._cancel.is_done:
            return
        self._cancel = None
        self._owner.free(self)

    def _give_up(self, cancel: Cancel) -> None:
        if self._cancel is cancel:
            self.close()
            self._owner.free(self)

    def _lost(self, error: psycopg.Error) -> None:
        self._owner.lost(self, self.close(), error)
