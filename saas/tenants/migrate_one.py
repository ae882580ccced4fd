"""Migrating one schema: revision after revision, each with its version number or not at all."""

from types import TracebackType
from typing import Any

import psycopg

from saas.tenants.apply import apply, send, take_schema
from saas.tenants.branches import Branch
from saas.tenants.cells import owner_url
from saas.tenants.database import is_lost
from saas.tenants.migration_plan import Target
from saas.tenants.render import Revision, revisions

# A DDL statement that waits blocks all who come after it: it gives up soon and comes again.
_PATIENCE = ("SET LOCAL lock_timeout TO '200ms'", "SET LOCAL statement_timeout TO '60s'")
_COME_AGAIN = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)


class Busy(Exception):
    """Somebody else is at it just now; to be tried again."""


class Owners:
    """The owner's connections of one worker, one a cell, closed at its end."""

    def __init__(self) -> None:
        self._open: dict[str, psycopg.Connection[Any]] = {}

    def __enter__(self) -> "Owners":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._open.values():
            connection.close()

    def to(self, cell: str) -> psycopg.Connection[Any]:
        """The connection to this cell."""
        known = self._open.get(cell)
        if known is None or known.closed:
            dsn = owner_url(cell).set(drivername="postgresql").render_as_string(hide_password=False)
            known = psycopg.connect(dsn, autocommit=True, prepare_threshold=None, connect_timeout=5)
            self._open[cell] = known
        return known


def migrate_one(owners: Owners, target: Target, branch: Branch) -> None:
    """Bring the schema to the newest revision; Busy where a reader, a writer or another runner is in the way."""
    try:
        driver = owners.to(target.cell)
        for revision in revisions(branch)[target.version or 0 :]:
            with driver.transaction():
                _step(driver, target, revision)
    except _COME_AGAIN as error:
        raise Busy(f"A lock was not to be had: {error.diag.message_primary}.") from error
    except psycopg.Error as error:
        if is_lost(error):
            raise Busy(f"Postgres does not answer: {str(error).strip()}.") from error
        raise


def _step(driver: psycopg.Connection[Any], target: Target, revision: Revision) -> None:
    send(driver, _PATIENCE)
    take_schema(driver, target.schema)
    row = driver.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)), schema_version FROM stamp", (target.schema,)
    ).fetchone()
    if row is None or not row[0]:
        raise Busy("Another runner or operator is at work on this schema.")
    if row[1] >= revision.number:
        return  # another runner was quicker
    apply(driver, revision)
    driver.execute("UPDATE stamp SET schema_version = %s", (revision.number,))
