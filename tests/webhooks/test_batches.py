"""Several changes in one message: in their order, with the ids that they have alone, and together at each try."""

import pytest

from saas.modules.webhooks import queue
from tests.webhooks.place import change, customer, made
from tests.webhooks.receiver import Receiver
from tests.webhooks.test_signatures import verified
from tests.world import World


def test_a_batch_holds_what_waits_in_its_order(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, batchSize=2)
    ids = [customer(world) for _ in range(3)]
    hook.deliver()
    first, last = receiver.got
    assert first.body.keys() == {"type", "timestamp", "data"}
    assert (first.body["type"], last.body["type"]) == ("batch", "batch")
    assert [[each["data"]["id"] for each in got.body["data"]] for got in (first, last)] == [ids[:2], ids[2:]]
    assert [each["type"] for each in first.body["data"]] == ["customer.created"] * 2
    told = [each["messageId"] for each in reversed(hook.log())]
    assert [each["id"] for got in (first, last) for each in got.body["data"]] == told
    assert len({*told, first.id, last.id}) == 5
    assert verified(first, hook.secret)
    assert hook.states() == ["DELIVERED"] * 3


def test_a_batch_that_failed_is_tried_again_as_it_was(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, batchSize=3)
    receiver.answers(500)
    ids = [customer(world), customer(world)]
    hook.deliver()
    later = customer(world)
    hook.hasten()
    hook.deliver()
    assert [[each["data"]["id"] for each in got.body["data"]] for got in receiver.got] == [ids, ids, [later]]
    assert receiver.got[0].id == receiver.got[1].id != receiver.got[2].id
    assert [each["attempts"] for each in reversed(hook.log())] == [2, 2, 1]
    assert [len(each["tries"]) for each in reversed(hook.log())] == [2, 2, 1]


def test_what_may_not_be_seen_is_no_part_of_it(world: World, receiver: Receiver) -> None:
    document = 'subscription { customerChanged(filter: { name: { startsWith: "In" } }) { id } }'
    hook = made(world, world.garage.ada, receiver, batchSize=5, document=document)
    inside = [customer(world, name="In 1"), customer(world, name="Out"), customer(world, name="In 2")]
    hook.deliver()
    (got,) = receiver.got
    assert [each["data"]["customerChanged"]["id"] for each in got.body["data"]] == [inside[0], inside[2]]
    assert hook.states() == ["DELIVERED", "SKIPPED", "DELIVERED"]


def test_one_that_is_sent_once_more_is_a_batch_of_its_own(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, batchSize=2)
    customer(world)
    second = customer(world)
    hook.deliver()
    latest = hook.log()[0]
    hook.acted("Redeliver", f', deliveryIds: ["{latest["id"]}"]')
    hook.deliver()
    again = receiver.got[1].body["data"]
    assert [(each["id"], each["data"]["id"]) for each in again] == [(latest["messageId"], second)]


def test_one_that_is_sent_once_more_does_not_split_a_batch_that_waits(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, batchSize=3)
    receiver.answers(500)
    ids = [customer(world) for _ in range(3)]
    hook.deliver()
    middle = f', deliveryIds: ["{hook.log()[1]["id"]}"]'
    for act in ("DeliveriesSkip", "Redeliver"):
        assert hook.acted(act, middle, "count")["count"] == 1
    hook.deliver()
    told = [[each["data"]["id"] for each in got.body["data"]] for got in receiver.got]
    assert told == [ids, [ids[0], ids[2]], [ids[1]]]
    assert receiver.ids()[0] == receiver.ids()[1] != receiver.ids()[2]


def test_a_batch_stays_one_however_far_apart_it_lies(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_LOOKED_AT", 2)
    hook = made(world, world.garage.ada, receiver, batchSize=2)
    ids = [customer(world) for _ in range(4)]
    hook.deliver()
    last, *_, first = (each["id"] for each in hook.log())
    hook.sql("UPDATE webhook_delivery SET state = 'waiting', batch_id = NULL")
    hook.sql("UPDATE webhook_delivery SET batch_id = %s WHERE id IN (%s, %s)", last, first, last)
    hook.deliver()
    told = [[each["data"]["id"] for each in got.body["data"]] for got in receiver.got[2:]]
    assert told == [[ids[0], ids[3]], [ids[1]], [ids[2]]]


def test_many_rounds_keep_the_order(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, batchSize=1)
    id_ = customer(world)
    for number in range(45):
        change(world.garage.ada, id_, website=f"w{number}.test")
    hook.deliver()
    assert [got.body["data"]["version"] for got in receiver.got] == [*range(1, 47)]
