"""The connections of a reader: replaced when dead or old, lent in the order of coming, gone with their loop."""

import asyncio
import gc
import os
import subprocess
import sys
from weakref import WeakSet

import pytest

from saas.kit import metrics
from saas.kit.errors import Unavailable
from saas.tenants import cells, reader_cancel, reader_pool
from saas.tenants.reader import Row, close_readers, read
from saas.tenants.tenant import Tenant
from tests.tenants import reading
from tests.tenants.place import Place, until, with_settings
from tests.tenants.reading import (
    ASLEEP,
    AT_THE_LOCK,
    BACKEND,
    ECHO,
    LOCK,
    NOTE,
    SLEEP,
    Run,
    backend,
    locked,
    readers,
    terminate,
    until_readers,
    value,
)

notes, one_reader, run = reading.notes, reading.one_reader, reading.run


@pytest.mark.parametrize("is_noticed", [True, False], ids=["noticed", "unnoticed"])
def test_connections_that_died_while_idle_are_replaced(acme: Tenant, run: Run, place: Place, is_noticed: bool) -> None:
    async def work() -> None:
        with locked(place) as release:
            both = [asyncio.create_task(read(acme, LOCK, [b""])) for _ in range(2)]
            await until_readers(place, 2, AT_THE_LOCK)
            release()
        both_backends = {int((await each).values[0] or 0) for each in both}
        terminate(place, await backend(acme))  # the last used is used again
        if is_noticed:
            theirs = ", ".join(map(str, both_backends))
            await until_readers(place, 0, f"pid IN ({theirs})")  # the other one is closed, too
        assert await backend(acme) not in both_backends

    with with_settings(SAAS_READERS="2"):
        run(work())


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_read_whose_backend_dies_is_repeated_once(
    acme: Tenant, run: Run, place: Place, one_reader: None, deaths: int
) -> None:
    async def work() -> None:
        with locked(place) as release:
            reading = asyncio.create_task(read(acme, LOCK, [b"there"]))
            pid = 0
            for _ in range(deaths):
                await until_readers(place, 1, f"{AT_THE_LOCK} AND pid <> {pid}")
                pid = at_the_lock(place)
                terminate(place, pid)
            if deaths == 1:
                await until_readers(place, 1, f"{AT_THE_LOCK} AND pid <> {pid}")
                release()
                assert (await reading).values[1] == b"there"
            else:
                with pytest.raises(Unavailable, match="Postgres does not answer: cell main at") as told:
                    await reading
                assert "Check that it runs" in told.value.remedy
        assert await value(acme, NOTE, b"3") == "acme 3"

    run(work())


def at_the_lock(place: Place) -> int:
    ((pid,),) = place.ask(f"SELECT pid FROM pg_stat_activity WHERE {AT_THE_LOCK} AND datname = %s", place.cell)
    return int(pid)


