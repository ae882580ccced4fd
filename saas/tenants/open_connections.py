"""How many connections this process holds to a database, told to the figures whenever that changes."""

import threading
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from saas.kit import metrics


def tell_connections(engine: Engine, database: str) -> Engine:
    """From now on `/metrics` shows the connections of this engine under the database's name."""
    _Tally(engine, database)
    return engine


class _Tally:
    """Each entry of the pool counts once, however often the pool tells of it: one that is lost is returned too."""

    def __init__(self, engine: Engine, database: str) -> None:
        self._database = database
        self._open: set[int] = set()
        self._busy: set[int] = set()
        # The collector may return a forgotten connection in the middle of any step of the same thread.
        self._lock = threading.RLock()
        # After all other listeners of "checkout": one of them may refuse the connection.
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "checkin", self._returned)
        event.listen(engine, "close", self._closed)

    def _opened(self, _driver: Any, entry: ConnectionPoolEntry) -> None:
        with self._lock:
            self._open.add(id(entry))
            self._tell()

    def _taken(self, _driver: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        with self._lock:
            self._busy.add(id(entry))
            self._tell()

    def _returned(self, _driver: Any, entry: ConnectionPoolEntry) -> None:
        with self._lock:
            self._busy.discard(id(entry))
            self._tell()

    def _closed(self, _driver: Any, entry: ConnectionPoolEntry) -> None:
        with self._lock:
            self._open.discard(id(entry))
            self._tell()

    def _tell(self) -> None:
        busy = len(self._busy & self._open)
        metrics.connections(self._database, busy=busy, idle=len(self._open) - busy)
