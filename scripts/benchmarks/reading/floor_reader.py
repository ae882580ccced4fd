"""The best driver path that is known: connections that stay, prepared statements, and pipelines on libpq itself.

Each request is one pipeline and one implicit transaction: take the tenant's role and path, then the query. psycopg's
own connections add and remove a reader of the event loop for every query; these are watched all the time.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from psycopg import pq

Parameters = Sequence[bytes | None]
TAKE = b"SELECT set_config('role', $1, true), set_config('search_path', $2, true)"
_PER_REQUEST = 2  # results: the role and path, then the answer


class Reader:
    """One connection with requests under way, answered in their order."""

    def __init__(self, dsn: str, schema: str, statements: dict[bytes, bytes]) -> None:
        """Connect, and prepare the statements by name as the tenant reads them: its role is called like its schema."""
        # Workers beside the backend would make an answer sooner and its CPU more.
        options = f"{dsn} options='-c jit=off -c max_parallel_workers_per_gather=0'"
        self._connection = pq.PGconn.connect(options.encode())
        if self._connection.status != pq.ConnStatus.OK:
            raise RuntimeError(self._connection.error_message.decode())
        self._place = (schema.encode(), f'"{schema}"'.encode())
        self._waiting: deque[asyncio.Future[bytes | None]] = deque()
        self._results = 0
        self._answer: bytes | None = None
        self._error: Exception | None = None
        self._do(b'SET ROLE "%b"; SET search_path TO "%b"' % (self._place[0], self._place[0]))
        for name, statement in {b"take": TAKE, **statements}.items():
            _check(self._connection.prepare(name, statement), name)
        self._do(b"RESET ROLE; RESET search_path")

    def _do(self, command: bytes) -> None:
        _check(self._connection.exec_(command), command)

    @property
    def busy(self) -> int:
        """How many requests are under way."""
        return len(self._waiting)

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on requests can be sent."""
        self._loop = loop
        self._connection.nonblocking = 1
        self._connection.enter_pipeline_mode()
        loop.add_reader(self._connection.socket, self._readable)

    def ask(self, name: bytes, parameters: Parameters) -> asyncio.Future[bytes | None]:
        """The one value that the query answers with; None where it answers with no row."""
        connection = self._connection
        connection.send_query_prepared(b"take", self._place)
        connection.send_query_prepared(name, parameters)
        connection.pipeline_sync()
        if connection.flush():
            self._loop.add_writer(connection.socket, self._writable)
        future: asyncio.Future[bytes | None] = self._loop.create_future()
        self._waiting.append(future)
        return future

    def _writable(self) -> None:
        if not self._connection.flush():
            self._loop.remove_writer(self._connection.socket)

    def _readable(self) -> None:
        connection = self._connection
        connection.consume_input()
        while self._waiting and not connection.is_busy():
            result = connection.get_result()
            if result is None:
                continue  # between the results of two statements
            status = result.status
            if status == pq.ExecStatus.PIPELINE_SYNC:
                self._resolve()
            elif status == pq.ExecStatus.TUPLES_OK:
                self._results += 1
                if self._results == _PER_REQUEST:
                    self._answer = result.get_value(0, 0)
            elif self._error is None:
                self._error = RuntimeError(result.error_message.decode())

    def _resolve(self) -> None:
        future, error, self._error, self._results = self._waiting.popleft(), self._error, None, 0
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(self._answer)


def _check(result: pq.abc.PGresult, what: bytes) -> None:
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise RuntimeError(f"{what.decode()}: {result.error_message.decode()}")
