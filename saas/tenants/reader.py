"""The fast way to read: one query as a tenant's role, in one write and one transaction, on the event loop itself.

For what is asked often and answers one row. The caller compares the stamp of the answer with the one it counts on;
where that differs, or the query is refused, `session` opens the tenant and explains what is wrong.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from weakref import WeakKeyDictionary

import psycopg

from saas.kit.settings import Settings, settings
from saas.tenants.names import quoted
from saas.tenants.reader_pool import Pool
from saas.tenants.reader_request import Request
from saas.tenants.reader_statement import SCHEMA, Row, Statement
from saas.tenants.tenant import Tenant

__all__ = ["SCHEMA", "Row", "Statement", "close_readers", "read"]


@dataclass
class _Pools:
    """Those of one event loop, for as long as the settings are the same."""

    made_for: Settings
    by_cell: dict[str, Pool] = field(default_factory=dict)


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pools] = WeakKeyDictionary()


async def read(tenant: Tenant, statement: Statement, parameters: Sequence[bytes | None]) -> Row:
    """The tenant's answer to the statement; a refusal is the error of psycopg, a lost server is Unavailable."""
    loop = asyncio.get_running_loop()
    for value in parameters:
        if value is not None and b"\0" in value:  # libpq would cut it off there
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    answer: asyncio.Future[Row] = loop.create_future()
    request = Request(tenant, _role(tenant.role), statement, parameters, answer)
    pool = _pool(loop, tenant.cell)
    pool.submit(request)
    try:
        return await answer
    except asyncio.CancelledError:
        pool.abandon(request)
        raise
    except psycopg.Error as error:
        told = pool.explained(error)
        if told is None:
            raise
        raise told from error


async def close_readers() -> None:
    """Close the connections of this event loop; the next use opens anew."""
    pools = _of_loop.pop(asyncio.get_running_loop(), None)
    if pools is not None:
        await asyncio.gather(*_closed(pools), return_exceptions=True)


def _pool(loop: asyncio.AbstractEventLoop, cell: str) -> Pool:
    pools = _of_loop.get(loop)
    if pools is None or pools.made_for is not settings():
        if pools is not None:
            _closed(pools)
        pools = _of_loop[loop] = _Pools(settings())
    pool = pools.by_cell.get(cell)
    if pool is None:
        pool = pools.by_cell[cell] = Pool(cell)
    return pool


def _closed(pools: _Pools) -> list[asyncio.Task[None]]:
    return [task for pool in pools.by_cell.values() for task in pool.close()]


@lru_cache(maxsize=4096)
def _role(role: str) -> bytes:
    quoted(role)  # refuses what is no role of a tenant
    return role.encode()


def _after_fork() -> None:
    # The parent goes on using its sockets: the child only lets go of them.
    global _of_loop
    _of_loop = WeakKeyDictionary()


os.register_at_fork(after_in_child=_after_fork)