def test_a_server_that_is_not_there_is_unavailable_to_all_who_wait(
    acme: Tenant, run: Run, one_reader: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        where = cells.dsn_of("main")
        monkeypatch.setitem(cells._dsns, "main", "postgresql://127.0.0.1:1/gone")
        failed = await asyncio.gather(*(read(acme, BACKEND, []) for _ in range(3)), return_exceptions=True)
        for error in failed:
            assert isinstance(error, Unavailable)
            assert error.message.startswith("Postgres does not answer: cell main at 127.0.0.1:1/gone (")
        monkeypatch.setitem(cells._dsns, "main", where)
        assert await backend(acme) > 0

    run(work())


def test_who_waits_is_served_in_the_order_of_coming(acme: Tenant, run: Run, one_reader: None, place: Place) -> None:
    order = list[bytes]()

    async def come(name: bytes) -> None:
        await read(acme, LOCK, [name])
        order.append(name)

    async def work() -> None:
        with locked(place) as release:
            coming = [asyncio.create_task(come(b"%d" % number)) for number in range(6)]
            await until_readers(place, 1, AT_THE_LOCK)
            release()
            await asyncio.gather(*coming)

    run(work())
    assert order == [b"0", b"1", b"2", b"3", b"4", b"5"]


def test_who_has_waited_long_enough_is_told_so(
    acme: Tenant, run: Run, one_reader: None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "PATIENCE", 0.4)

    async def work() -> None:
        with locked(place) as release:
            first = asyncio.create_task(read(acme, LOCK, [b"first"]))
            await until_readers(place, 1, AT_THE_LOCK)
            for _ in range(2):
                with pytest.raises(Unavailable, match=r"All connections to cell main at .* are in use") as told:
                    await read(acme, ECHO, [b"late"])
                assert "SAAS_READERS" in told.value.remedy
            release()
            assert (await first).values[1] == b"first"
        assert await value(acme, ECHO, b"in time") == "in time"

    run(work())


def test_a_backend_is_replaced_after_so_many_tenants(acme: Tenant, rival: Tenant, run: Run) -> None:
    async def work() -> None:
        first = await backend(acme)
        assert await backend(acme) == first
        assert await backend(rival) == first
        second = await backend(acme)
        assert second != first
        assert await backend(acme) == second

    with with_settings(SAAS_READERS="1", SAAS_BACKEND_TENANTS="2"):
        run(work())


def test_a_backend_is_replaced_after_so_many_minutes(acme: Tenant, run: Run) -> None:
    async def work() -> None:
        assert await backend(acme) != await backend(acme)

    with with_settings(SAAS_READERS="1", SAAS_BACKEND_MINUTES="0.000001"):
        run(work())


def test_what_waits_for_a_replaced_backend_is_answered(acme: Tenant, rival: Tenant, run: Run) -> None:
    async def work() -> None:
        asked = [(tenant, b"%d" % number) for number in range(1, 11) for tenant in (acme, rival)]
        got = await asyncio.gather(*(value(tenant, NOTE, number) for tenant, number in asked))
        assert got == [f"{tenant.slug} {number.decode()}" for tenant, number in asked]

    with with_settings(SAAS_READERS="2", SAAS_BACKEND_TENANTS="1"):
        run(work())


def test_other_settings_are_other_connections(acme: Tenant, run: Run) -> None:
    async def work() -> None:
        before = await backend(acme)
        with with_settings(SAAS_READERS="2"):
            assert await backend(acme) != before

    run(work())


def test_the_end_of_a_loop_is_the_end_of_its_connections(acme: Tenant, run: Run, place: Place) -> None:
    loops = WeakSet[asyncio.AbstractEventLoop]()

    async def work() -> None:
        loops.add(asyncio.get_running_loop())
        await asyncio.gather(*(read(acme, BACKEND, []) for _ in range(3)))
        assert readers(place) > 0
        assert len(loops) == 1

    with with_settings():  # closes what is idle in the engines of other tests
        gc.collect()  # an exception may hold their loops
        gc.disable()
        try:
            run(work())
            assert len(loops) == 0
            until(lambda: readers(place) == 0, "no reader is connected", seconds=5)
        finally:
            gc.enable()


def test_a_loop_that_ends_while_it_reads_leaves_nothing(
    acme: Tenant, run: Run, place: Place, one_reader: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_cancel, "GRACE", 0.1)
    monkeypatch.setattr(reader_cancel.Cancel, "_poll", unanswered)
    left = list[asyncio.Task[Row]]()
    loops = WeakSet[asyncio.AbstractEventLoop]()
    gc.collect()

    async def work() -> None:
        loops.add(asyncio.get_running_loop())
        left.extend(asyncio.create_task(read(acme, SLEEP, [])) for _ in range(2))
        await until_readers(place, 1, ASLEEP)

    run(work())
    assert [task.cancelled() for task in left] == [True, True]
    left.clear()
    gc.collect()
    assert len(loops) == 0
    until(lambda: readers(place) == 0, "no reader is connected", seconds=5)


def unanswered(_cancel: reader_cancel.Cancel) -> None:
    """Postgres does not get to the cancel before the loop ends."""


def test_closing_refuses_what_waits_and_the_next_use_opens_anew(
    acme: Tenant, run: Run, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        before = await backend(acme)
        waiting = [asyncio.create_task(read(acme, SLEEP, [])) for _ in range(2)]
        await until_readers(place, 1, ASLEEP)
        await close_readers()
        for error in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(error, Unavailable)
            assert error.message == "The connections to cell main were closed."
        assert await backend(acme) != before
        await close_readers()
        await until_readers(place, 0, "true")

    monkeypatch.setattr(reader_cancel, "GRACE", 0.1)
    with with_settings(SAAS_READERS="1"):
        gc.collect()
        run(work())


def test_the_figures_know_the_connections(
    acme: Tenant, run: Run, one_reader: None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_pool, "_TELL_SECONDS", 0.05)

    async def work() -> None:
        await backend(acme)
        await asyncio.to_thread(until, lambda: told() == (0, 1), "one is idle")
        with locked(place) as release:
            reading = asyncio.create_task(read(acme, LOCK, [b""]))
            await asyncio.to_thread(until, lambda: told() == (1, 0), "one is busy")
            release()
            await reading
            await asyncio.to_thread(until, lambda: told() == (0, 1), "it is idle again")
        await close_readers()
        assert told() == (0, 0)

    run(work())


def told() -> tuple[int, ...]:
    lines = metrics.exposition()[0].decode().splitlines()
    line = 'atrium_connections{database="main reader",state="%s"} '
    return tuple(
        int(float(found.removeprefix(line % state)))
        for state in ("busy", "idle")
        for found in lines
        if found.startswith(line % state)
    )


FORK = """
import asyncio, gc, os, sys
from saas.tenants import reader
from saas.tenants.directory import tenant_by_slug
acme, statement = tenant_by_slug("acme"), reader.Statement(("pg_backend_pid()::text",))
async def backend():
    return (await reader.read(acme, statement, [])).values[0]
async def parent():
    mine = await backend()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            asyncio.events._set_running_loop(None)
            assert asyncio.run(backend()) != mine
            gc.collect()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) or (await backend() != mine)
sys.exit(asyncio.run(parent()))
"""


def test_a_fork_opens_its_own_connections(acme: Tenant) -> None:
    assert acme.slug == "acme"
    done = subprocess.run([sys.executable, "-c", FORK], env=dict(os.environ), check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
