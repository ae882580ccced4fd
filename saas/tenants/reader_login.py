"""How a reader logs in: without blocking the event loop, and with what every query of it needs prepared."""

from typing import Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from sqlalchemy import URL

from saas.tenants import reader_cancel

ROLE = b"role"  # takes the role that is its parameter, for one transaction that only reads
_TAKE = b"SELECT set_config('role', $1, true), set_config('transaction_read_only', 'on', true)"
# The backend of a query whose reader has gone would go on to its end.
_END_ALONE = "SET client_connection_check_interval TO {}"
# Workers beside the backend make a large answer sooner and its CPU a third more: others wait for that.
_ALONE = "SET max_parallel_workers_per_gather TO 0"


class _Login(psycopg.AsyncConnection[Any]):
    """Hands on its libpq connection, which is closed by being forgotten when its event loop has ended."""

    def __del__(self, *_: object) -> None:
        """Without the warning that it is still open."""


async def logged_in(url: URL) -> PGconn:
    """A connection in pipeline mode that can do nothing until a tenant's role is taken."""
    _, options = url.get_dialect()().create_connect_args(url)
    options["client_encoding"] = "UTF8"  # whatever the environment says: texts are sent and read as such
    login = await _Login.connect(**options, autocommit=True, prepare_threshold=None, connect_timeout=5)
    try:
        await login.execute(_END_ALONE.format(int(reader_cancel.GRACE * 1000)))
        await login.execute(_ALONE)
        # Not by PREPARE, of which a PgBouncer between would know nothing.
        login.pgconn.send_prepare(ROLE, _TAKE)
        for result in await login.wait(execute(login.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)
        login.pgconn.enter_pipeline_mode()
    except BaseException:
        login.pgconn.finish()
        raise
    login.pgconn.notice_handler = None
    return login.pgconn
