"""Reading on an event loop: statements to ask, locks to wait at, and what Postgres knows of its readers."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import psycopg
import pytest
import uvloop

from saas.tenants.reader import Statement, read
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place, until, with_settings

Run: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]

BACKEND = Statement(("pg_backend_pid()::text",))
NOTE = Statement(("(SELECT body FROM §§.note WHERE id = $1::int)",))
SLEEP = Statement(("(SELECT 'slept' FROM pg_sleep(30))",))
LOCK = Statement(("pg_backend_pid()::text", "(SELECT $1::text FROM pg_advisory_xact_lock_shared(7))"))
ECHO = Statement(("$1::text",))
AT_THE_LOCK = "wait_event = 'advisory'"
ASLEEP = "wait_event = 'PgSleep'"


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """A coroutine on an event loop of its own, of the kind that the server uses and of Python's."""

    def on_a_loop(work: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(work)

    return on_a_loop


@pytest.fixture(autouse=True)
def notes(place: Place, acme: Tenant, rival: Tenant) -> None:
    for tenant in (acme, rival):
        place.ask(
            f'TRUNCATE "{tenant.schema}".note; INSERT INTO "{tenant.schema}".note'
            f" SELECT n, '{tenant.slug} ' || n FROM generate_series(1, 20) n"
        )


@pytest.fixture
def one_reader() -> Iterator[None]:
    with with_settings(SAAS_READERS="1"):
        yield


async def value(tenant: Tenant, statement: Statement, *parameters: bytes) -> str:
    (found,) = (await read(tenant, statement, parameters)).values
    assert found is not None
    return found.decode()


async def backend(tenant: Tenant) -> int:
    return int(await value(tenant, BACKEND))


def readers(place: Place, condition: str = "true") -> int:
    """How many backends serve the login of the application in the cell, of which the condition holds."""
    ours = f"usename = 'atrium_app' AND datname = %s AND {condition}"
    return int(place.ask(f"SELECT count(*) FROM pg_stat_activity WHERE {ours}", place.cell)[0][0])


async def until_readers(place: Place, number: int, condition: str) -> None:
    await asyncio.to_thread(until, lambda: readers(place, condition) == number, f"{number} readers with {condition}")


def terminate(place: Place, pid: int) -> None:
    assert place.ask("SELECT pg_terminate_backend(%s, 5000)", pid) == [(True,)]


@contextmanager
def locked(place: Place) -> Iterator[Callable[[], None]]:
    """Inside, LOCK waits, until what is given is called."""
    with psycopg.connect(place.cluster.dsn(place.cell), autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(7)")

        def release() -> None:
            holder.execute("SELECT pg_advisory_unlock_all()")

        yield release
