"""Asking Postgres to end the query of a connection, which takes a connection of its own."""

import asyncio
from collections.abc import Callable

import psycopg
from psycopg.pq import PollingStatus
from psycopg.pq.abc import PGconn

GRACE = 2.0  # seconds that a query has to end after nobody waits for it any more


class Cancel:
    """Sent at once; `done` is called when Postgres has taken it, or will not, so that a later query is safe from it."""

    def __init__(self, connection: PGconn, done: Callable[[], None]) -> None:
        self.is_done = False
        self._done = done
        self._socket: int | None = None
        self._connection = connection.cancel_conn()
        try:
            self._connection.start()
        except psycopg.OperationalError:
            self._end()
        else:
            self._poll()

    def stop(self) -> None:
        """Let go of it, whether Postgres has taken it or not."""
        self._unregister()
        self._connection.finish()

    def _poll(self) -> None:
        self._unregister()
        status = self._connection.poll()
        if status == PollingStatus.READING:
            self._socket = self._connection.socket
            asyncio.get_running_loop().add_reader(self._socket, self._poll)
        elif status == PollingStatus.WRITING:
            self._socket = self._connection.socket
            asyncio.get_running_loop().add_writer(self._socket, self._poll)
        else:
            self._end()

    def _end(self) -> None:
        self.is_done = True
        self.stop()
        self._done()

    def _unregister(self) -> None:
        if self._socket is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            self._socket = None
