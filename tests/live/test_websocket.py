"""graphql-transport-ws as its clients speak it: greeting, operations, subscriptions, and how each of them ends."""

import hashlib
import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.live.ear import CUSTOMERS
from tests.live.wire import Wire, greeted, opened
from tests.schema.following import customer, update
from tests.world import World

VIEWER = "{ viewer { name tenant { slug } } }"
CREATE = "mutation($name: String!) { customerCreate(input: { name: $name }) { id problems { message } } }"


def names(world: World, name: str) -> list[tuple[Any, ...]]:
    return world.sql(world.garage, "SELECT name FROM customer WHERE name = %s", name)


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def followed(wire: Wire, **variables: Any) -> str:
    """Follow customers, certain to be told what happens from now on."""
    after = wire.answer('{ changes(objects: ["customer"], from: NOW, first: 0) { cursor } }')["data"]["changes"]
    return wire.subscribe(CUSTOMERS, variables={"after": after["cursor"], **variables})


def told(wire: Wire, id_: str) -> tuple[str, str]:
    """Record and kind of the next event."""
    message = wire.hear()
    assert (message["id"], message["type"]) == (id_, "next"), message
    event = message["payload"]["data"]["customerChanged"]
    return event["id"], event["kind"]


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
def test_who_greets_with_a_token_is_whose_it_is(world: World, url: str, name: str) -> None:
    for person in (world.garage.sam, world.rival.rita):
        with opened(url) as wire:
            wire.say(type="connection_init", payload={name: f"Bearer {person.token}"})
            assert wire.hear() == {"type": "connection_ack"}
            viewer = {"name": person.name, "tenant": {"slug": person.tenant.slug}}
            for _ in range(3):  # the second and third time from what is known by then
                assert wire.answer(VIEWER)["data"] == {"viewer": viewer}


def test_the_header_does_where_a_client_can_send_one(world: World, url: str) -> None:
    with opened(url, authorization=f"Bearer {world.garage.sam.token}") as wire:
        wire.say(type="connection_init")
        assert wire.hear() == {"type": "connection_ack"}
        assert wire.answer(VIEWER)["data"]["viewer"]["name"] == "sam"


def test_the_answer_is_that_of_http(world: World, url: str) -> None:
    sam = world.garage.sam
    queries = [
        VIEWER,
        "{ customers(first: 2) { nodes { id name } totalCount { value } } }",
        "{ viewer { name } customers(first: 501) { nodes { id } } }",
        "{ nothing }",
        "{",
        "query A { viewer { id } } query B { viewer { id } }",
    ]
    with greeted(url, sam) as wire:
        for query in queries:
            assert wire.answer(query) == sam.http(query).json(), query


def test_a_mutation_is_done_once_for_its_key(world: World, url: str) -> None:
    with greeted(url, world.garage.ada) as wire:
        payload = {"variables": {"name": "By wire"}, "extensions": {"idempotencyKey": "wire-1"}}
        first, second = wire.answer(CREATE, **payload), wire.answer(CREATE, **payload)
        assert first["data"]["customerCreate"]["id"]
        assert second["data"] == first["data"]
        assert ("idempotencyReplayed" in first["extensions"], second["extensions"]["idempotencyReplayed"]) == (
            False,
            True,
        )
        other = wire.answer(CREATE, **payload | {"variables": {"name": "By another wire"}})
        assert codes(other) == ["IDEMPOTENCY_CONFLICT"]
        assert codes(wire.answer(CREATE, **payload | {"extensions": {"idempotencyKey": 5}})) == ["BAD_INPUT"]
    headers = {"idempotency-key": "wire-1"}
    over_http = world.garage.ada.http(CREATE, {"name": "By wire"}, **headers)
    assert over_http.headers["idempotency-replayed"] == "true"
    assert (names(world, "By wire"), names(world, "By another wire")) == ([("By wire",)], [])


