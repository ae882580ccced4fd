"""What a message says is chosen by subscriptions; a document that fits no more pauses the webhook, with the reason."""

import pytest

from saas.modules.webhooks.pump import webhooks_check
from tests.webhooks.place import change, customer, made, refused
from tests.webhooks.receiver import Receiver
from tests.world import World

NAMES = "subscription { customerChanged { kind customer { name owner { name } } } }"
BOTH = """
    subscription A { customerChanged { kind changedFields customer { name } } }
    subscription B { contactChanged { id contact { name } } }"""
VIPS = 'subscription { customerChanged(filter: { name: { startsWith: "Vip" } }) { kind id } }'


def test_the_selection_is_what_is_sent(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, document=NAMES)
    customer(world, world.garage.sam, name="Chosen")
    hook.deliver()
    (got,) = receiver.got
    assert got.body.keys() == {"type", "timestamp", "data"}
    assert got.body["data"] == {
        "customerChanged": {"kind": "CREATED", "customer": {"name": "Chosen", "owner": {"name": "sam"}}}
    }


def test_objects_that_it_does_not_name_are_told_by_their_ids(world: World, receiver: Receiver) -> None:
    hook = made(
        world, world.garage.ada, receiver, "customer.created", "contact.created", "product.created", document=BOTH
    )
    ada = world.garage.ada
    id_ = customer(world, name="Firm")
    contact = ada.ask('mutation($c: ID!) { x: contactCreate(input: { name: "Jo", customerId: $c }) { id } }', c=id_)[
        "x"
    ]
    ada.ask('mutation { x: productCreate(input: { name: "Bolt" }) { id } }')
    hook.deliver()
    told = {got.body["type"]: got.body["data"] for got in receiver.got}
    assert told["customer.created"]["customerChanged"]["customer"] == {"name": "Firm"}
    assert told["contact.created"] == {"contactChanged": {"id": contact["id"], "contact": {"name": "Jo"}}}
    assert told["product.created"].keys() == {"object", "id", "version", "kind", "changedFields"}


def test_its_filter_decides_which_records_are_told(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, document=VIPS)
    customer(world, name="Nobody")
    vip = customer(world, name="Vip One")
    hook.deliver()
    assert [got.body["data"]["customerChanged"]["id"] for got in receiver.got] == [vip]
    assert [(each["state"], each["reason"]) for each in hook.log()] == [("DELIVERED", None), ("SKIPPED", "FILTERED")]
    receiver.clear()
    change(world.garage.ada, vip, name="Nobody too")
    hook.deliver()
    assert [got.body["data"]["customerChanged"]["kind"] for got in receiver.got] == ["OUT_OF_SIGHT"]


@pytest.mark.parametrize(
    "document",
    [
        "subscription A { customerChanged { kind } } subscription B { customerChanged { id } }",
        "subscription { customerChanged { kind } contactChanged { kind } }",
        "subscription { customerChanged(filter: { name: { startsWith: 5 } }) { kind } }",
        "subscription { jobChanged { kind } }",
        "mutation { webhookDelete(id: 1) { id } }",
        "x" * 20_001,
    ],
)
def test_documents_that_choose_nothing_are_refused(world: World, document: str) -> None:
    assert {path for _, (path, *_) in refused(world.garage.ada, document=document)} == {"document"}


def test_a_document_that_a_release_no_longer_understands_pauses_it(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, name="Old", document=NAMES)
    customer(world)
    hook.sql("UPDATE webhook_endpoint SET document = 'subscription { customerChanged { fax } }'")
    with world.garage.scope() as scope:
        assert webhooks_check(scope) == ["Old"]
    told = hook.now()
    assert (told["state"], told["reason"]) == ("PAUSED", "DOCUMENT_UNFIT")
    assert "fax" in told["reasonDetail"]
    hook.deliver()
    assert receiver.got == []
    refusal = hook.acted("Resume")
    assert (refusal["id"], refusal["problems"][0]["code"]) == (None, "RULE_BROKEN")
    hook.acted("Update", ", input: { document: null }")
    assert hook.acted("Resume")["id"] == hook.id
    hook.deliver()
    assert len(receiver.got) == 1


def test_it_is_never_sent_with_a_document_that_became_unfit_while_it_waited(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, document=NAMES)
    customer(world)
    hook.pump()
    hook.sql("UPDATE webhook_endpoint SET document = 'subscription { customerChanged { fax } }'")
    assert hook.round() is None
    assert (receiver.got, hook.now()["state"], hook.states()) == ([], "PAUSED", ["WAITING"])


def test_events_that_are_asked_for_no_longer_are_not_sent(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, "customer.*")
    receiver.answers(500)
    customer(world)
    hook.deliver()
    hook.acted("Update", ', input: { events: ["contact.*"] }')
    hook.hasten()
    hook.deliver()
    assert len(receiver.got) == 1
    assert [(each["state"], each["reason"]) for each in hook.log()] == [("SKIPPED", "FILTERED")]
