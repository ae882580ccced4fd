"""The cells as the dispatcher's role sees them: their job tables, and nothing of any tenant."""

import time
from threading import Lock

import sqlalchemy as sa

from saas.kit.errors import NotFound, Unavailable
from saas.tenants.closing_pool import ClosingPool
from saas.tenants.database import DISPATCHER, engine_for, login
from saas.tenants.directory import rows
from saas.tenants.directory_tables import cell as cell_table

_ENOUGH = 10.0  # seconds for which the list of cells is good


def dispatcher_engine(dsn: str, connections: int) -> sa.Engine:
    """Every statement is a transaction of its own: one round trip each."""

    def make(url: sa.URL) -> sa.Engine:
        return sa.create_engine(  # no tenant: the dispatcher's role sees jobs only
            url,
            poolclass=ClosingPool,
            isolation_level="AUTOCOMMIT",
            pool_size=connections,
            max_overflow=2,
            pool_timeout=10,
            pool_recycle=900,
            connect_args={"prepare_threshold": None, "connect_timeout": 3},
        )

    return engine_for(login(dsn, DISPATCHER), make)


class Cells:
    """All cells by name; with the directory down, those known before."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._known: dict[str, sa.Engine] = {}
        self._until = 0.0
        self._lock = Lock()

    def engines(self) -> dict[str, sa.Engine]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._refresh()
            return dict(self._known)

    def engine(self, name: str) -> sa.Engine:
        """The cell of a tenant, also when it was added a moment ago."""
        with self._lock:
            if name not in self._known:
                self._refresh()
            if name not in self._known:
                raise NotFound(f"There is no cell {name}.")
            return self._known[name]

    def _refresh(self) -> None:
        try:
            found = rows(sa.select(cell_table.c.name, cell_table.c.dsn))
            self._known = {row.name: dispatcher_engine(row.dsn, self._connections) for row in found}
        except Unavailable:
            if not self._known:
                raise
        self._until = time.monotonic() + _ENOUGH
