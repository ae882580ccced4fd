"""A webhook is sent in somebody's name: what they may not see is not told, with the rights of the moment of sending."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from saas.engine.access.tables import RowScope
from saas.kit.clock import now
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire, regrant
from tests.webhooks.people import MANAGING, reader
from tests.webhooks.place import change, customer, made, refused
from tests.webhooks.receiver import Receiver
from tests.world import Person, World, rights

DOCUMENT = """
    subscription { customerChanged { kind changedFields customer { name phone annualRevenue { amount } } } }"""


@pytest.fixture(scope="module")
def poorest(world: World) -> Person:
    """Somebody who may manage webhooks, and sees less than their makers."""
    return reader(world, "poorest", RowScope.ALL, "finance")


def test_two_identities_are_told_two_things_of_one_change(world: World, receiver: Receiver) -> None:
    ada, poor = world.garage.ada, reader(world, "poor", RowScope.ALL, "contact", "finance")
    rich = made(world, ada, receiver.url + "/ada", document=DOCUMENT)
    plain = made(world, poor, receiver.url + "/poor", document=DOCUMENT)
    id_ = customer(world, name="Twice")
    rich.deliver()
    plain.deliver()
    receiver.got.clear()
    change(ada, id_, phone="+49 30 1234567", website="twice.test", annualRevenue={"amount": "5", "currency": "USD"})
    rich.deliver()
    plain.deliver()
    told = {got.path: got.body["data"]["customerChanged"] for got in receiver.got}
    assert told["/hook/ada"]["customer"]["annualRevenue"]["amount"] == "5"
    assert {"phone", "website", "annualRevenue"} <= {*told["/hook/ada"]["changedFields"]}
    assert told["/hook/poor"] == {
        "kind": "UPDATED",
        "changedFields": ["website"],
        "customer": {"name": "Twice", "phone": None, "annualRevenue": None},
    }


def test_records_out_of_sight_are_not_told(world: World, receiver: Receiver) -> None:
    own = reader(world, "own", RowScope.OWN)
    hook = made(world, own, receiver)
    customer(world)
    mine = customer(world, own)
    hook.deliver()
    assert [got.body["data"]["id"] for got in receiver.got] == [mine]
    assert [(each["state"], each["reason"]) for each in hook.log()] == [
        ("DELIVERED", None),
        ("SKIPPED", "OUT_OF_SIGHT"),
    ]


def test_a_change_of_hidden_fields_alone_is_not_told(world: World, receiver: Receiver) -> None:
    blind = reader(world, "blind", RowScope.ALL, "finance")
    hook = made(world, blind, receiver, "customer.updated")
    id_ = customer(world)
    change(world.garage.ada, id_, taxNo="T-1")
    hook.deliver()
    assert receiver.got == []
    assert hook.states() == ["SKIPPED"]


def test_the_rights_of_the_moment_of_sending_count(world: World, receiver: Receiver) -> None:
    losing = reader(world, "losing", RowScope.ALL)
    hook = made(world, losing, receiver)
    receiver.answers(500)
    id_ = customer(world)
    hook.deliver()
    assert receiver.got[0].body["data"]["id"] == id_
    regrant(world.garage, losing, Grants(rights(RowScope.OWN, "customer", operations=("read",)) | MANAGING))
    hook.hasten()
    hook.deliver()
    assert len(receiver.got) == 1
    assert hook.states() == ["SKIPPED"]


def test_nobody_has_things_sent_in_the_name_of_who_sees_more(world: World, receiver: Receiver) -> None:
    poor = reader(world, "poorer", RowScope.ALL, "finance")
    rich = reader(world, "richer", RowScope.ALL)
    assert refused(poor, runsAsId=str(rich.id)) == [("FORBIDDEN", ["runsAsId"])]
    assert refused(poor, runsAsId=str(world.garage.ada.id)) == [("FORBIDDEN", ["runsAsId"])]
    assert refused(poor, runsAsId=str(uuid4())) == [("NOT_FOUND", ["runsAsId"])]
    assert refused(poor, runsAsId=str(world.rival.rita.id)) == [("NOT_FOUND", ["runsAsId"])]
    hook = made(world, rich, receiver, runsAsId=str(poor.id))
    assert hook.now()["runsAsId"] == str(poor.id)
    assert made(world, world.garage.ada, receiver, runsAsId=str(rich.id)).now()["createdById"] == str(
        world.garage.ada.id
    )


@pytest.mark.parametrize(
    "field",
    ["Resume", "RotateSecret", "Test", 'Redeliver(deliveryIds: ["00000000-0000-0000-0000-000000000001"])'],
)
def test_who_sees_less_does_not_touch_what_is_sent_in_the_name_of_who_sees_more(
    world: World, receiver: Receiver, poorest: Person, field: str
) -> None:
    hook = made(world, world.garage.ada, receiver)
    name, _, rest = field.partition("(")
    arguments = f'id: "{hook.id}", {rest}' if rest else f'id: "{hook.id}")'
    answer = poorest.ask(f"mutation {{ x: webhook{name}({arguments} {{ id problems {{ code }} }} }}")["x"]
    assert answer == {"id": None, "problems": [{"code": "FORBIDDEN"}]}
    update = "mutation($id: ID!, $input: WebhookUpdateInput!) { x: webhookUpdate(id: $id, input: $input) {"
    update += " id problems { code } } }"
    assert poorest.ask(update, id=hook.id, input={"url": "https://evil.test"})["x"]["id"] is None
    assert hook.now()["url"] == receiver.url
    assert receiver.got == []


def test_who_left_has_nothing_sent_any_more(world: World, receiver: Receiver) -> None:
    leaving = reader(world, "leaving", RowScope.ALL)
    hook = made(world, world.garage.ada, receiver, runsAsId=str(leaving.id))
    world.garage.ada.ask(f'mutation {{ x: employeeDelete(id: "{leaving.id}") {{ id }} }}')
    customer(world)
    hook.deliver()
    assert receiver.got == []
    told = hook.now()
    assert (told["state"], told["reason"]) == ("PAUSED", "IDENTITY_LEFT")
    assert hook.acted("Resume")["id"] is None
    assert hook.now()["state"] == "PAUSED"


def test_the_right_is_needed_for_each_of_it(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    for person in (world.garage.nick, world.garage.mona, world.garage.vera):
        assert refused(person) == [("FORBIDDEN", [])]
        assert person.errors("{ webhooks { nodes { id } } }")[0]["extensions"]["code"] == "FORBIDDEN"
        assert person.errors(f'{{ webhook(id: "{hook.id}") {{ id }} }}')[0]["extensions"]["code"] == "FORBIDDEN"
        assert person.errors(f'{{ webhookDeliveries(id: "{hook.id}") {{ nodes {{ id }} }} }}')
    only = hire(world.garage, "looker", Grants(frozenset(each for each in MANAGING if each.operation == "read")))
    assert only.ask("{ webhooks { nodes { id } } }")["webhooks"]["nodes"] == [{"id": hook.id}]
    assert only.ask(f'mutation {{ x: webhookDelete(id: "{hook.id}") {{ id }} }}')["x"]["id"] is None
    assert hook.now()["id"] == hook.id


def test_another_company_sees_nothing_of_it(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    theirs = made(world, world.rival.rita, receiver.url + "/rival", "*")
    customer(world)
    theirs.deliver()
    hook.deliver()
    assert [got.path for got in receiver.got] == ["/hook"]
    rita = world.rival.rita
    assert rita.ask("{ webhooks { nodes { id } } }")["webhooks"]["nodes"] == [{"id": theirs.id}]
    assert rita.ask(f'{{ x: webhook(id: "{hook.id}") {{ id }} }}') == {"x": None}
    for field in ("Pause", "Resume", "Delete", "RotateSecret", "Test"):
        answer = rita.ask(f'mutation {{ x: webhook{field}(id: "{hook.id}") {{ id problems {{ code }} }} }}')["x"]
        assert answer == {"id": None, "problems": [{"code": "NOT_FOUND"}]}
    assert hook.now()["state"] == "ACTIVE"


def through(person: Person, *scopes: str) -> Person:
    """The same with a token that is good for these scopes only."""
    made = person.ask(
        "mutation($input: PersonalTokenCreateInput!) { x: personalTokenCreate(input: $input) { token } }",
        input={"name": "script", "scopes": list(scopes), "expiresAt": (now() + timedelta(days=1)).isoformat()},
    )["x"]
    return replace(person, token=made["token"])


def test_through_a_token_it_tells_no_more_than_the_token_may_see(world: World, receiver: Receiver) -> None:
    ada = world.garage.ada
    script = through(ada, "webhook:*", "contact:read")
    hook = made(world, script, receiver, "*")
    assert hook.now()["scopes"] == ["contact:read", "webhook:*"]
    id_ = customer(world)
    ada.ask('mutation($c: ID!) { x: contactCreate(input: { name: "Jo", customerId: $c }) { id } }', c=id_)
    hook.deliver()
    assert {got.body["type"] for got in receiver.got} == {"contact.created"}


def test_a_token_does_not_touch_what_its_holder_made_to_tell_more(world: World, receiver: Receiver) -> None:
    hook = made(world, world.garage.ada, receiver)
    script = through(world.garage.ada, "webhook:*", "contact:read")
    update = "mutation($id: ID!, $input: WebhookUpdateInput!) { x: webhookUpdate(id: $id, input: $input) {"
    update += " id problems { code } } }"
    refusal = script.ask(update, id=hook.id, input={"url": "https://elsewhere.example"})["x"]
    assert refusal == {"id": None, "problems": [{"code": "FORBIDDEN"}]}
    for field in ("Resume", "RotateSecret", "Test"):
        answer = script.ask(f'mutation {{ x: webhook{field}(id: "{hook.id}") {{ id problems {{ code }} }} }}')["x"]
        assert answer == {"id": None, "problems": [{"code": "FORBIDDEN"}]}
    assert hook.now()["url"] == receiver.url
    assert receiver.got == []
