"""Explanations tell exactly what people really get: compared with what each of them reads."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.engine.people import hire
from tests.world import World, rights

PEOPLE = ("ada", "mona", "sam", "sue", "vera", "nick")
WHY = """
    query($who: ID!, $id: ID!) {
      whyVisible(person: $who, record: $id) { personId visible reasons { roleId scope way holds } }
    }"""
WHO = """
    query($id: ID!, $first: Int! = 20, $after: ID) {
      whoCanSee(record: $id, first: $first, after: $after) {
        hasNextPage nodes { personId visible reasons { way holds } }
      }
    }"""
ACCESS = """
    query($who: ID!) {
      effectiveAccess(person: $who) {
        endsOn rights { object operation scopes roleIds } limits { object fieldGroup relation stage access }
      }
    }"""


@pytest.fixture(scope="module")
def records(world: World) -> list[UUID]:
    garage = world.garage
    found = []
    for owner, department in (("sam", "north"), ("sue", "sales"), ("vera", "service"), (None, None)):
        place = {
            "owner_id": garage.people[owner].id if owner else None,
            "department_id": garage.departments[department] if department else None,
        }
        customer = garage.make(Customer, **place)
        found += [customer, garage.make(Contact, customer_id=customer), garage.make(Opportunity, **place)]
    world.sql(garage, "INSERT INTO record_share VALUES (%s, %s, 'read')", found[3], garage.sam.id)
    world.sql(garage, "INSERT INTO record_participant VALUES (%s, %s, now())", found[6], garage.sue.id)
    return found


def test_both_explanations_agree_with_what_each_person_gets(world: World, records: list[UUID]) -> None:
    ada = world.garage.ada
    ids = [str(id_) for id_ in records]
    theirs = {str(world.garage.people[name].id) for name in PEOPLE}  # other tests hire people of their own
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    seen = {
        name: {node["id"] for node in world.garage.people[name].ask(query, ids=ids)["nodes"] if node} for name in PEOPLE
    }
    for id_ in ids:
        sees = {str(world.garage.people[name].id) for name in PEOPLE if id_ in seen[name]}
        told = ada.ask(WHO, id=id_)["whoCanSee"]
        assert {node["personId"] for node in told["nodes"]} & theirs == sees
        assert told["hasNextPage"] is False
        assert all(node["visible"] and any(reason["holds"] for reason in node["reasons"]) for node in told["nodes"])
        for name in PEOPLE:
            why = ada.ask(WHY, who=str(world.garage.people[name].id), id=id_)["whyVisible"]
            assert why["visible"] is (id_ in seen[name]), name
            assert any(reason["holds"] for reason in why["reasons"]) is why["visible"], name


def test_the_reason_is_named(world: World, records: list[UUID]) -> None:
    sam, sue = world.garage.sam, world.garage.sue

    def holding(person: Any, id_: UUID) -> list[tuple[str, str]]:
        why = world.garage.ada.ask(WHY, who=str(person.id), id=str(id_))["whyVisible"]
        return [(reason["scope"], reason["way"]) for reason in why["reasons"] if reason["holds"]]

    assert holding(sam, records[0]) == [("OWN", "OWN")]
    assert holding(sam, records[1]) == [("OWN", "OWN")]  # the contact, through its customer
    assert holding(sam, records[3]) == [("OWN", "SHARE")]
    assert holding(sue, records[6]) == [("OWN", "PARTICIPATION")]
    assert holding(world.garage.mona, records[0]) == [("DEPARTMENT_TREE", "SCOPE")]
    assert holding(world.garage.vera, records[9]) == [("ALL", "SCOPE")]
    assert holding(world.garage.nick, records[0]) == []


def test_who_can_see_comes_in_pages(world: World, records: list[UUID]) -> None:
    whole = world.garage.ada.ask(WHO, id=str(records[0]))["whoCanSee"]["nodes"]
    walked: list[Any] = []
    more = True
    while more:
        after = walked[-1]["personId"] if walked else None
        page = world.garage.ada.ask(WHO, id=str(records[0]), first=1, after=after)["whoCanSee"]
        assert len(page["nodes"]) == 1
        walked, more = walked + page["nodes"], page["hasNextPage"]
    assert walked == whole
    assert len(whole) > 2


@pytest.mark.parametrize("name", PEOPLE)
def test_effective_rights_are_those_of_the_viewer(world: World, name: str) -> None:
    person = world.garage.people[name]
    told = world.garage.ada.ask(ACCESS, who=str(person.id))["effectiveAccess"]
    permissions = [f"{each['object']}.{each['operation']}" for each in told["rights"]]
    assert sorted(permissions) == person.ask("{ viewer { permissions } }")["viewer"]["permissions"]
    assert told["endsOn"] is None
    if name == "sam":
        own = [each["scopes"] for each in told["rights"] if each["object"] == "customer"]
        assert own == [["OWN"]] * len(own)
        hidden = [each for each in told["limits"] if each["fieldGroup"] == "finance"]
        assert {each["relation"] for each in hidden} == {"SUPERIOR", "PARTICIPANT", "SAME_DEPARTMENT", "OTHERS"}


def test_only_who_may_read_roles_and_people_is_told(world: World, records: list[UUID]) -> None:
    seeing = rights(RowScope.ALL, "employee", "customer", operations=("read",))
    reader = hire(world.garage, "rhea", Grants(seeing))
    auditor = hire(world.garage, "audrey", Grants(seeing | rights(RowScope.ALL, "role", operations=("read",))))
    sam = str(world.garage.sam.id)
    for query, arguments in (
        (WHY, {"who": sam, "id": str(records[0])}),
        (WHO, {"id": str(records[0])}),
        (ACCESS, {"who": sam}),
    ):
        assert reader.errors(query, **arguments)[0]["extensions"]["code"] == "FORBIDDEN"
        assert all(auditor.ask(query, **arguments).values())
    for who, id_ in ((sam, str(records[2])), (str(world.rival.rita.id), str(records[0])), (str(records[0]), sam)):
        assert auditor.errors(WHY, who=who, id=id_)[0]["extensions"]["code"] == "NOT_FOUND"
