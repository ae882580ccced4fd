"""Trying it: a dry run shows what would be sent, a test sends one message now; neither is a delivery."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest

from saas.engine.access.tables import RowScope
from saas.modules.webhooks import trying
from tests.contracts.ledger import marks
from tests.tenants.place import until
from tests.webhooks.people import reader
from tests.webhooks.place import customer, made
from tests.webhooks.receiver import Receiver, Says
from tests.webhooks.test_signatures import verified
from tests.world import Person, World

DRY = """
    query($event: String!, $record: ID!, $said: String) {
      x: webhookDryRun(event: $event, recordId: $record, document: $said) { body }
    }"""
NAMES = 'subscription { customerChanged(filter: { name: { ne: "No" } }) { kind customer { name taxNo } } }'
ANSWER = "delivered status ms answer error"


@pytest.fixture(scope="module")
def blind(world: World) -> Person:
    """Somebody who does not see what finance has of customers."""
    return reader(world, "dry", RowScope.ALL, "finance")


def dry(person: Person, record: str, event: str = "customer.updated", document: str | None = NAMES) -> Any:
    body = person.ask(DRY, event=event, record=record, said=document)["x"]["body"]
    return body and orjson.loads(body)


def test_a_dry_run_shows_the_body_with_ones_own_rights(world: World, blind: Person, receiver: Receiver) -> None:
    id_ = customer(world, name="Dry", tax_no="T-1")
    before = marks(world, world.garage)
    told = dry(world.garage.ada, id_)
    assert (told["type"], told["data"]) == (
        "customer.updated",
        {"customerChanged": {"kind": "UPDATED", "customer": {"name": "Dry", "taxNo": "T-1"}}},
    )
    assert dry(blind, id_)["data"]["customerChanged"]["customer"] == {"name": "Dry", "taxNo": None}
    assert dry(world.garage.ada, id_, "customer.created")["data"]["customerChanged"]["kind"] == "CREATED"
    assert dry(world.garage.ada, id_, "customer.deleted")["data"]["customerChanged"]["customer"] is None
    assert dry(world.garage.ada, id_, document=None)["data"]["id"] == id_
    assert dry(world.garage.ada, customer(world, name="No")) is None
    assert receiver.got == []
    assert marks(world, world.garage)["webhook_attempt"] == before["webhook_attempt"]


def test_a_dry_run_of_nothing_says_so(world: World, blind: Person) -> None:
    id_ = customer(world)
    for person, values, path in (
        (world.garage.ada, {"event": "customer.exploded", "record": id_}, ["event"]),
        (world.garage.ada, {"event": "contact.created", "record": id_}, ["recordId"]),
        (world.garage.ada, {"event": "customer.created", "record": id_, "said": "{ x }"}, ["document"]),
        (world.rival.rita, {"event": "customer.created", "record": id_}, ["recordId"]),
        (blind, {"event": "opportunity.created", "record": id_}, ["recordId"]),
    ):
        (error,) = person.errors(DRY, **values)
        assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_INPUT", path)
    assert world.garage.vera.errors(DRY, event="customer.created", record=id_)[0]["extensions"]["code"] == "FORBIDDEN"


def test_a_test_sends_a_sample_and_tells_what_came_back(world: World, receiver: Receiver) -> None:
    id_ = customer(world, name="Sample")
    hook = made(world, world.garage.ada, receiver, document=NAMES)
    receiver.says = lambda _got: Says(201, b"thank you")
    told = hook.acted("Test", f', event: "customer.created", recordId: "{id_}"', ANSWER)
    assert (told["delivered"], told["status"], told["answer"], told["error"]) == (True, 201, "thank you", None)
    (got,) = receiver.got
    assert got.id.startswith("msg_test_")
    assert got.body["data"]["customerChanged"]["customer"]["name"] == "Sample"
    assert verified(got, hook.secret)
    hook.deliver()
    assert (hook.log(), len(receiver.got)) == ([], 1)


def test_without_a_record_it_is_the_newest_in_sight(world: World, blind: Person, receiver: Receiver) -> None:
    hook = made(world, blind, receiver)
    id_ = customer(world)
    receiver.says = lambda _got: Says(500, b"oh")
    told = hook.acted("Test", selection=ANSWER)
    assert (told["delivered"], told["status"], told["answer"]) == (False, 500, "oh")
    assert receiver.got[0].body["data"]["id"] == id_
    assert hook.now()["failures"] == 0


def test_a_test_of_what_is_out_of_sight_sends_nothing(world: World, receiver: Receiver) -> None:
    owner = reader(world, "nothing", RowScope.OWN)
    hook = made(world, owner, receiver)
    told = hook.acted("Test", f', recordId: "{customer(world)}"', ANSWER)
    assert (told["id"], told["delivered"], told["problems"][0]["code"]) == (None, False, "NOT_FOUND")
    assert receiver.got == []


def test_a_test_stands_alone(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    customer(world)
    one = f'webhookTest(id: "{hook.id}") {{ id problems {{ code message }} }}'
    before = marks(world, world.garage)
    pause = f'webhookPause(id: "{hook.id}") {{ id }}'
    for both in (f"{pause} x: {one}", f"x: {one} y: {one}", f"x: {one} ... on Mutation {{ y: {one} }}"):
        told = hook.person.ask(f"mutation {{ {both} }}")
        assert (told["x"]["id"], told["x"]["problems"][0]["code"]) == (None, "BAD_INPUT")
    answer = hook.person.http(f"mutation {{ x: {one} }}", {}, **{"idempotency-key": "test-1"}).json()["data"]["x"]
    assert (answer["id"], answer["problems"][0]["code"]) == (None, "BAD_INPUT")
    assert (receiver.got, marks(world, world.garage)) == ([], before)


def test_a_third_test_at_a_time_is_refused(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    customer(world)
    go_on = threading.Event()
    receiver.says = lambda _got: Says(200 if go_on.wait(10) else 500)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(hook.acted, "Test", selection=ANSWER) for _ in range(2)]
        until(lambda: len(receiver.got) == 2, "both are under way")
        (error,) = hook.person.errors(f'mutation {{ webhookTest(id: "{hook.id}") {{ id }} }}')
        go_on.set()
        assert [each.result()["status"] for each in both] == [200, 200]
    assert (error["extensions"]["code"], len(receiver.got)) == ("RATE_LIMITED", 2)
    assert hook.acted("Test", selection=ANSWER)["status"] == 200


def test_a_test_waits_for_a_few_seconds_only(world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "SECONDS", 0.2)
    hook = made(world, world.garage.ada, receiver)
    customer(world)
    never = threading.Event()
    receiver.says = lambda _got: Says(200 if never.wait(2) else 204)
    told = hook.acted("Test", selection=ANSWER)
    never.set()
    assert (told["delivered"], told["status"]) == (False, None)
    assert "took too long" in told["error"]
