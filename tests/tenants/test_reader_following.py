"""Reads sent behind each other on one connection: each gets its own answer, whatever becomes of another."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import pytest

from saas.tenants import reader, reader_connection, reader_prepared
from saas.tenants.reader import Row, Statement, read
from saas.tenants.reader_connection import DEPTH
from saas.tenants.reader_pool import Pool
from saas.tenants.reader_prepared import QUICK, Ready
from saas.tenants.tenant import Tenant
from tests.tenants import reading
from tests.tenants.place import Place, with_settings
from tests.tenants.reading import (
    AT_THE_LOCK,
    ECHO,
    LOCK,
    NOTE,
    Run,
    backend,
    locked,
    terminate,
    until_readers,
    value,
)

notes, one_reader, run = reading.notes, reading.one_reader, reading.run
DIVIDE = Statement(("(1 / $1::int)::text",))
pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes nothing slow, and nobody is helped while a test looks."""
    monkeypatch.setattr(reader_prepared, "QUICK", 5.0)
    monkeypatch.setattr(reader_connection, "SLOW", 60.0)


async def known(*statements: tuple[Tenant, Statement, bytes]) -> None:
    """Each is asked once, alone: now the connection knows how long it takes."""
    for tenant, statement, parameter in statements:
        await read(tenant, statement, [parameter])


def pool() -> Pool:
    (found,) = reader._of_loop[asyncio.get_running_loop()].by_cell.values()
    return found


def under_way() -> list[int]:
    """How many requests each connection has."""
    return sorted(len(connection.under_way) for connection in pool()._open)


def asked(tenant: Tenant, statement: Statement, *parameters: bytes) -> "asyncio.Task[Row]":
    return asyncio.create_task(read(tenant, statement, parameters))


async def behind_the_lock(acme: Tenant, place: Place, *more: Coroutine[Any, Any, Any]) -> "list[asyncio.Task[Any]]":
    """A read that waits at the lock, and others that were asked after it."""
    first = asked(acme, LOCK, b"first")
    await until_readers(place, 1, AT_THE_LOCK)
    tasks = [first, *map(asyncio.create_task, more)]
    await asyncio.sleep(0)
    return tasks


def test_what_is_quick_is_sent_behind_what_is_quick(
    acme: Tenant, rival: Tenant, run: Run, one_reader: None, place: Place
) -> None:
    async def work() -> None:
        await known((acme, LOCK, b""), (acme, NOTE, b"1"), (rival, NOTE, b"1"), (acme, ECHO, b""))
        with locked(place) as release:
            mixed = [value(tenant, NOTE, b"%d" % number) for number in (2, 3) for tenant in (acme, rival)]
            tasks = await behind_the_lock(acme, place, *mixed, value(acme, ECHO, b"last"))
            assert under_way() == [DEPTH]
            assert len(pool()._waiting) == 2
            release()
            first, *others = await asyncio.gather(*tasks)
        assert first.values[1] == b"first"
        assert others == ["acme 2", "rival 2", "acme 3", "rival 3", "last"]
        assert under_way() == [0]

    run(work())


