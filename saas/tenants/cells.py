"""Cells: the databases where tenants live, with connections that never grow old."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, select
from sqlalchemy.pool import ConnectionPoolEntry

from saas.kit.errors import NotFound, Unavailable
from saas.kit.settings import settings
from saas.tenants.closing_pool import ClosingPool
from saas.tenants.database import APP, OWNER, answering, engine_for, login, place, plain_engine
from saas.tenants.directory import rows
from saas.tenants.directory_tables import cell as cell_table
from saas.tenants.gate import Gate, TurnTimeout
from saas.tenants.open_connections import tell_connections

_dsns: dict[str, str] = {}
_lost_at: WeakKeyDictionary[Engine, float] = WeakKeyDictionary()
_gates: WeakKeyDictionary[Engine, Gate] = WeakKeyDictionary()
PATIENCE = 10.0  # seconds for which somebody waits for a connection


def dsn_of(cell: str) -> str:
    """Where the cell is; asked once, so that a directory that is down stops nobody."""
    if cell not in _dsns:
        found = rows(select(cell_table.c.dsn).where(cell_table.c.name == cell))
        if not found:
            raise NotFound(f"There is no cell {cell!r}.", remedy="`saas cell list` shows all.")
        _dsns[cell] = found[0][0]
    return _dsns[cell]


def forget_cells() -> None:
    """Ask the directory again where the cells are."""
    _dsns.clear()


def app_url(cell: str) -> URL:
    """The cell as the login that has no right of its own."""
    return login(dsn_of(cell), APP)


def owner_url(cell: str) -> URL:
    """The cell as the owner of all schemas."""
    return login(dsn_of(cell), OWNER)


def app_engine(cell: str) -> Engine:
    """Connections to the cell that can do nothing until a tenant's role is taken."""
    return engine_for(app_url(cell), partial(_recycled_engine, cell))


@contextmanager
def turn(cell: str) -> Iterator[Engine]:
    """Inside, one of the connections to the cell is free for the caller."""
    engine = app_engine(cell)
    try:
        with _gates[engine].turn(PATIENCE):
            yield engine
    except TurnTimeout:
        raise Unavailable(
            f"All connections to cell {cell} at {place(engine.url)} are in use.",
            remedy="Try again; if it lasts, raise SAAS_POOL_SIZE.",
        ) from None


@contextmanager
def as_owner(cell: str) -> Iterator[Connection]:
    """One transaction in the cell as the owner of all schemas, for operators' work."""
    url = owner_url(cell)
    with answering(f"cell {cell}", url), engine_for(url, plain_engine).begin() as connection:
        yield connection


def connection_lost(engine: Engine) -> None:
    """Postgres went away: what the pool still holds was connected to the one that is gone."""
    _lost_at[engine] = time.monotonic()


def _recycled_engine(cell: str, url: URL) -> Engine:
    engine = create_engine(
        url,
        poolclass=ClosingPool,
        # The driver opens no transaction of its own: ours begins in the same round trip as its role.
        isolation_level="AUTOCOMMIT",
        pool_size=settings().pool_size,
        max_overflow=0,
        pool_timeout=10,
        # The last used is used again: few backends get to know many tenants.
        pool_use_lifo=True,
        connect_args={"prepare_threshold": None, "connect_timeout": 5},
    )
    _gates[engine] = Gate(settings().pool_size)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "checkout", partial(_refuse_dead, engine))
    event.listen(engine, "checkin", _replace_old)
    return tell_connections(engine, cell)


def _connected(_driver: Any, entry: ConnectionPoolEntry) -> None:
    entry.info["since"] = time.monotonic()


def _refuse_dead(engine: Engine, _driver: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    if entry.info["since"] <= _lost_at.get(engine, 0.0):
        raise exc.DisconnectionError


def _replace_old(driver: Any, entry: ConnectionPoolEntry) -> None:
    # A backend keeps about 30 KB for every table of every tenant it has seen until it ends.
    if driver is None:
        return
    is_old = time.monotonic() - entry.info["since"] > settings().backend_minutes * 60
    if is_old or len(entry.info.get("tenants", ())) >= settings().backend_tenants:
        entry.invalidate()
