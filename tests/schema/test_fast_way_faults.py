"""What breaks under the fast way: lost backends, locks, clients that leave, tables that change. Answers stay right."""

import asyncio
import json
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from saas.app import create_app
from saas.modules.customers.customer import Customer
from saas.tenants.reader import close_readers
from tests.faults.running import api, lines
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, by_fields, code, fresh
from tests.tenants.place import until, with_settings
from tests.world import Person, World

ways, short_way = fast_way.ways, fast_way.short_way
QUERY = "query($id: ID!) { customer(id: $id) { name version } }"
THERE = {"customer": {"name": "Here", "version": 1}}
WAITS = "wait_event_type = 'Lock'"


@pytest.fixture(scope="module")
def given(world: World) -> dict[str, Any]:
    return {"id": str(world.garage.make(Customer, name="Here"))}


def backends(world: World, condition: str = "true") -> set[int]:
    """Those of the application's login in the cell of which the condition holds."""
    with psycopg.connect(world.cluster.dsn(world.cell), autocommit=True) as admin:
        ours = f"usename = 'atrium_app' AND datname = %s AND {condition}"
        found = admin.execute(f"SELECT pid FROM pg_stat_activity WHERE {ours}", [world.cell]).fetchall()
    return {pid for (pid,) in found}


@contextmanager
def locked(world: World) -> Iterator[Callable[[], None]]:
    """Inside, nobody reads a customer of the garage, until what is given is called."""
    with psycopg.connect(world.cluster.dsn(world.cell)) as holder:
        holder.execute(f'LOCK TABLE "{world.garage.tenant.schema}".customer IN ACCESS EXCLUSIVE MODE')
        yield holder.rollback


class Client:
    """A client that speaks ASGI itself, and may leave."""

    def __init__(self, person: Person, query: str, variables: dict[str, Any]) -> None:
        self.body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"authorization": f"Bearer {person.token}", "content-type": "application/json"}
        self.scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "", "client": ("c", 1),
            "server": ("s", 1), "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        self.has_left = asyncio.Event()
        self.sent: list[Any] = []
        self._has_sent_all = False

    async def ask(self) -> "Client":
        await create_app()(self.scope, self._receive, self._send)
        return self

    async def _receive(self) -> dict[str, Any]:
        if not self._has_sent_all:
            self._has_sent_all = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.has_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def data(self) -> Any:
        assert self.sent[0]["status"] == 200
        return json.loads(self.sent[1]["body"])["data"]


def run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner() as runner:
        runner.run(work)


@pytest.fixture
def one_reader() -> Iterator[None]:
    with with_settings(SAAS_READERS="1"):
        yield


async def eventually(holds: Callable[[], bool], what: str, seconds: float) -> None:
    await asyncio.to_thread(until, holds, what, seconds)


async def known(person: Person, query: str, given: dict[str, Any], ways: Ways) -> set[int]:
    """The query goes the fast way from now on."""
    for _ in range(2):
        assert (await Client(person, query, given).ask()).data == THERE
    assert ways.taken[-1] == FAST
    return set()


def test_a_client_that_leaves_ends_its_query_and_the_connection_serves_others(
    world: World, given: dict[str, Any], ways: Ways, one_reader: None
) -> None:
    query, ada = fresh(QUERY), world.garage.ada

    async def work() -> None:
        await known(ada, query, given, ways)
        before = await asyncio.to_thread(backends, world)
        with locked(world) as release:
            client = Client(ada, query, given)
            asking = asyncio.create_task(client.ask())
            await eventually(lambda: len(backends(world, WAITS)) == 1, "it waits for the lock", 10)
            client.has_left.set()
            await eventually(lambda: not backends(world, WAITS), "nobody waits for the lock", 2)
            await asyncio.wait([asking], timeout=2)
            assert asking.done()
            assert client.sent == []
            release()
        ways.taken.clear()
        for _ in range(3):
            assert (await Client(ada, query, given).ask()).data == THERE
        assert ways.taken == [FAST] * 3
        assert await asyncio.to_thread(backends, world) == before
        await close_readers()

    run(work())


def test_a_client_that_stays_gets_its_answer_when_the_lock_is_gone(
    world: World, given: dict[str, Any], ways: Ways, one_reader: None
) -> None:
    query, ada = fresh(QUERY), world.garage.ada

    async def work() -> None:
        await known(ada, query, given, ways)
        with locked(world) as release:
            asking = asyncio.create_task(Client(ada, query, given).ask())
            await eventually(lambda: len(backends(world, WAITS)) == 1, "it waits for the lock", 10)
            await asyncio.sleep(0.5)  # somebody looks whether the client is still there
            assert not asking.done()
            release()
        assert (await asking).data == THERE
        assert ways.taken[-1] == FAST
        await close_readers()

    run(work())


def test_one_that_leaves_disturbs_no_other(world: World, given: dict[str, Any], ways: Ways, one_reader: None) -> None:
    query, other, ada = fresh(QUERY), fresh("{ products(first: 1) { totalCount { value } } }"), world.garage.ada

    async def work() -> None:
        await known(ada, query, given, ways)
        with locked(world):
            leaving = Client(ada, query, given)
            asking = asyncio.create_task(leaving.ask())
            await eventually(lambda: len(backends(world, WAITS)) == 1, "it waits for the lock", 10)
            waiting = [asyncio.create_task(Client(world.rival.rita, other, {}).ask()) for _ in range(3)]
            await asyncio.sleep(0.1)
            leaving.has_left.set()
            for each in await asyncio.wait_for(asyncio.gather(*waiting), 10):
                assert each.data == {"products": {"totalCount": {"value": 0}}}
            await asyncio.wait([asking], timeout=2)
        await close_readers()

    run(work())


