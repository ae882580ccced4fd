"""Trees: a record and all below it, as far as one sees that they hang together."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

Ids = dict[str, UUID]


@pytest.fixture(scope="module")
def companies(world: World) -> Ids:
    """A > AA > AAA, A > AB (sue's) > ABA, and B by itself; all others are sam's."""
    found: Ids = {}
    for name in ("A", "AA", "AAA", "AB", "ABA", "B"):
        owner = world.garage.sue if name == "AB" else world.garage.sam
        parent = found.get(name[:-1])
        found[name] = world.garage.make(Customer, name=name, parent_id=parent, owner_id=owner.id)
    return found


def under(person: Person, id_: Any, plural: str = "customers", **more: Any) -> list[str]:
    """The names of what is under the record, by the filter and by the count."""
    kind = {"customers": "Customer", "employees": "Employee"}[plural]
    query = f"""
        query($f: {kind}Filter, $trash: Trash) {{
          list: {plural}(filter: $f, trash: $trash) {{ nodes {{ name }} totalCount {{ value }} }}
        }}"""
    found = person.ask(query, f={"under": str(id_)}, **more)["list"]
    assert found["totalCount"]["value"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


def test_a_record_and_all_below_it(world: World, companies: Ids) -> None:
    ada = world.garage.ada
    assert under(ada, companies["A"]) == ["A", "AA", "AAA", "AB", "ABA"]
    assert under(ada, companies["AA"]) == ["AA", "AAA"]
    assert under(ada, companies["B"]) == ["B"]


def test_what_hangs_on_a_record_out_of_sight_is_not_below(world: World, companies: Ids) -> None:
    """AB is sue's: to sam the parent of ABA reads as nothing, and who asks for AB learns nothing."""
    sam, sue = world.garage.sam, world.garage.sue
    assert under(sam, companies["A"]) == ["A", "AA", "AAA"]
    assert under(sam, companies["AB"]) == []
    assert under(sam, companies["ABA"]) == ["ABA"]
    assert under(sue, companies["A"]) == []
    assert under(sue, companies["AB"]) == ["AB"]
    assert under(world.rival.rita, companies["A"]) == []


def test_trees_are_followed_through_references_and_lists(world: World, companies: Ids) -> None:
    world.garage.make(Contact, name="c", customer_id=companies["AAA"])
    query = """
        query($id: ID!) {
          contacts(filter: { customer: { under: $id } }) { nodes { name } }
          both: customers(filter: { under: $id, not: { subsidiaries: { some: { under: $id } } } }) { nodes { name } }
          customer(id: $id) { subsidiaries(filter: { not: { under: $id } }) { nodes { name } } }
        }"""
    assert world.garage.ada.ask(query, id=str(companies["AA"])) == {
        "contacts": {"nodes": [{"name": "c"}]},
        "both": {"nodes": [{"name": "AAA"}]},
        "customer": {"subsidiaries": {"nodes": []}},
    }


def test_what_is_deleted_is_below_but_carries_nothing(world: World, companies: Ids) -> None:
    ada = world.garage.ada
    write = "mutation($id: ID!) { done: customer%s(id: $id) { problems { code } } }"
    gone = world.garage.make(Customer, name="BA", parent_id=companies["B"])
    ada.ask(write % "Delete", id=str(gone))
    assert under(ada, companies["B"]) == ["B"]
    assert under(ada, companies["B"], trash="INCLUDE") == ["B", "BA"]
    assert under(ada, gone, trash="INCLUDE") == []


def test_people_below_a_superior(world: World) -> None:
    garage = world.garage
    high = garage.make(Employee, name="high")
    middle = garage.make(Employee, name="middle", superior_id=high)
    low = garage.make(Employee, name="low", superior_id=middle)
    garage.make(Employee, name="likewise", superior_id=high)
    assert under(garage.ada, high, "employees") == ["high", "likewise", "low", "middle"]
    assert under(garage.ada, low, "employees") == ["low"]


def test_a_hidden_superior_is_none(world: World) -> None:
    """Who sees only the superior of her own record finds nobody below others; who never sees it is refused."""
    garage = world.garage
    grants = rights(RowScope.ALL, "employee", operations=("read",))
    others = (Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    some = hire(
        garage, "some", Grants(grants, limits("employee", "organisation", Access.HIDDEN, *others)), superior=garage.mona
    )
    never = hire(garage, "never", Grants(grants, limits("employee", "organisation", Access.HIDDEN)))
    assert under(some, garage.mona.id, "employees") == ["mona", "some"]
    (error,) = never.errors(
        "query($id: ID!) { employees(filter: { under: $id }) { nodes { id } } }", id=str(garage.mona.id)
    )
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_what_is_no_id_is_refused(world: World) -> None:
    (error,) = world.garage.ada.errors('{ customers(filter: { under: "42" }) { nodes { id } } }')
    assert error["extensions"]["code"] == "BAD_INPUT"


def test_what_is_not_under_a_record_is_everything_else(world: World) -> None:
    """What stands at the top of a tree too, and what is seen to have no parent."""
    garage = world.garage
    top, other = (garage.make(Customer, name=name, language="forest") for name in ("top", "other top"))
    low = garage.make(Customer, name="low", parent_id=top, language="forest")
    query = """
        query($id: ID!) {
          customers(filter: { language: { eq: "forest" }, not: { under: $id } }) { nodes { name } }
        }"""
    for id_, expected in ((top, ["other top"]), (low, ["other top", "top"]), (other, ["low", "top"])):
        assert [node["name"] for node in garage.ada.ask(query, id=str(id_))["customers"]["nodes"]] == expected
