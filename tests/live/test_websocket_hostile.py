"""Clients that break the protocol, ask for too much, never read, or vanish: they end, and nobody else notices."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from saas.cli import server
from saas.schema import rates
from saas.schema.live import places, websocket
from saas.tenants.provision import resume, suspend
from saas.tenants.sign_in import forget_callers
from tests.live.places import limited, open_now, waiting
from tests.live.wire import Wire, bare, frame, greeted, opened, text
from tests.schema.following import UPDATE, customer
from tests.served import serving
from tests.tenants.place import until
from tests.world import Person, World

VIEWER = "{ viewer { name } }"
FOLLOW = "subscription { customerChanged { id } }"
INIT = {"type": "connection_init"}


def greet(wire: Wire, person: Person) -> None:
    with suppress(ConnectionClosed):  # it may be refused already
        wire.say(**INIT, payload={"authorization": f"Bearer {person.token}"})


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", 4400),
        ("no json", 4400),
        ("[]", 4400),
        ("null", 4400),
        ("{}", 4400),
        ('{"type": 5}', 4400),
        ('{"type": "start"}', 4400),
        ('{"type": "ping", "payload": 5}', 4400),
        ('{"type": "complete"}', 4400),
        ('{"type": "subscribe", "id": "", "payload": {}}', 4400),
        ('{"type": "subscribe", "id": 5, "payload": {}}', 4400),
        ('{"type": "subscribe", "id": "x"}', 4400),
        (json.dumps({"type": "subscribe", "id": "x" * 201, "payload": {}}), 4400),
        ("[" * 100_000, 4400),
        (b'{"type": "ping"}', 4400),
        ('{"type": "connection_init", "payload": []}', 4400),
        ('{"type": "connection_init"}', 4401),
        ('{"type": "connection_init", "payload": {"authorization": 5}}', 4401),
        ('{"type": "connection_init", "payload": {"authorization": "Basic abc"}}', 4403),
        ('{"type": "connection_init", "payload": {"authorization": "Bearer atr_unknown"}}', 4403),
        ('{"type": "subscribe", "id": "x", "payload": {"query": "{ viewer { id } }"}}', 4401),
    ],
)  # fmt: skip
def test_who_breaks_the_protocol_is_closed(url: str, said: Any, code: int) -> None:
    with opened(url) as wire:
        wire.line.send(said)
        closed, reason = wire.closed()
        assert (closed, bool(reason)) == (code, True)


def test_a_second_greeting_and_a_second_operation_of_one_id_are_closed(world: World, url: str) -> None:
    with greeted(url, world.garage.sam) as wire:
        wire.say(**INIT)
        assert wire.closed()[0] == 4429
    with greeted(url, world.garage.sam) as wire:
        for _ in range(2):
            wire.subscribe(FOLLOW, id="same")
        assert wire.closed() == (4409, "Subscriber for same already exists")


def test_who_does_not_greet_is_closed(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.2)
    with opened(url) as wire:
        wire.say(type="ping")
        assert wire.hear() == {"type": "pong"}
        assert wire.closed() == (4408, "Connection initialisation timeout")
    with greeted(url, world.garage.sam) as wire:
        assert wire.answer(VIEWER)["data"] == {"viewer": {"name": "sam"}}


def test_a_message_larger_than_a_body_may_be_is_closed(world: World, url: str) -> None:
    with greeted(url, world.garage.sam) as wire:
        wire.say(type="subscribe", id="x", payload={"query": "#" * 1_100_000 + VIEWER})
        assert wire.closed()[0] == 1009


@pytest.mark.parametrize("payload", [{}, {"query": 5}, {"query": VIEWER, "variables": []}, {"query": "a\0b"}])
def test_an_operation_that_is_none_is_an_error_of_its_own(world: World, url: str, payload: dict[str, Any]) -> None:
    with greeted(url, world.garage.sam) as wire:
        wire.say(type="subscribe", id="x", payload=payload)
        told = wire.hear()
        assert (told["id"], told["type"], told["payload"][0]["extensions"]["code"]) == ("x", "error", "BAD_INPUT")
        assert wire.is_open()


def test_more_operations_than_a_connection_may_have_are_refused(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "MOST_OPERATIONS", 3)
    with greeted(url, world.garage.sam) as wire:
        ids = [wire.subscribe(FOLLOW) for _ in range(5)]
        refused = [wire.hear() for _ in range(2)]
        assert [(each["id"], each["type"]) for each in refused] == [(ids[3], "error"), (ids[4], "error")]
        assert refused[0]["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        wire.say(type="complete", id=ids[0])
        assert wire.is_open()
        until(lambda: "data" in wire.answer(VIEWER), "there is room again")


def test_operations_that_are_completed_at_once_leave_nothing(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "MOST_OPERATIONS", 30)
    begin = text({"type": "subscribe", "id": "brief", "payload": {"query": FOLLOW}})
    with greeted(url, world.garage.sam) as wire:
        wire.line.socket.sendall((begin + text({"type": "complete", "id": "brief"})) * 20)
        assert wire.is_open()

        def is_room_for_30() -> bool:
            """Those that were begun count until their first look has ended: meanwhile some of these are refused."""
            ids = [wire.subscribe(FOLLOW) for _ in range(29)]
            asked, heard = wire.subscribe(VIEWER), [wire.hear()]
            while heard[-1]["id"] != asked or heard[-1]["type"] == "next":
                heard.append(wire.hear())
            for id_ in ids:
                wire.say(type="complete", id=id_)
            return [each["type"] for each in heard] == ["next", "complete"]

        until(is_room_for_30, "nothing is left of what was completed")


def are_waiting(world: World, count: int) -> bool:
    return waiting(world) == count


def test_what_was_begun_counts_although_nobody_wants_it(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "MOST_OPERATIONS", 3)
    id_ = customer(world)
    with greeted(url, world.garage.ada) as wire, psycopg.connect(world.cluster.dsn(world.cell)) as holder:
        holder.execute(f'SELECT FROM "{world.garage.tenant.schema}".customer WHERE id = %s FOR UPDATE', [id_])
        for number in range(3):
            before = waiting(world)
            begun = wire.subscribe(UPDATE, variables={"id": id_, "input": {"name": f"Unwanted {number}"}})
            until(partial(are_waiting, world, before + 1), "it waits for the record")
            wire.say(type="complete", id=begun)
        refused = wire.answer(VIEWER)
        assert refused["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert wire.is_open()
        holder.rollback()
        until(lambda: "data" in wire.answer(VIEWER), "there is room again")
    version = "SELECT version FROM customer WHERE id = %s"
    until(lambda: world.sql(world.garage, version, id_) == [(4,)], "all three were done")


def test_a_flood_of_operations_is_paid_for_like_requests(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, rates, person_rate=20)
    with greeted(url, world.garage.sue) as wire, greeted(url, world.rival.rita) as other:
        ids = [wire.subscribe(VIEWER) for _ in range(60)]
        told: dict[str, list[str]] = {id_: [] for id_ in ids}
        while any(not kinds or kinds[-1] == "next" for kinds in told.values()):
            message = wire.hear()
            told[message["id"]].append(message["type"])
        assert set(map(tuple, told.values())) == {("error",), ("next", "complete")}
        answered = sum(kinds[0] == "next" for kinds in told.values())
        assert 1 <= answered <= 40  # the more where a minute has just ended, the less where others asked before
        assert other.answer(VIEWER)["data"] == {"viewer": {"name": "rita"}}


@pytest.mark.parametrize("most", ["person_live_connections", "tenant_live_connections", "live_connections"])
def test_there_is_a_limit_of_connections(world: World, url: str, monkeypatch: pytest.MonkeyPatch, most: str) -> None:
    until(lambda: open_now("websocket") == 0, "those of other tests have ended")
    limited(monkeypatch, places, **{most: 2})
    sam, sue, rita = world.garage.sam, world.garage.sue, world.rival.rita
    second, third, free = {
        "person_live_connections": (sam, sam, sue),
        "tenant_live_connections": (sue, sam, rita),
        "live_connections": (rita, sam, None),
    }[most]
    with greeted(url, sam) as kept:
        with greeted(url, second):
            with opened(url) as refused:
                greet(refused, third)
                code, reason = refused.closed()
                assert (code, "has 2 live connections, which is the most." in reason) == (1013, True)
            if free is not None:
                with greeted(url, free) as other:
                    assert other.is_open()
            assert kept.is_open()
        until(lambda: open_now("websocket") == 1, "a place is free again")
        with greeted(url, third) as again:
            assert again.is_open()


def test_who_has_not_greeted_is_limited_by_network_address(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: open_now("websocket") == 0, "those of other tests have ended")
    monkeypatch.setattr(places, "MOST_WAITING", 1)
    with greeted(url, world.garage.sam), opened(url) as waiting:
        assert waiting.is_open()
        with opened(url) as second:
            assert second.closed()[0] == 1013
        greet(waiting, world.garage.sam)
        assert waiting.hear() == {"type": "connection_ack"}
        with greeted(url, world.garage.sam) as third:
            assert third.is_open()


def test_a_suspended_company_is_cut_off_and_no_other(world: World, url: str) -> None:
    with greeted(url, world.garage.sam) as wire, greeted(url, world.rival.rita) as other:
        suspend(world.garage.tenant)
        try:
            assert wire.closed()[0] == 1013
            forget_callers()
            with opened(url) as fresh:
                greet(fresh, world.garage.sam)
                assert fresh.closed()[0] == 1013
            assert other.is_open()
        finally:
            resume(world.garage.tenant)
            forget_callers()


@pytest.fixture
def hasty(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server whose patience ends soon."""
    monkeypatch.setattr(server, "PATIENCE", 1.0)
    monkeypatch.setattr(server, "LAST_SECONDS", 0.5)
    monkeypatch.setattr(server, "PING_SECONDS", 0.5)
    with serving() as found:
        yield found


