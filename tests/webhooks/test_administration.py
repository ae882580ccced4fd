"""Making and changing webhooks: what is taken, what is refused, what is kept secret, and what is written down."""

from typing import Any

import pytest

from saas.kit.vault import opened
from saas.modules.webhooks.tables import HEADERS, SECRETS
from tests.contracts.ledger import marks
from tests.webhooks.place import CREATE, customer, made, refused
from tests.webhooks.receiver import Receiver
from tests.world import World

UPDATE = """
    mutation($id: ID!, $input: WebhookUpdateInput!) {
      x: webhookUpdate(id: $id, input: $input) {
        id webhook { name url events batchSize headerNames } problems { path }
      }
    }"""


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"url": "http://shop.example/hook"}, "url"),
        ({"url": "https://me:secret@shop.example/hook"}, "url"),
        ({"url": "ftp://shop.example"}, "url"),
        ({"url": "https://shop.example/#part"}, "url"),
        ({"url": "nowhere"}, "url"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"events": []}, "events"),
        ({"events": ["customer.exploded"]}, "events"),
        ({"events": ["unicorn.*"]}, "events"),
        ({"events": ["customer"]}, "events"),
        ({"batchSize": 0}, "batchSize"),
        ({"batchSize": 101}, "batchSize"),
        ({"document": "{ customers { nodes { id } } }"}, "document"),
        ({"document": "subscription { customerChanged { nonsense } }"}, "document"),
        ({"document": "nonsense"}, "document"),
        ({"document": "subscription($id: ID!) { customerChanged(id: $id) { kind } }"}, "document"),
        ({"headers": [{"name": "Host", "value": "evil"}]}, "headers"),
        ({"headers": [{"name": "webhook-signature", "value": "v1,x"}]}, "headers"),
        ({"headers": [{"name": "Content-Length", "value": "1"}]}, "headers"),
        ({"headers": [{"name": "X-A", "value": "two\r\nlines"}]}, "headers"),
        ({"headers": [{"name": "X A", "value": "x"}]}, "headers"),
        ({"headers": [{"name": f"X-{n}", "value": "x"} for n in range(11)]}, "headers"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(world: World, wanted: dict[str, Any], path: str) -> None:
    before = marks(world, world.garage)
    assert refused(world.garage.ada, **wanted) == [("BAD_INPUT", [path])]
    assert marks(world, world.garage) == before


@pytest.mark.parametrize("pattern", ["*", "customer.*", "*.deleted", "*.*", "opportunity.won", "customer.merged"])
def test_patterns_that_mean_something_are_taken(world: World, receiver: Receiver, pattern: str) -> None:
    assert made(world, world.garage.ada, receiver, pattern).now()["events"] == [pattern]


def test_the_secret_and_the_headers_are_kept_sealed_and_shown_once(world: World, receiver: Receiver) -> None:
    key = {"name": "X-Api-Key", "value": "k-123"}
    hook = made(world, world.garage.ada, receiver, headers=[key])
    ((secret, headers),) = hook.sql("SELECT secret, headers FROM webhook_endpoint")
    assert opened(bytes(secret), SECRETS).decode() == hook.secret
    assert opened(bytes(headers), HEADERS) == b'{"X-Api-Key":"k-123"}'
    told = world.garage.ada.http("{ webhooks { nodes { id name url events headerNames } } }").text
    assert hook.secret not in told
    assert "k-123" not in told
    assert hook.now()["headerNames"] == ["X-Api-Key"]
    customer(world)
    hook.deliver()
    assert receiver.got[0].headers["x-api-key"] == "k-123"
    acts = world.garage.ada.http("{ identityActs(first: 9) { nodes { verb subject details } } }").text
    assert (hook.secret in acts, "k-123" in acts, "/hook" in acts) == (False, False, False)


def test_an_answer_that_is_kept_is_kept_without_the_secret(world: World, receiver: Receiver) -> None:
    wanted = {"name": "Twice", "url": receiver.url, "events": ["*"]}
    answers = [
        world.garage.ada.http(CREATE, {"input": wanted}, **{"idempotency-key": "webhook-1"}).json()["data"]["x"]
        for _ in range(2)
    ]
    assert answers[0]["id"] == answers[1]["id"]
    assert answers[0]["secret"].startswith("whsec_")
    assert answers[1]["secret"] is None


def test_what_is_named_is_changed_and_the_rest_stays(world: World, receiver: Receiver) -> None:
    ada = world.garage.ada
    hook = made(world, ada, receiver, document="subscription { customerChanged { kind } }", batchSize=5)
    told = ada.ask(UPDATE, id=hook.id, input={"name": "Other", "events": ["contact.*"]})["x"]
    assert told["webhook"] == {
        "name": "Other", "url": receiver.url, "events": ["contact.*"], "batchSize": 5, "headerNames": [],
    }  # fmt: skip
    assert hook.now()["document"] is not None
    ada.ask(UPDATE, id=hook.id, input={"document": None, "batchSize": None})
    assert (hook.now()["document"], hook.now()["batchSize"]) == (None, 5)
    before = marks(world, world.garage)
    wrong = ada.ask(UPDATE, id=hook.id, input={"url": "http://inside.example"})["x"]
    assert (wrong["id"], wrong["problems"][0]["path"]) == (None, ["url"])
    assert marks(world, world.garage) == before


@pytest.mark.parametrize(
    ("url", "more", "kept"),
    [
        ("https://shop.example/other", {}, True),
        ("https://shop.example:8443/hook", {}, False),
        ("https://shop2.example/hook", {}, False),
        ("https://shop2.example/hook", {"headers": [{"name": "X-Api-Key", "value": "new"}]}, True),
    ],
)
def test_headers_are_told_to_the_server_for_which_they_were_given(
    world: World, receiver: Receiver, url: str, more: dict[str, Any], kept: bool
) -> None:
    hook = made(world, world.garage.ada, "https://shop.example/hook", headers=[{"name": "X-Api-Key", "value": "k"}])
    assert world.garage.ada.ask(UPDATE, id=hook.id, input={"url": url, **more})["x"]["problems"] == []
    assert hook.now()["headerNames"] == (["X-Api-Key"] if kept else [])
    assert (hook.sql("SELECT headers FROM webhook_endpoint") == [(None,)]) is not kept


def test_a_change_of_scheme_forgets_the_headers_too(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, headers=[{"name": "X-Api-Key", "value": "k"}])
    world.garage.ada.ask(UPDATE, id=hook.id, input={"url": receiver.url.replace("http:", "https:")})
    assert hook.now()["headerNames"] == []


def test_every_act_is_written_down(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    customer(world)
    hook.deliver()
    hook.acted("Update", ', input: { name: "Act" }')
    for field in ("Pause", "Resume", "RotateSecret", "Test"):
        assert hook.acted(field)["id"] == hook.id
    hook.acted("Redeliver", f', deliveryIds: ["{hook.log()[0]["id"]}"]')
    hook.acted("DeliveriesSkip", f', deliveryIds: ["{hook.log()[0]["id"]}"]')
    hook.acted("Delete")
    acts = world.garage.ada.ask("{ identityActs(first: 50) { nodes { verb subject actorId details } } }")
    ours = [each for each in acts["identityActs"]["nodes"] if each["subject"] == hook.id]
    verbs = ("create", "update", "pause", "resume", "secret_rotate", "test", "redeliver", "deliveries_skip", "delete")
    assert [each["verb"] for each in reversed(ours)] == [f"webhook.{verb}" for verb in verbs]
    assert {each["actorId"] for each in ours} == {str(world.garage.ada.id)}
    assert hook.now() is None


def test_paused_it_keeps_its_place_and_goes_on_from_there(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    told = hook.acted("Pause", selection="webhook { state reason }")
    assert told["webhook"] == {"state": "PAUSED", "reason": "BY_HAND"}
    ids = [customer(world), customer(world)]
    hook.deliver()
    assert receiver.got == []
    assert hook.acted("Resume", selection="webhook { state reason }")["webhook"] == {"state": "ACTIVE", "reason": None}
    hook.deliver()
    assert [got.body["data"]["id"] for got in receiver.got] == ids


def test_its_own_changes_are_left_out_where_that_is_asked(world: World, receiver: Receiver) -> None:
    ada = world.garage.ada
    hook = made(world, ada, receiver, "customer.created", skipOwn=True)
    ada.ask('mutation { x: customerCreate(input: { name: "By herself" }) { id } }')
    other = customer(world)
    hook.deliver()
    assert [got.body["data"]["id"] for got in receiver.got] == [other]


def test_pages_of_webhooks(world: World, receiver: Receiver) -> None:
    hooks = [made(world, world.garage.ada, receiver).id for _ in range(3)]
    query = "query($after: ID) { x: webhooks(first: 2, after: $after) { nodes { id } hasNextPage } }"
    first = world.garage.ada.ask(query)["x"]
    assert ([each["id"] for each in first["nodes"]], first["hasNextPage"]) == (hooks[:2], True)
    rest = world.garage.ada.ask(query, after=hooks[1])["x"]
    assert ([each["id"] for each in rest["nodes"]], rest["hasNextPage"]) == (hooks[2:], False)
