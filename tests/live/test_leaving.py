"""`saas serve` ends in good order: who follows is sent elsewhere, what was begun is finished; its log and figures."""

import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from saas.schema.live import running
from saas.schema.live.follow import Asked, asked
from tests.faults.running import api, lines
from tests.live.ear import CUSTOMERS
from tests.live.places import waiting
from tests.live.stream import streamed
from tests.live.wire import greeted
from tests.schema.following import UPDATE, customer
from tests.served import serving
from tests.tenants.place import until
from tests.world import World

RESTART = (1012, "The server restarts; connect again.")


@pytest.mark.slow
def test_followers_are_sent_elsewhere_and_what_was_begun_is_finished(world: World, tmp_path: Path) -> None:
    ada, id_, log = world.garage.ada, customer(world), tmp_path / "log"
    with api(log) as served, psycopg.connect(world.cluster.dsn(world.cell)) as holder:
        url = served.url
        with (
            greeted(url, ada) as idle,
            greeted(url, ada) as following,
            greeted(url, ada) as writing,
            streamed(url, ada, CUSTOMERS) as stream,
        ):
            assert stream.event() is not None
            following.subscribe(CUSTOMERS)
            following.answer("{ viewer { name } }")
            holder.execute(f'SELECT FROM "{world.garage.tenant.schema}".customer WHERE id = %s FOR UPDATE', [id_])
            update = writing.subscribe(UPDATE, variables={"id": id_, "input": {"name": "Finished"}})
            until(lambda: waiting(world) == 1, "the mutation waits for the record")
            served.process.send_signal(signal.SIGTERM)
            assert idle.closed() == following.closed() == RESTART
            assert stream.ends()  # without `complete`, so that the client asks again
            holder.rollback()
            told = [writing.hear(), writing.hear()]
            assert [(each["id"], each["type"]) for each in told] == [(update, "next"), (update, "complete")]
            assert told[0]["payload"]["data"]["x"]["id"] == id_
            assert writing.closed() == RESTART
    assert world.sql(world.garage, "SELECT name FROM customer WHERE id = %s", id_) == [("Finished",)]
    assert [line for line in lines(log) if line["level"] in {"warning", "error"}] == []


def test_what_was_about_to_be_followed_does_not_hold_the_server_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Asked:
        begun.set()
        assert goes_on.wait(20)
        return asked(*arguments)

    monkeypatch.setattr(running, "asked", slow)
    with ExitStack() as served:
        url = served.enter_context(serving())
        with greeted(url, world.garage.ada) as idle, greeted(url, world.garage.ada) as wire:
            wire.subscribe(CUSTOMERS)
            assert begun.wait(20)
            ending = threading.Thread(target=served.pop_all().close)
            ending.start()
            assert idle.closed() == RESTART
            goes_on.set()
            assert wire.closed() == RESTART
            ending.join(20)


def test_the_log_tells_connections_and_what_was_done_on_them(world: World, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with api(log) as served:
        with greeted(served.url, world.garage.sam, path="/graphql?key=in-the-address") as wire:
            wire.answer("{ viewer { name } }")
            wire.answer("{ nothing }")
        with streamed(served.url, world.rival.rita, CUSTOMERS) as stream:
            stream.event()
        until(lambda: "sse" in ended(log), "both have ended")
    told = lines(log)
    (connection,) = (line for line in told if line["event"] == "connection ended")
    assert {name: connection[name] for name in ("tenant", "path", "code", "received", "sent", "level")} == {
        "tenant": "garage", "path": "/graphql", "code": 1000, "received": 3, "sent": 4, "level": "info",
    }  # fmt: skip
    done = [line for line in told if line.get("method") == "WEBSOCKET"]
    assert [line["request_id"] for line in done] == [f"{connection['request_id']}/{n}" for n in (1, 2)]
    assert [(line["tenant"], line["status"], line.get("operation")) for line in done] == [
        ("garage", 200, "query"),
        ("garage", 200, None),
    ]
    (followed,) = (line for line in told if line.get("operation") == "subscription")
    assert (followed["tenant"], followed["method"], followed["status"]) == ("rival", "POST", 200)
    assert not [line for line in told if "connection" in line["event"] and line is not connection]
    assert not any(secret in log.read_text() for secret in (world.garage.sam.token, "in-the-address"))


def ended(log: Path) -> list[str]:
    """Which transports were used and left, as far as the log tells."""
    told = lines(log)
    sse = ["sse" for line in told if line.get("operation") == "subscription"]
    return sse + ["websocket" for line in told if line["event"] == "connection ended"]


@pytest.mark.slow
def test_figures_are_those_of_all_processes(world: World, tmp_path: Path) -> None:
    with api(tmp_path / "log", "--processes", "2") as served, greeted(served.url, world.garage.sam) as wire:
        wire.answer("{ viewer { name } }")
        with greeted(served.url, world.garage.sam):
            told = figures(served.get("/metrics").text)
            assert told['atrium_live_connections{transport="websocket"}'] == 2
            assert told['atrium_live_messages_total{direction="in",transport="websocket"}'] == 3
            assert told['atrium_live_messages_total{direction="out",transport="websocket"}'] == 4
            assert told['atrium_requests_total{door="graphql",operation="query",status="200"}'] == 1
        until(lambda: figures(served.get("/metrics").text)[CLOSED] == 1, "one is closed")


CLOSED = 'atrium_live_closed_total{code="1000",transport="websocket"}'


def figures(text: str) -> dict[str, float]:
    found: dict[str, float] = dict.fromkeys([CLOSED], 0.0)
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found