def flood(line: socket.socket, what: bytes) -> None:
    """Send the same again and again, and read nothing, until it is reset."""
    try:
        while True:
            line.sendall(what)
    except OSError:
        return


def ends(line: socket.socket) -> None:
    """Read until nothing comes any more."""
    try:
        while line.recv(1 << 20):
            pass
    except ConnectionResetError:
        return


def test_who_never_reads_is_cut_off_while_others_are_answered(world: World, hasty: str) -> None:
    before = open_now("websocket")
    stuck = bare(hasty)
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.sendall(text({**INIT, "payload": {"authorization": f"Bearer {world.garage.sam.token}"}}))
    ping = text({"type": "ping", "payload": {"much": "x" * 60_000}})

    flooding = threading.Thread(target=flood, args=(stuck, ping))
    flooding.start()
    with greeted(hasty, world.rival.rita) as other:
        until(lambda: not flooding.is_alive(), "the server has cut it off", 60)
        assert other.answer(VIEWER)["data"] == {"viewer": {"name": "rita"}}
    until(lambda: open_now("websocket") == before, "nothing is left of it")
    stuck.close()


def test_who_pings_below_the_protocol_and_never_reads_is_cut_off(world: World, hasty: str) -> None:
    before = open_now("websocket")
    stuck = bare(hasty)
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    pings = frame(9, b"x" * 125) * 1000
    flood(stuck, pings)
    until(lambda: open_now("websocket") == before, "nothing is left of it")
    stuck.close()