def test_many_that_leave_at_any_moment_leave_nothing_behind(world: World, given: dict[str, Any], ways: Ways) -> None:
    query, ada = fresh(QUERY), world.garage.ada

    async def leaves(number: int) -> None:
        client = Client(ada, query, given)
        asking = asyncio.create_task(client.ask())
        await asyncio.sleep(number % 7 / 1000)
        client.has_left.set()
        if number % 2:
            asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    async def work() -> None:
        await known(ada, query, given, ways)
        for _ in range(10):
            stays = [asyncio.create_task(Client(ada, query, given).ask()) for _ in range(5)]
            await asyncio.gather(*(leaves(number) for number in range(20)))
            for each in await asyncio.gather(*stays):
                assert each.data == THERE
        await close_readers()

    with with_settings(SAAS_READERS="3"):
        run(work())


def test_a_client_that_leaves_is_no_error_in_the_log_of_the_server(
    world: World, given: dict[str, Any], tmp_path: Path
) -> None:
    path, ada = tmp_path / "log", world.garage.ada
    with api(path) as served:
        for _ in range(2):
            assert served.graphql(ada.token, QUERY, **given).json()["data"] == THERE
        body = json.dumps({"query": QUERY, "variables": given})
        with locked(world):
            with socket.create_connection((served._client.base_url.host, served._client.base_url.port or 0)) as client:
                client.sendall(
                    f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\nContent-Type:"
                    f" application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
                )
                until(lambda: len(backends(world, WAITS)) == 1, "it waits for the lock")
            until(lambda: not backends(world, WAITS), "nobody waits for the lock", 3)
        assert served.graphql(ada.token, QUERY, **given).json()["data"] == THERE
    told = lines(path)
    assert [line["status"] for line in told if line.get("path") == "/graphql"][:2] == [200, 200]
    assert [line for line in told if line["level"] in ("error", "critical")] == []


# --- Postgres ---


def test_backends_that_postgres_ended_are_replaced(world: World, given: dict[str, Any], ways: Ways) -> None:
    query, ada = fresh(QUERY), world.garage.ada
    ways.known(ada, query, given)
    for _ in range(3):
        ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'atrium_app'"
        assert world.sql(world.garage, f"{ended} AND datname = %s", world.cell)
        way, answer = ways.of(ada, query, given)
        assert (way, answer.status_code, answer.json()["data"]) == ([FAST], 200, THERE)


def test_a_lost_postgres_is_503_and_it_recovers(world: World, given: dict[str, Any], ways: Ways) -> None:
    query, ada = fresh(QUERY), world.garage.ada
    ways.known(ada, query, given)
    with psycopg.connect(world.cluster.admin_dsn, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{world.cell}" ALLOW_CONNECTIONS false')
        ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        admin.execute(f"{ended} WHERE usename = 'atrium_app' AND datname = %s", [world.cell])
        try:
            _, answer = ways.of(ada, query, given)
        finally:
            admin.execute(f'ALTER DATABASE "{world.cell}" ALLOW_CONNECTIONS true')
    assert (answer.status_code, code(answer), answer.headers["retry-after"]) == (503, "UNAVAILABLE", "5")
    assert world.cell not in answer.text
    (error,) = answer.json()["errors"]
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert ways.known(ada, query, given) == THERE


def test_a_table_may_change_under_what_is_prepared(world: World, given: dict[str, Any], ways: Ways) -> None:
    query, ada = fresh(QUERY), world.garage.ada
    ways.known(ada, query, given)
    ((index, definition),) = world.sql(
        world.garage,
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'customer'"
        " AND indexdef LIKE '%%name_sort%%' ORDER BY indexname LIMIT 1",
    )
    changes = (
        "ALTER TABLE customer ADD COLUMN extra int DEFAULT 3",
        f'DROP INDEX "{index}"',
        definition,
        "ALTER TABLE customer ALTER COLUMN extra TYPE bigint",
        "ALTER TABLE customer DROP COLUMN extra",
        "ANALYZE customer",
    )
    for change in changes:
        world.sql(world.garage, change)
        for _ in range(7):  # the sixth has a plan for all parameters
            assert ways.data(ada, query, given) == THERE


@pytest.mark.parametrize("column", ["name", "version"])
def test_a_column_that_is_gone_is_told_field_by_field(
    world: World, given: dict[str, Any], ways: Ways, column: str
) -> None:
    query, ada = fresh(QUERY), world.garage.ada
    ways.known(ada, query, given)
    world.sql(world.garage, f"ALTER TABLE customer RENAME COLUMN {column} TO secret_column")
    try:
        way, answer = ways.of(ada, query, given)
        expected = by_fields(ada, query, given)
    finally:
        world.sql(world.garage, f"ALTER TABLE customer RENAME COLUMN secret_column TO {column}")
    assert way == [FAST, LONG]
    assert (answer.status_code, code(answer)) == (200, "INTERNAL")
    assert answer.json()["data"] == expected.json()["data"] == {"customer": None}
    assert column not in answer.json()["errors"][0]["message"]
    assert ways.data(ada, query, given) == THERE


def test_an_answer_sees_what_was_written_before_it(world: World, ways: Ways) -> None:
    query, ada = fresh(QUERY), world.garage.ada
    given = {"id": str(world.garage.make(Customer, name="Written 0"))}
    ways.known(ada, query, given)
    update = "mutation($id: ID!, $name: String!) { customerUpdate(id: $id, input: { name: $name }) { id } }"
    for number in range(1, 6):
        ada.ask(update, name=f"Written {number}", **given)
        assert ways.data(ada, query, given)["customer"] == {"name": f"Written {number}", "version": number + 1}
    assert LONG in ways.of(ada, update, {"name": "Written 6", **given})[0]