def test_nothing_is_sent_behind_what_is_slow_or_not_known(
    acme: Tenant, rival: Tenant, run: Run, one_reader: None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        await known((acme, LOCK, b""), (acme, ECHO, b""))
        monkeypatch.setattr(reader_prepared, "QUICK", 0.0)
        with locked(place) as release:
            tasks = await behind_the_lock(acme, place, value(acme, ECHO, b"slow before"))
            assert (under_way(), len(pool()._waiting)) == ([1], 1)
            release()
            assert (await asyncio.gather(*tasks))[1] == "slow before"
        monkeypatch.setattr(reader_prepared, "QUICK", 5.0)
        await known((acme, LOCK, b""))
        with locked(place) as release:
            tasks = await behind_the_lock(
                acme, place, value(rival, ECHO, b"never asked there"), value(acme, ECHO, b"2")
            )
            assert (under_way(), len(pool()._waiting)) == ([1], 2)  # who waits goes before who could follow
            release()
            assert (await asyncio.gather(*tasks))[1:] == ["never asked there", "2"]

    run(work())


def test_connections_are_opened_before_anything_is_sent_behind_another(acme: Tenant, run: Run, place: Place) -> None:
    async def work() -> None:
        await known((acme, LOCK, b""), (acme, ECHO, b""))
        with locked(place) as release:
            tasks = await behind_the_lock(acme, place, value(acme, ECHO, b"elsewhere"))
            assert await tasks[1] == "elsewhere"
            release()
            await tasks[0]
        assert under_way() == [0, 0]

    with with_settings(SAAS_READERS="2"):
        run(work())


def test_an_error_is_only_of_whom_it_concerns(acme: Tenant, run: Run, one_reader: None, place: Place) -> None:
    async def work() -> None:
        await known((acme, LOCK, b""), (acme, DIVIDE, b"1"), (acme, ECHO, b""))
        before = await backend(acme)
        with locked(place) as release:
            both = (value(acme, DIVIDE, b"0"), value(acme, ECHO, b"well"))
            tasks = await behind_the_lock(acme, place, *both)
            assert under_way() == [3]
            release()
            first, failed, well = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(first, Row)
        assert first.values[1] == b"first"
        assert isinstance(failed, psycopg.errors.DivisionByZero)
        assert well == "well"
        assert await backend(acme) == before

    run(work())


@pytest.mark.parametrize("leaves", [0, 1], ids=["the first", "one behind it"])
def test_who_leaves_takes_nobody_along(acme: Tenant, run: Run, one_reader: None, place: Place, leaves: int) -> None:
    async def work() -> None:
        await known((acme, LOCK, b""), (acme, ECHO, b""))
        with locked(place) as release:
            tasks = await behind_the_lock(acme, place, value(acme, ECHO, b"1"), value(acme, ECHO, b"2"))
            assert under_way() == [3]
            tasks[leaves].cancel()
            if leaves:
                release()
            told = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(told[leaves], asyncio.CancelledError)
        expected = ["first", "1", "2"]
        for number in {0, 1, 2} - {leaves}:
            found = told[number]
            assert ((found.values[1] or b"").decode() if isinstance(found, Row) else found) == expected[number]
        assert await value(acme, NOTE, b"3") == "acme 3"

    run(work())


def test_a_cancel_that_comes_late_hits_nobody(
    acme: Tenant, run: Run, one_reader: None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has been answered already when Postgres gets to the cancel: who is at work then is asked once more."""

    async def work() -> None:
        await known((acme, LOCK, b""), (acme, ECHO, b""))
        with locked(place) as release:
            tasks = await behind_the_lock(acme, place, read(acme, LOCK, [b"second"]), value(acme, ECHO, b"third"))
            assert under_way() == [3]
            (connection,) = pool()._open
            connection.under_way.appendleft(connection.under_way[0].left_behind())
            pool().abandon(connection.under_way[0])  # as if one before the first were meant, which the cancel missed
            del connection.under_way[0]
            release_soon = asyncio.create_task(asyncio.to_thread(_after_the_next_wait, place, release))
            told = await asyncio.gather(*tasks)
            await release_soon
        assert [told[0].values[1], told[1].values[1], told[2]] == [b"first", b"second", "third"]

    run(work())


def _after_the_next_wait(place: Place, release: Callable[[], None]) -> None:
    """Once the one that was hit waits at the lock anew."""
    asyncio.run(until_readers(place, 1, AT_THE_LOCK))
    release()


def test_when_the_backend_dies_all_are_asked_once_more(acme: Tenant, run: Run, one_reader: None, place: Place) -> None:
    async def work() -> None:
        await known((acme, LOCK, b""), (acme, ECHO, b""))
        before = await backend(acme)
        with locked(place) as release:
            tasks = await behind_the_lock(acme, place, value(acme, ECHO, b"1"), value(acme, ECHO, b"2"))
            assert under_way() == [3]
            terminate(place, before)
            await until_readers(place, 1, f"{AT_THE_LOCK} AND pid <> {before}")
            release()
            told = await asyncio.gather(*tasks)
        assert [told[0].values[1], told[1], told[2]] == [b"first", "1", "2"]

    run(work())


def test_a_table_may_change_under_all_of_them(acme: Tenant, run: Run, one_reader: None, place: Place) -> None:
    table = f'"{acme.schema}".sheet'
    place.ask(f'CREATE TABLE {table} (id int, size int); GRANT SELECT ON {table} TO "{acme.role}"')
    place.ask(f"INSERT INTO {table} VALUES (1, 5)")
    size = Statement(("(SELECT size FROM §§.sheet WHERE id = $1::int)",))
    raw = Statement(("(SELECT row_to_json(sheet)::text FROM §§.sheet WHERE id = $1::int)",))

    async def work() -> None:
        await known((acme, LOCK, b""), *[(acme, each, b"1") for each in (size, raw) for _ in range(7)])
        with locked(place) as release:
            both = [value(acme, each, b"1") for each in (size, raw, size)]
            tasks = await behind_the_lock(acme, place, *both)
            assert under_way() == [4]
            place.ask(f"ALTER TABLE {table} ALTER COLUMN size TYPE bigint; ALTER TABLE {table} ADD COLUMN more int")
            release()
            told = await asyncio.gather(*tasks)
        assert told[1:] == ["5", '{"id":1,"size":5,"more":null}', "5"]

    try:
        run(work())
    finally:
        place.ask(f"DROP TABLE {table}")


def test_who_is_held_up_is_asked_elsewhere(
    acme: Tenant, run: Run, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_connection, "SLOW", 0.05)

    async def work() -> None:
        with locked(place) as release:  # two connections that know both statements
            both = [asked(acme, LOCK, b"") for _ in range(2)]
            await until_readers(place, 2, AT_THE_LOCK)
            release()
            await asyncio.gather(*both)
        backends = {int(value) for each in both if (value := (await each).values[0])}
        for _ in range(2):
            await asyncio.gather(*(read(acme, ECHO, [b""]) for _ in range(4)))
        assert len(pool()._open) == 2
        with locked(place) as release:
            held = {name: asked(acme, LOCK, name) for name in (b"one", b"other")}
            behind = asked(acme, ECHO, b"behind")
            await until_readers(place, 2, AT_THE_LOCK)
            assert under_way() == [1, 2]
            (alone,) = (each for each in pool()._open if len(each.under_way) == 1)
            (leaves,) = alone.under_way[0].parameters
            held.pop(leaves or b"").cancel()  # its connection is free soon, the other one is not
            assert (await behind).values == (b"behind",)
            release()
            ((name, stays),) = held.items()
            assert (await stays).values[1] == name
        assert await backend(acme) in backends

    with with_settings(SAAS_READERS="2"):
        run(work())


def test_how_long_a_statement_takes_is_its_slowest_run_which_fades() -> None:
    ready = Ready(b"s1")
    assert ready.slowest == float("inf")
    for seconds, slowest in ((0.5, 0.5), (0.001, 0.45), (0.001, 0.405), (0.41, 0.41)):
        ready.took(seconds)
        assert ready.slowest == pytest.approx(slowest)
    runs = 0
    while ready.slowest >= QUICK:
        ready.took(0.001)
        runs += 1
    assert runs == 42
