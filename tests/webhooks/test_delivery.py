"""What happened is sent in its order, each change once; what fails is tried again, with the same id."""

from typing import Any

import pytest

from saas.kit import trace
from tests.webhooks.place import DELETE, change, customer, made
from tests.webhooks.receiver import Receiver, Says
from tests.world import World


def test_changes_are_told_in_their_order_each_once(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    id_ = customer(world)
    change(world.garage.ada, id_, name="Other", website="other.test")
    world.garage.ada.ask(DELETE, id=id_)
    hook.deliver()
    hook.deliver()
    assert [got.body["type"] for got in receiver.got] == ["customer.deleted"]  # of what is gone nothing else is told
    assert receiver.got[-1].body["data"] == {
        "object": "customer", "id": id_, "version": 3, "kind": "DELETED", "changedFields": []
    }  # fmt: skip
    assert hook.states() == ["SKIPPED", "SKIPPED", "DELIVERED"]


def test_one_after_the_other_as_it_happens(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    id_ = customer(world)
    hook.deliver()
    change(world.garage.ada, id_, website="one.test")
    change(world.garage.ada, id_, website="two.test")
    hook.deliver()
    bodies = [got.body for got in receiver.got]
    assert [(body["type"], body["data"]["version"]) for body in bodies] == [
        ("customer.created", 1),
        ("customer.updated", 2),
        ("customer.updated", 3),
    ]
    assert bodies[1]["data"]["changedFields"] == ["website"]
    assert bodies[0]["timestamp"].endswith("Z")
    assert len(set(receiver.ids())) == 3
    assert [each["messageId"] for each in reversed(hook.log())] == receiver.ids()


def test_what_fails_holds_up_what_is_behind_it_and_keeps_its_id(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(500, 502)
    customer(world)
    customer(world)
    hook.deliver()
    (first,) = receiver.ids()
    assert hook.round() is None  # a pause is on
    hook.hasten()
    hook.deliver()
    hook.hasten()
    hook.deliver()
    assert receiver.ids()[:3] == [first] * 3
    assert len(receiver.got) == 4
    told = hook.log()[-1]
    assert (told["state"], told["attempts"]) == ("DELIVERED", 3)
    assert [each["status"] for each in told["tries"]] == [204, 502, 500]
    assert hook.now()["failures"] == 0


def test_the_pauses_grow_until_the_message_is_given_up(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.says = lambda _got: Says(500)
    customer(world)
    hook.pump()
    pauses: list[float] = []
    for _ in range(11):
        hook.round()
        (pause,) = hook.sql("SELECT extract(epoch FROM next_at - now()) FROM webhook_endpoint")
        pauses.append(float(pause[0] or 0))
        hook.hasten()
    assert [0.7 * wait < pause < 1.3 * wait for wait, pause in zip(WAITS, pauses, strict=False)] == [True] * 10
    assert hook.states() == ["FAILED"]
    assert len({*receiver.ids()}) == 1
    receiver.clear()
    customer(world)
    hook.deliver()
    assert hook.states() == ["FAILED", "DELIVERED"]


WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)


def test_a_message_that_the_receiver_refuses_is_given_up_sooner(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(*[422] * 5)
    customer(world)
    customer(world)
    hook.deliver()
    for _ in range(4):
        hook.hasten()
        hook.deliver()
    assert hook.states() == ["FAILED", "DELIVERED"]
    assert len(receiver.got) == 6


@pytest.mark.parametrize(
    ("status", "said", "seconds"), [(503, "120", 120), (429, "7", 7), (500, "120", 5), (503, "99999999999999", 86_400)]
)
def test_a_receiver_that_asks_for_a_pause_gets_it(
    world: World, receiver: Receiver, status: int, said: str, seconds: int
) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.says = lambda _got: Says(status, headers={"Retry-After": said})
    customer(world)
    hook.deliver()
    ((pause,),) = hook.sql("SELECT extract(epoch FROM next_at - now()) FROM webhook_endpoint")
    assert 0.7 * seconds < float(pause) < 1.3 * seconds


def test_what_was_sent_is_sent_once_more_with_its_id(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    id_ = customer(world)
    hook.deliver()
    (told,) = hook.log()
    answer = hook.acted("Redeliver", f', deliveryIds: ["{told["id"]}"]', "count")
    assert (answer["count"], answer["problems"]) == (1, [])
    hook.deliver()
    assert receiver.ids() == [told["messageId"]] * 2
    assert [got.body["data"]["id"] for got in receiver.got] == [id_] * 2


def test_all_that_failed_since_a_moment_is_sent_once_more(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(*[400] * 5)
    customer(world)
    customer(world)
    hook.deliver()
    for _ in range(4):
        hook.hasten()
        hook.deliver()
    assert hook.states() == ["FAILED", "DELIVERED"]
    assert hook.acted("Redeliver", ', since: "2020-01-01T00:00:00Z"', "count")["count"] == 1
    hook.deliver()
    assert hook.states() == ["DELIVERED", "DELIVERED"]


def test_what_waits_can_be_left_out(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(500)
    customer(world)
    customer(world)
    hook.deliver()
    first = hook.log()[-1]
    assert hook.acted("DeliveriesSkip", f', deliveryIds: ["{first["id"]}"]', "count")["count"] == 1
    hook.deliver()
    assert hook.states() == ["SKIPPED", "DELIVERED"]
    assert len(receiver.got) == 2


def test_what_is_left_out_while_it_is_on_its_way_holds_up_nothing(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    receiver.answers(500)
    customer(world)
    customer(world)
    hook.pump()
    work = hook.begun()
    assert work is not None
    assert hook.acted("DeliveriesSkip", f', deliveryIds: ["{hook.log()[-1]["id"]}"]', "count")["count"] == 1
    again = hook.ended(work)
    assert again is not None
    assert (again.after, hook.now()["nextTryAt"]) == (0, None)
    hook.deliver()
    assert hook.states() == ["SKIPPED", "DELIVERED"]


def test_it_goes_on_with_the_trace_of_the_request_and_names_it(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    written = 'mutation { x: customerCreate(input: { name: "Traced" }) { id } }'
    answer = world.garage.ada.http(written, traceparent=f"00-{'a' * 32}-{'b' * 16}-00")
    with trace.continued(f"00-{'c' * 32}-{'d' * 16}-00"):  # the job's own, which is nobody's request
        hook.deliver()
    assert receiver.got[0].headers["traceparent"].split("-")[1] == "a" * 32
    assert hook.log()[0]["requestId"] == answer.headers["x-request-id"]


def test_a_batch_of_several_requests_has_the_trace_of_its_job(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver, batchSize=2)
    for number in "ab":
        written = 'mutation { x: customerCreate(input: { name: "Traced" }) { id } }'
        world.garage.ada.http(written, traceparent=f"00-{number * 32}-{'b' * 16}-00")
    with trace.continued(f"00-{'c' * 32}-{'d' * 16}-00"):
        hook.deliver()
    (got,) = receiver.got
    assert got.headers["traceparent"].split("-")[1] == "c" * 32


def test_an_action_is_told_by_its_own_name(world: World, receiver: Receiver) -> None:
    ada = world.garage.ada
    won = made(world, ada, receiver, "opportunity.won")
    updated = made(world, ada, receiver.url + "/all", "opportunity.updated")
    id_ = _won(world)
    won.deliver()
    updated.deliver()
    told: dict[str, list[Any]] = {}
    for got in receiver.got:
        told.setdefault(got.path, []).append((got.body["type"], got.body["data"]["id"]))
    assert told["/hook"] == [("opportunity.won", id_)]
    assert {each[0] for each in told["/hook/all"]} == {"opportunity.updated"}


def _won(world: World) -> str:
    ada, wanted = world.garage.ada, {"name": "Deal", "customerId": customer(world)}
    create = "mutation($input: OpportunityCreateInput!) { x: opportunityCreate(input: $input) { id } }"
    id_: str = ada.ask(create, input=wanted)["x"]["id"]
    for _ in range(9):
        if ada.ask(f'mutation {{ x: opportunityWin(id: "{id_}") {{ id }} }}')["x"]["id"]:
            return id_
        moved = ada.ask(f'mutation {{ x: opportunityAdvance(id: "{id_}") {{ id problems {{ message }} }} }}')["x"]
        assert moved["id"], moved
    raise AssertionError("it is not won")
