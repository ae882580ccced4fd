"""A read whose reader has gone: its query ends, its connection serves others, and no other query is hit."""

import asyncio
import random

import pytest

from saas.tenants import reader, reader_cancel
from saas.tenants.reader import Statement, read
from saas.tenants.reader_cancel import Cancel
from saas.tenants.tenant import Tenant
from tests.tenants import reading
from tests.tenants.place import Place, with_settings
from tests.tenants.reading import (
    ASLEEP,
    AT_THE_LOCK,
    ECHO,
    LOCK,
    NOTE,
    SLEEP,
    Run,
    backend,
    locked,
    until_readers,
    value,
)

notes, one_reader, run = reading.notes, reading.one_reader, reading.run


def test_a_cancelled_read_ends_in_postgres_and_its_connection_is_used_again(
    acme: Tenant, run: Run, one_reader: None, place: Place
) -> None:
    async def work() -> None:
        before = await backend(acme)
        reading = asyncio.create_task(read(acme, SLEEP, []))
        await until_readers(place, 1, ASLEEP)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await until_readers(place, 0, ASLEEP)
        assert await backend(acme) == before
        assert await value(acme, NOTE, b"2") == "acme 2"

    run(work())


def test_who_leaves_the_queue_is_passed_over(acme: Tenant, run: Run, one_reader: None, place: Place) -> None:
    async def work() -> None:
        with locked(place) as release:
            first = asyncio.create_task(read(acme, LOCK, [b"first"]))
            await until_readers(place, 1, AT_THE_LOCK)
            leaves, stays = (
                asyncio.create_task(read(acme, SLEEP, [])),
                asyncio.create_task(read(acme, ECHO, [b"stays"])),
            )
            await asyncio.sleep(0)
            leaves.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaves
            assert len(reader._pool(asyncio.get_running_loop(), "main")._waiting) == 1
            release()
            assert (await first).values[1] == b"first"
            assert (await stays).values == (b"stays",)

    run(work())


def test_a_cancel_meets_no_other_read(acme: Tenant, rival: Tenant, run: Run) -> None:
    async def leaves(number: int) -> None:
        chance = random.Random(number)
        for _ in range(15):
            reading = asyncio.create_task(read(acme, NOTE, [b"1"]))
            await asyncio.sleep(chance.random() / 500)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def stays(number: int) -> None:
        for _ in range(100):
            assert await value(rival, NOTE, b"%d" % number) == f"rival {number}"

    async def work() -> None:
        await asyncio.gather(*(each(number) for number in range(1, 7) for each in (leaves, stays)))

    with with_settings(SAAS_READERS="3"):
        run(work())


def test_a_cancel_that_comes_late_meets_nothing(
    acme: Tenant, run: Run, one_reader: None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = Cancel._poll

    def later(cancel: Cancel) -> None:
        asyncio.get_running_loop().call_later(0.03, poll, cancel)

    monkeypatch.setattr(Cancel, "_poll", later)

    async def work() -> None:
        before = await backend(acme)
        with locked(place) as release:
            reading = asyncio.create_task(read(acme, LOCK, [b""]))
            await until_readers(place, 1, AT_THE_LOCK)
            reading.cancel()
            release()
            await until_readers(place, 0, AT_THE_LOCK)
        row = await read(acme, Statement(("pg_backend_pid()::text", "(SELECT 'slept' FROM pg_sleep(0.3))")), [])
        assert row.values == (str(before).encode(), b"slept")

    run(work())


def test_a_query_that_does_not_end_is_left_alone(
    acme: Tenant, run: Run, one_reader: None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_cancel, "GRACE", 0.2)
    stubborn = (
        f'CREATE FUNCTION "{acme.schema}".stubborn() RETURNS text LANGUAGE plpgsql AS $$ BEGIN'
        " BEGIN PERFORM pg_sleep(30); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(30); END;"
        " RETURN ''; END $$"
    )
    place.ask(stubborn)

    async def work() -> None:
        before = await backend(acme)
        reading = asyncio.create_task(read(acme, Statement(("§§.stubborn()",)), []))
        await until_readers(place, 1, ASLEEP)
        reading.cancel()
        assert await backend(acme) != before
        await until_readers(place, 0, f"pid = {before}")

    try:
        run(work())
    finally:
        place.ask(f'DROP FUNCTION "{acme.schema}".stubborn')
