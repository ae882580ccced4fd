"""Subscriptions over server-sent events: one request, one stream; resumed by the id of the last event."""

import json
import socket
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest

from saas.cli import server
from saas.kit.errors import Unavailable
from saas.schema.live import places, sse
from saas.tenants.sign_in import issue_token
from tests.live.ear import CUSTOMERS
from tests.live.places import limited, open_now
from tests.live.stream import Stream, streamed
from tests.schema.following import customer, update
from tests.served import serving
from tests.tenants.place import until
from tests.world import Person, World

NOW = '{ changes(objects: ["customer"], from: NOW, first: 0) { cursor } }'
COMPLETE = {"event": "complete", "data": ""}


def now(person: Person) -> str:
    """The cursor of this moment."""
    cursor: str = person.ask(NOW)["changes"]["cursor"]
    return cursor


def told(stream: Stream) -> tuple[str, str]:
    """Record and kind of the next event; it carries its cursor as id."""
    event = stream.next()
    assert event.name == "next", event
    change = event.answer["data"]["customerChanged"]
    assert event.fields["id"] == change["cursor"]
    return change["id"], change["kind"]


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def test_a_list_is_followed_by_each_company_alone(world: World, url: str) -> None:
    ada, rita = world.garage.ada, world.rival.rita
    with (
        streamed(url, ada, CUSTOMERS, variables={"after": now(ada)}) as ours,
        streamed(url, rita, CUSTOMERS, variables={"after": now(rita)}) as theirs,
    ):
        id_ = customer(world)
        assert told(ours) == (id_, "CREATED")
        update(world, id_, name="Streamed")
        assert told(ours) == (id_, "UPDATED")
        foreign = rita.ask('mutation { x: customerCreate(input: { name: "F" }) { id } }')["x"]["id"]
        assert told(theirs) == (foreign, "CREATED")


def test_proxies_are_told_not_to_hold_it_back(world: World, url: str) -> None:
    with streamed(url, world.garage.ada, CUSTOMERS) as stream:
        headers = stream.answer.headers
        assert stream.answer.status_code == 200
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store, no-transform", "no")
        assert "content-length" not in headers
        assert headers["x-request-id"]
        assert headers["ratelimit"]
        first = stream.event()
        assert first is not None
        assert 1_000 <= int(first.fields["retry"]) <= 4_000


def test_a_stream_that_has_nothing_to_tell_says_that_it_lives(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "KEEP_ALIVE", 0.05)
    with streamed(url, world.garage.ada, CUSTOMERS) as stream:
        stream.event()
        for _ in range(3):
            event = stream.event()
            assert event is not None
            assert event.fields == {"comment": ""}


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_who_comes_back_with_the_last_id_goes_on_without_a_gap(world: World, url: str, method: str) -> None:
    ada = world.garage.ada
    with streamed(url, ada, CUSTOMERS, method=method, variables={"after": now(ada)}) as stream:
        first = customer(world)
        last = stream.next().fields["id"]
    missed = [customer(world) for _ in range(3)]
    with streamed(url, ada, CUSTOMERS, method=method, headers={"last-event-id": last}) as stream:
        assert [told(stream)[0] for _ in missed] == missed
        update(world, first, name="Again")
        assert told(stream) == (first, "UPDATED")


def test_without_the_cursor_there_is_no_id(world: World, url: str) -> None:
    ada = world.garage.ada
    query = "subscription($after: String) { customerChanged(after: $after) { id } }"
    with streamed(url, ada, query, variables={"after": now(ada)}) as stream:
        id_ = customer(world)
        event = stream.next()
        assert set(event.fields) == {"event", "data"}
        assert event.answer == {"data": {"customerChanged": {"id": id_}}}


@pytest.mark.parametrize(
    "query",
    ["{ viewer { name } }", "{ viewer { name } customers(first: 501) { nodes { id } } }", "{ nothing }", "{"],
)
def test_a_query_is_a_stream_of_one(world: World, url: str, query: str) -> None:
    plain = world.garage.sam.http(query).json()
    for _ in range(2):  # the second time from what is known by then
        with streamed(url, world.garage.sam, query) as stream:
            event = stream.next()
            assert (event.name, event.answer) == ("next", plain)
            assert stream.next().fields == COMPLETE
            assert stream.ends()


