"""How a reader logs in: without blocking the event loop, and with what every query of it needs prepared."""

from typing import Any

import psycopg
from psycopg.pq.abc import PGconn
from sqlalchemy import URL

from saas.tenants import reader_cancel

ROLE = b"role"  # takes the role that is its parameter, for one transaction that only reads
_READY = (
    # The backend of a query whose reader has gone would go on to its end.
    "SET client_connection_check_interval TO {};"
    " PREPARE role (text) AS SELECT set_config('role', $1, true), set_config('transaction_read_only', 'on', true)"
)


class _Login(psycopg.AsyncConnection[Any]):
    """Hands on its libpq connection, which is closed by being forgotten when its event loop has ended."""

    def __del__(self, *_: object) -> None:
        """Without the warning that it is still open."""


async def logged_in(url: URL) -> PGconn:
    """A connection in pipeline mode that can do nothing until a tenant's role is taken."""
    _, options = url.get_dialect()().create_connect_args(url)
    login = await _Login.connect(**options, autocommit=True, prepare_threshold=None, connect_timeout=5)
    try:
        await login.execute(_READY.format(int(reader_cancel.GRACE * 1000)))
        login.pgconn.enter_pipeline_mode()
    except BaseException:
        login.pgconn.finish()
        raise
    login.pgconn.notice_handler = None
    return login.pgconn
