"""Filters through lists: some, none or every record below, as far as it is in the viewer's sight."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

Rows = dict[str, UUID]


@pytest.fixture(scope="module")
def rows(world: World) -> Rows:
    """A with a boss born 1980 and somebody of no age, B with two bosses, C with nobody; chances of A and C."""
    garage, found = world.garage, {}
    for name, owner in (("A", garage.sam), ("B", garage.sam), ("C", garage.sue)):
        found[name] = garage.make(Customer, name=name, owner_id=owner.id)
    for name, customer, title, born in (
        ("a1", "A", "Boss", date(1980, 1, 1)),
        ("a2", "A", None, None),
        ("b1", "B", "Boss", date(1980, 1, 1)),
        ("b2", "B", "Boss", date(1990, 1, 1)),
    ):
        found[name] = garage.make(Contact, name=name, customer_id=found[customer], job_title=title, birthday=born)
    for name, customer, owner, amount in (
        ("x", "A", garage.sam, 1),
        ("y", "A", garage.sue, 9),
        ("z", "C", garage.sue, 5),
    ):
        found[name] = garage.make(
            Opportunity, name=name, customer_id=found[customer], owner_id=owner.id, amount=Decimal(amount)
        )
    found["B2"] = garage.make(Customer, name="B2", owner_id=garage.sam.id, parent_id=found["B"])
    return found


def customers(person: Person, filter_: str) -> str:
    """The names of the customers that a filter finds; the count and the complement agree."""
    query = f"""{{
        found: customers(filter: {filter_}) {{ nodes {{ name }} totalCount {{ value }} }}
        others: customers(filter: {{ not: {filter_} }}) {{ nodes {{ name }} }}
        all: customers {{ nodes {{ name }} }}
      }}"""
    answer = person.ask(query)
    found, others, everything = ([node["name"] for node in answer[key]["nodes"]] for key in ("found", "others", "all"))
    assert sorted(found + others) == sorted(everything)  # EXISTS is never unknown
    assert answer["found"]["totalCount"]["value"] == len(found)
    return " ".join(sorted(found))


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("{ contacts: { some: {} } }", "A B"),
        ("{ contacts: { none: {} } }", "B2 C"),
        ("{ contacts: { every: {} } }", "A B B2 C"),
        ("{ contacts: {} }", "A B B2 C"),
        ('{ contacts: { some: { jobTitle: { eq: "boss" } } } }', "A B"),
        ('{ contacts: { none: { jobTitle: { eq: "boss" } } } }', "B2 C"),
        ('{ contacts: { every: { jobTitle: { eq: "boss" } } } }', "B B2 C"),
        ('{ contacts: { every: { jobTitle: { ne: "clerk" } } } }', "B B2 C"),  # what is unknown does not hold
        ('{ contacts: { some: { jobTitle: { ne: "boss" } } } }', ""),
        ('{ contacts: { some: { not: { jobTitle: { ne: "boss" } } } } }', "A B"),
        ('{ contacts: { some: { birthday: { gt: "1985-01-01" } }, every: { jobTitle: { isNull: false } } } }', "B"),
        ('{ contacts: { some: { name: { eq: "a1" }, birthday: { isNull: true } } } }', ""),
        ('{ contacts: { some: { name: { eq: "a1" } } }, not: { contacts: { none: { jobTitle: {} } } } }', "A"),
        ("{ contacts: { some: { customer: { contacts: { none: { birthday: { isNull: true } } } } } } }", "B"),
        ("{ subsidiaries: { some: { contacts: { none: {} } } } }", "B"),
        ('{ owner: { customers: { some: { name: { eq: "C" } } } } }', "C"),
        ("{ opportunities: { some: { amount: { gt: 5 } } } }", "A"),
        ("{ opportunities: { every: { amount: { lte: 5 } } } }", "B B2 C"),
    ],
)  # fmt: skip
def test_some_none_and_every(world: World, rows: Rows, filter_: str, expected: str) -> None:
    assert customers(world.garage.ada, filter_) == expected


def test_only_what_is_in_sight_counts(world: World, rows: Rows) -> None:
    """Of A's chances sam sees his own, which is worth 1; vera sees none of anybody."""
    sam, vera = world.garage.sam, world.garage.vera
    assert customers(sam, "{ opportunities: { some: { amount: { gt: 5 } } } }") == ""
    assert customers(sam, "{ opportunities: { every: { amount: { lte: 5 } } } }") == "A B B2"
    assert customers(sam, "{ opportunities: { none: { owner: { isMe: false } } } }") == "A B B2"
    assert customers(vera, "{ opportunities: { some: {} } }") == ""
    assert customers(vera, "{ opportunities: { none: {} } }") == "A B B2 C"