def test_who_vanishes_without_a_word_is_noticed(world: World, hasty: str) -> None:
    before = open_now("websocket")
    gone = bare(hasty)
    gone.sendall(text({**INIT, "payload": {"authorization": f"Bearer {world.garage.sam.token}"}}))
    gone.sendall(text({"type": "subscribe", "id": "x", "payload": {"query": FOLLOW}}))
    until(lambda: open_now("websocket") == before + 1, "it is there")
    ends(gone)
    until(lambda: open_now("websocket") == before, "it is gone")
    gone.close()


def test_a_fault_of_ours_is_told_to_its_operation_only(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> None:
        raise ZeroDivisionError

    with greeted(url, world.garage.sam) as wire:
        with monkeypatch.context() as patch:
            patch.setattr("saas.schema.live.running.asked", broken)
            told = wire.answer(FOLLOW)
        (error,) = told["errors"]
        assert (error["extensions"]["code"], error["message"]) == ("INTERNAL", "Something went wrong on our side.")
        assert error["extensions"]["requestId"].endswith("/1")
        assert wire.is_open()


def test_a_fault_of_the_connection_is_reported_and_closes_it(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_text: str) -> None:
        raise ZeroDivisionError

    with greeted(url, world.garage.sam) as wire:
        monkeypatch.setattr(websocket, "message_in", broken)
        wire.say(type="ping")
        assert wire.closed() == (1011, "Something went wrong on our side.")