def test_a_client_that_takes_anything_gets_json_but_for_subscriptions(world: World, url: str) -> None:
    accept = {"accept": "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"}
    with streamed(url, world.garage.sam, "{ viewer { name } }", headers=accept) as stream:
        assert stream.answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    with streamed(url, world.garage.sam, CUSTOMERS, headers=accept) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_a_subscription_by_plain_http_is_told_how_it_comes(world: World) -> None:
    (error,) = world.garage.sam.errors(CUSTOMERS)
    assert error["message"] == "A subscription cannot come by plain HTTP."
    assert error["extensions"]["remedy"] == (
        "Ask with `Accept: text/event-stream`, or over a websocket with the subprotocol graphql-transport-ws."
    )


def test_what_cannot_be_followed_is_told_in_the_stream(world: World, url: str) -> None:
    for person, variables, code in (
        (world.garage.nick, {}, "FORBIDDEN"),
        (world.garage.ada, {"after": "no cursor"}, "BAD_INPUT"),
        (world.garage.ada, {"id": 5.5}, "BAD_INPUT"),
    ):
        with streamed(url, person, CUSTOMERS, variables=variables) as stream:
            assert codes(stream.next().answer) == [code]
            assert stream.next().fields == COMPLETE


def test_an_outage_is_told_by_silence_and_a_fault_by_its_number(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(_asked: object) -> AsyncGenerator[bytes, None]:
        yield b'{"data":{"customerChanged":null}}'
        raise error

    monkeypatch.setattr(sse, "follow", failing)
    error: Exception = Unavailable("A server does not answer.")
    with streamed(url, world.garage.ada, CUSTOMERS) as stream:
        assert stream.next().answer == {"data": {"customerChanged": None}}
        assert stream.ends()  # without `complete`, so that the client asks again
    error = ZeroDivisionError()
    with streamed(url, world.garage.ada, CUSTOMERS) as stream:
        stream.next()
        (told,) = stream.next().answer["errors"]
        assert told["extensions"]["code"] == "INTERNAL"
        assert told["extensions"]["requestId"] == stream.answer.headers["x-request-id"]
        assert stream.next().fields == COMPLETE


def test_who_has_no_token_or_no_place_gets_a_status(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with streamed(url, None, CUSTOMERS) as stream:
        assert stream.answer.status_code == 401
        assert stream.answer.headers["content-type"] == "application/json; charset=utf-8"
    until(lambda: open_now("sse") == 0, "those of other tests have ended")
    limited(monkeypatch, places, person_live_connections=1)
    sam = world.garage.sam
    with streamed(url, sam, CUSTOMERS) as first, streamed(url, sam, CUSTOMERS) as second:
        assert (first.answer.status_code, second.answer.status_code) == (200, 429)
        assert codes({"errors": second.answer.read() and second.answer.json()["errors"]}) == ["RATE_LIMITED"]


def test_a_mutation_by_get_is_405_here_too(world: World, url: str) -> None:
    query = 'mutation { customerCreate(input: { name: "By stream" }) { id } }'
    with streamed(url, world.garage.ada, query, method="GET") as stream:
        assert stream.answer.status_code == 405
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE name = 'By stream'") == [(0,)]


def test_a_client_that_leaves_is_noticed(world: World, url: str) -> None:
    until(lambda: open_now("sse") == 0, "those of other tests have ended")
    with streamed(url, world.garage.sam, CUSTOMERS) as stream:
        stream.event()
        assert open_now("sse") == 1
    until(lambda: open_now("sse") == 0, "it is gone")


def test_a_stream_that_nobody_reads_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.5)
    monkeypatch.setattr(sse, "KEEP_ALIVE", 0.001)
    monkeypatch.setattr(sse, "_COMMENT", b":" + b"x" * 50_000 + b"\n\n")
    with serving() as url, socket.socket() as stuck:
        host, port = url.removeprefix("http://").split(":")
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect((host, int(port)))
        body = json.dumps({"query": CUSTOMERS})
        lines = [
            "POST /graphql HTTP/1.1",
            f"Host: {host}:{port}",
            f"Authorization: Bearer {world.garage.sam.token}",
            "Accept: text/event-stream",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        stuck.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        until(lambda: open_now("sse") == 1, "it is there")
        with streamed(url, world.rival.rita, "{ viewer { name } }") as other:
            assert other.next().answer["data"] == {"viewer": {"name": "rita"}}
        until(lambda: open_now("sse") == 0, "it is gone")


def test_a_token_that_ends_ends_its_stream(world: World, url: str) -> None:
    token = issue_token(world.garage.tenant, world.garage.sam.id, 1).token
    headers = {"authorization": f"Bearer {token}"}
    with streamed(url, None, CUSTOMERS, headers=headers) as stream:
        assert httpx2.post(f"{url}/sign-out", headers=headers).status_code == 204
        assert codes(stream.next().answer) == ["UNAUTHENTICATED"]
        assert stream.next().fields == COMPLETE
        assert stream.ends()
