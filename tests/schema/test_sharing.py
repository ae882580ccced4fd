"""Sharing through the front door: who may, what it opens, and that it counts and ends at once."""

from datetime import timedelta
from typing import Any

import pytest

from saas.engine.access.tables import RowScope
from saas.kit import clock
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.world import Person, World, rights

SHARE = """
    mutation($id: ID!, $with: ID!, $access: ShareAccess! = READ, $until: Date) {
      x: recordShare(id: $id, withId: $with, access: $access, until: $until) { id problems { code path } }
    }"""
UNSHARE = "mutation($id: ID!, $with: ID!) { x: recordUnshare(id: $id, withId: $with) { id problems { code } } }"
ADD = "mutation($id: ID!, $who: ID!) { x: recordAddParticipant(id: $id, personId: $who) { id problems { code path } } }"
REMOVE = (
    "mutation($id: ID!, $who: ID!) { x: recordRemoveParticipant(id: $id, personId: $who) { id problems { code } } }"
)
STATE = """
    query($id: ID!) {
      recordShares(id: $id) { holderId access until }
      recordParticipants(id: $id) { personId since }
    }"""


def _reads(person: Person, id_: str) -> bool:
    return person.ask("query($id: ID!) { customer(id: $id) { id } }", id=id_)["customer"] is not None


def _changes(person: Person, id_: str) -> Any:
    query = 'mutation($id: ID!) { x: customerUpdate(id: $id, input: { language: "x" }) { problems { code } } }'
    return [problem["code"] for problem in person.ask(query, id=id_)["x"]["problems"]]


def test_a_share_opens_reading_or_writing_and_ends_at_once(world: World) -> None:
    ada, sue = world.garage.ada, world.garage.sue
    id_ = str(world.garage.make(Customer, owner_id=world.garage.sam.id))
    contact = str(world.garage.make(Contact, customer_id=id_))
    assert (_reads(sue, id_), _changes(sue, id_)) == (False, ["NOT_FOUND"])
    assert ada.ask(SHARE, id=id_, **{"with": str(sue.id)})["x"] == {"id": id_, "problems": []}
    assert (_reads(sue, id_), _changes(sue, id_)) == (True, ["FORBIDDEN"])
    assert sue.ask("query($id: ID!) { contact(id: $id) { id } }", id=contact)["contact"] == {"id": contact}
    assert ada.ask(SHARE, id=id_, access="WRITE", **{"with": str(sue.id)})["x"]["problems"] == []
    assert _changes(sue, id_) == []
    shares = [{"holderId": str(sue.id), "access": "WRITE", "until": None}]
    assert ada.ask(STATE, id=id_) == {"recordShares": shares, "recordParticipants": []}
    assert ada.ask(UNSHARE, id=id_, **{"with": str(sue.id)})["x"] == {"id": id_, "problems": []}
    assert (_reads(sue, id_), _changes(sue, id_)) == (False, ["NOT_FOUND"])
    told = [row["changes"]["shares"] for row in audited(world, world.garage, id_) if row["fields"] == ["shares"]]
    read, write = f"{sue.id} read", f"{sue.id} write"
    assert told == [[[], [read]], [[read], [write]], [[write], []]]


@pytest.mark.parametrize("holder", ["department above", "role"])
def test_a_record_is_shared_with_departments_and_roles(world: World, holder: str) -> None:
    ((role,),) = world.sql(world.garage, "SELECT id FROM role WHERE name = 'seller'")
    with_ = str({"department above": world.garage.departments["sales"], "role": role}[holder])
    id_ = str(world.garage.make(Customer))
    assert world.garage.ada.ask(SHARE, id=id_, **{"with": with_})["x"]["problems"] == []
    assert _reads(world.garage.sam, id_)  # of north, below sales; a seller


def test_a_share_counts_to_the_end_of_its_last_day(world: World) -> None:
    id_ = str(world.garage.make(Customer))
    today = clock.today(world.garage.tenant.time_zone)
    for until, expected in ((today, True), (today - timedelta(days=1), False), (today + timedelta(days=1), True)):
        given = {"with": str(world.garage.sue.id), "until": until.isoformat()}
        assert world.garage.ada.ask(SHARE, id=id_, **given)["x"]["problems"] == []
        assert _reads(world.garage.sue, id_) is expected


def test_who_takes_part_sees_the_record(world: World) -> None:
    ada, sue = world.garage.ada, world.garage.sue
    id_ = str(world.garage.make(Customer))
    for _ in range(2):
        assert ada.ask(ADD, id=id_, who=str(sue.id))["x"] == {"id": id_, "problems": []}
        assert (_reads(sue, id_), _changes(sue, id_)) == (True, ["FORBIDDEN"])
    assert [each["personId"] for each in ada.ask(STATE, id=id_)["recordParticipants"]] == [str(sue.id)]
    assert ada.ask(REMOVE, id=id_, who=str(sue.id))["x"] == {"id": id_, "problems": []}
    assert not _reads(sue, id_)
    assert sum(row["fields"] == ["participants"] for row in audited(world, world.garage, id_)) == 2


def test_sharing_needs_its_right_and_gives_no_more_than_one_has(world: World) -> None:
    sharer = Grants(
        rights(RowScope.OWN, "customer", operations=("share",))
        | rights(RowScope.ALL, "customer", "employee", operations=("read",))
    )
    shea = hire(world.garage, "shea", sharer)
    hers = str(world.garage.make(Customer, owner_id=shea.id))
    other = str(world.garage.make(Customer))
    sue = {"with": str(world.garage.sue.id)}
    before = audited(world, world.garage), world.sql(world.garage, "SELECT * FROM record_share ORDER BY 1, 2")
    forbidden = {"id": None, "problems": [{"code": "FORBIDDEN", "path": ["id"]}]}
    assert shea.ask(SHARE, id=other, **sue)["x"] == forbidden
    for person, access in ((world.garage.sam, "READ"), (shea, "WRITE")):
        refused = person.ask(SHARE, id=hers, access=access, **sue)["x"]
        assert [problem["code"] for problem in refused["problems"]] == ["FORBIDDEN"], person.name
    assert world.garage.sam.errors(STATE, id=hers)[0]["extensions"]["code"] in ("FORBIDDEN", "NOT_FOUND")
    after = audited(world, world.garage), world.sql(world.garage, "SELECT * FROM record_share ORDER BY 1, 2")
    assert after == before
    assert shea.ask(SHARE, id=hers, **sue)["x"]["problems"] == []


def test_only_what_has_a_place_of_its_own_is_shared_and_only_with_who_is_there(world: World) -> None:
    ada, rita = world.garage.ada, world.rival.rita
    customer = str(world.garage.make(Customer))
    contact = str(world.garage.make(Contact, customer_id=customer))
    rivals = str(world.rival.make(Customer))
    sue = str(world.garage.sue.id)
    for id_, with_, code, path in (
        (contact, sue, "BAD_INPUT", "id"),
        (rivals, sue, "NOT_FOUND", "id"),
        (str(rita.id), sue, "NOT_FOUND", "id"),
        (customer, str(rita.id), "NOT_FOUND", "withId"),
        (customer, contact, "NOT_FOUND", "withId"),
    ):
        problem = {"code": code, "path": [path]}
        assert ada.ask(SHARE, id=id_, **{"with": with_})["x"] == {"id": None, "problems": [problem]}, (id_, with_)
    problem = {"code": "NOT_FOUND", "path": ["personId"]}
    department = str(world.garage.departments["sales"])
    assert ada.ask(ADD, id=customer, who=department)["x"] == {"id": None, "problems": [problem]}