def test_through_a_reference_that_is_empty_nothing_is_known(world: World, rows: Rows) -> None:
    query = """{
        yes: customers(filter: { parent: { contacts: { some: { name: { eq: "b1" } } } } }) { nodes { name } }
        no: customers(filter: { not: { parent: { contacts: { some: { name: { eq: "b1" } } } } } }) { nodes { name } }
      }"""
    assert world.garage.ada.ask(query) == {"yes": {"nodes": [{"name": "B2"}]}, "no": {"nodes": []}}


def test_what_is_deleted_does_not_count(world: World, rows: Rows) -> None:
    ada, filter_ = world.garage.ada, "{ contacts: { every: { jobTitle: { isNull: false } } } }"
    id_ = str(rows["a2"])
    ada.ask("mutation($id: ID!) { contactDelete(id: $id) { id } }", id=id_)
    assert customers(ada, filter_) == "A B B2 C"
    ada.ask("mutation($id: ID!) { contactRestore(id: $id) { id } }", id=id_)
    assert customers(ada, filter_) == "B B2 C"


def test_a_value_hidden_below_never_shows(world: World, rows: Rows) -> None:
    """Olga sees birthdays of nobody at customers of others: by no bound does a list tell one from the other."""
    others = (Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    grants = rights(RowScope.ALL, "customer", "contact", operations=("read",))
    olga = hire(world.garage, "olga", Grants(grants, limits("contact", "contact", Access.HIDDEN, *others)))
    expected = {"some": "", "none": "A B B2 C", "every": "B2 C"}
    like = '{{ contacts: {{ {}: {{ birthday: {{ {}: "{}-01-01" }} }} }} }}'
    asked = {
        f"{quantifier}_{operator}_{year}": like.format(quantifier, operator, year)
        for year in range(1979, 1992, 3)
        for quantifier in expected
        for operator in ("lt", "gte")
    }
    lists = [f"{key}: customers(filter: {filter_}) {{ nodes {{ name }} }}" for key, filter_ in asked.items()]
    for key, found in olga.ask(f"{{ {' '.join(lists)} }}").items():
        assert " ".join(sorted(node["name"] for node in found["nodes"])) == expected[key.split("_")[0]], key
    (error,) = world.garage.vera.errors(
        "{ customers(filter: { contacts: { some: { birthday: { isNull: true } } } }) { nodes { id } } }"
    )
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_a_hidden_reference_counts_as_none(world: World) -> None:
    garage = world.garage
    boss = garage.make(Employee, name="boss")
    garage.make(Employee, name="low", superior_id=boss)
    grants = rights(RowScope.ALL, "employee", operations=("read",))
    others = (Relation.SUPERIOR, Relation.SAME_DEPARTMENT, Relation.OTHERS)
    some = hire(garage, "some", Grants(grants, limits("employee", "organisation", Access.HIDDEN, *others)))
    never = hire(garage, "never", Grants(grants, limits("employee", "organisation", Access.HIDDEN)))
    query = "query($f: EmployeeFilter) { employees(filter: $f) { nodes { name } } }"
    filter_: dict[str, Any] = {"subordinates": {"some": {}}}
    assert {node["name"] for node in garage.ada.ask(query, f=filter_)["employees"]["nodes"]} == {"boss", "mona"}
    assert some.ask(query, f=filter_)["employees"]["nodes"] == []
    (error,) = never.errors(query, f=filter_)
    assert (error["extensions"]["code"], error["path"]) == ("FORBIDDEN", ["employees"])


@pytest.mark.parametrize(
    ("filter_", "path"),
    [
        ({"contacts": None}, ["filter", "contacts"]),
        ({"contacts": {"some": None}}, ["filter", "contacts", "some"]),
        ({"contacts": {"every": {"name": {"eq": None}}}}, ["filter", "contacts", "every", "name", "eq"]),
    ],
    ids=str,
)
def test_null_is_no_operand(world: World, filter_: dict[str, Any], path: list[str]) -> None:
    (error,) = world.garage.ada.errors(
        "query($f: CustomerFilter) { customers(filter: $f) { nodes { id } } }", f=filter_
    )
    assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_INPUT", path)


def test_a_list_below_is_filtered_through_lists_too(world: World, rows: Rows) -> None:
    query = """
        query($id: ID!) {
          employee(id: $id) { customers(filter: { contacts: { some: { name: { eq: "b2" } } } }) { nodes { name } } }
        }"""
    found = world.garage.ada.ask(query, id=str(world.garage.sam.id))["employee"]["customers"]["nodes"]
    assert found == [{"name": "B"}]