def test_documents_by_id_and_previews(world: World, url: str) -> None:
    role = world.garage.ada.ask('{ roles(filter: { name: { eq: "viewer" } }) { nodes { id } } }')["roles"]["nodes"][0]
    preview = {"asRole": {"roleIds": [role["id"]]}}
    none, query = "sha256:" + "0" * 64, "{ viewer { tenant { slug } } }"
    kept = {"query": query, "documentId": "sha256:" + hashlib.sha256(query.encode()).hexdigest()}
    with greeted(url, world.garage.ada) as wire:
        shown = wire.answer("{ viewer { name permissions } }", extensions=preview)
        assert shown["extensions"]["asRole"]["roleIds"] == [role["id"]]
        assert codes(wire.answer(CREATE, variables={"name": "As role"}, extensions=preview)) == ["BAD_INPUT"]
        assert codes(wire.answer(CUSTOMERS, extensions=preview)) == ["BAD_INPUT"]
        wire.say(type="subscribe", id="by hash", payload={"documentId": none})
        assert codes({"errors": wire.hear()["payload"]}) == ["PERSISTED_DOCUMENT_NOT_FOUND"]
        assert wire.answer(**kept)["data"] == {"viewer": {"tenant": {"slug": "garage"}}}
        wire.say(type="subscribe", id="known", payload={"documentId": kept["documentId"]})
        assert wire.hear()["payload"]["data"] == {"viewer": {"tenant": {"slug": "garage"}}}
        assert wire.hear() == {"id": "known", "type": "complete"}
    assert names(world, "As role") == []


def test_a_list_is_followed_and_left_while_others_go_on(world: World, url: str) -> None:
    with greeted(url, world.garage.ada) as wire, greeted(url, world.rival.rita) as rival:
        first, second = followed(wire), followed(wire)
        theirs = followed(rival)
        id_ = customer(world)
        assert {told_by["id"]: told_by["type"] for told_by in (wire.hear(), wire.hear())} == {
            first: "next",
            second: "next",
        }
        wire.say(type="complete", id=first)
        assert wire.is_open()
        update(world, id_, name="Followed")
        assert told(wire, second) == (id_, "UPDATED")
        assert wire.is_open()  # and nothing else was said
        wire.subscribe(VIEWER, id=first)
        assert [wire.hear()["id"] for _ in range(2)] == [first, first]
        foreign = rival.answer(CREATE, variables={"name": "Foreign"})["data"]["customerCreate"]["id"]
        assert told(rival, theirs) == (foreign, "CREATED")


def test_what_cannot_be_followed_is_an_error_of_that_operation(world: World, url: str) -> None:
    with greeted(url, world.garage.nick) as wire:
        assert codes(wire.answer(CUSTOMERS)) == ["FORBIDDEN"]
        assert codes(wire.answer(CUSTOMERS, variables={"after": "no cursor"})) in (["BAD_INPUT"], ["FORBIDDEN"])
        two = "subscription { a: customerChanged { id } b: customerChanged { id } }"
        assert codes(wire.answer(two)) == ["BAD_INPUT"]
        assert wire.is_open()


def test_a_ping_is_answered_with_what_it_carried(world: World, url: str) -> None:
    with opened(url) as wire:
        wire.say(type="ping")
        assert wire.hear() == {"type": "pong"}
        wire.say(type="ping", payload={"n": 1})
        assert wire.hear() == {"type": "pong", "payload": {"n": 1}}
        wire.say(type="pong")
        assert wire.is_open()


def test_another_subprotocol_is_not_spoken(world: World, url: str) -> None:
    for protocols in (["graphql-ws"], ["soap", "mqtt"]):
        with opened(url, *protocols) as wire:
            assert wire.line.subprotocol is None
            assert wire.closed() == (4406, "Speak the subprotocol graphql-transport-ws.")
    with opened(url, "graphql-ws", "graphql-transport-ws") as wire:
        assert wire.line.subprotocol == "graphql-transport-ws"


def test_another_sites_page_has_nothing_to_show(world: World, url: str) -> None:
    token = world.garage.sam.token
    cookie = f"__Host-atrium-session={token}; authorization=Bearer {token}"
    with opened(url, origin="https://evil.example", cookie=cookie) as wire:
        wire.say(type="connection_init")
        assert wire.closed()[0] == 4401


def test_elsewhere_there_is_no_websocket(world: World, url: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(url.replace("http", "ws", 1) + "/healthz", proxy=None):
        raise AssertionError("it was opened")
    answer = refused.value.response
    assert answer.status_code == 404
    assert json.loads(bytes(answer.body))["error"]["code"] == "NOT_FOUND"
    assert answer.headers["x-request-id"]
