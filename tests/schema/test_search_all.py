"""The root field that searches all objects: the best first, page by page, and nothing that is hidden."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, RowScope
from saas.modules.catalog.product import Product
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.statements import counted
from tests.engine.people import hire
from tests.tenants.place import field_by_field
from tests.world import Person, World, limits, rights

SEARCH = """
query($text: String!, $objects: [String!], $first: Int, $after: String) {
  search(text: $text, objects: $objects, first: $first, after: $after) {
    edges { cursor node { __typename id } }
    nodes { id ... on Customer { name contacts { nodes { name } } } ... on Contact { name customer { name } }
            ... on Product { name } ... on Opportunity { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
FIRST_TO_LAST = [
    ("Customer", "远望 2"),
    ("Customer", "远望 10"),
    ("Contact", "远望生"),
    ("Product", "远望镜"),
    ("Customer", "北京远望"),
    ("Opportunity", "北京远望 2026"),
    ("Customer", "Zhang"),
]


@pytest.fixture(scope="module")
def far(world: World) -> UUID:
    """Records that hold 远望, made in no order."""
    garage = world.garage
    customer = garage.make(Customer, name="北京远望", code="F-1")
    garage.make(Opportunity, name="北京远望 2026", customer_id=customer)
    garage.make(Product, name="远望镜")
    garage.make(Customer, name="远望 10")
    garage.make(Customer, name="Zhang", website="远望.example")
    garage.make(Contact, name="远望生", customer_id=customer, email="far@away.example")
    garage.make(Customer, name="远望 2")
    return customer


def search(person: Person, text: str, **arguments: Any) -> list[tuple[str, str]]:
    found = person.ask(SEARCH, text=text, **arguments)["search"]
    assert [edge["node"]["id"] for edge in found["edges"]] == [node["id"] for node in found["nodes"]]
    types = [edge["node"]["__typename"] for edge in found["edges"]]
    return list(zip(types, [node["name"] for node in found["nodes"]], strict=True))


def test_titles_that_begin_so_come_first_then_those_that_hold_it_then_other_fields(world: World, far: UUID) -> None:
    assert search(world.garage.ada, "远望") == FIRST_TO_LAST
    assert search(world.garage.ada, "yuanwang") == FIRST_TO_LAST[:-1]
    assert search(world.garage.ada, "远望 北京") == [FIRST_TO_LAST[4], FIRST_TO_LAST[5]]


def test_it_follows_references_and_lists(world: World, far: UUID) -> None:
    nodes = world.garage.ada.ask(SEARCH, text="远望")["search"]["nodes"]
    assert nodes[2]["customer"] == {"name": "北京远望"}
    assert nodes[4]["contacts"] == {"nodes": [{"name": "远望生"}]}


def test_pages_are_the_whole(world: World, far: UUID) -> None:
    for size in (1, 2, 3, 7):
        seen: list[tuple[str, str]] = []
        after = None
        while True:
            page = world.garage.ada.ask(SEARCH, text="远望", first=size, after=after)["search"]
            types = [edge["node"]["__typename"] for edge in page["edges"]]
            seen += zip(types, [node["name"] for node in page["nodes"]], strict=True)
            info = page["pageInfo"]
            assert info["hasPreviousPage"] is (after is not None)
            assert (info["startCursor"], info["endCursor"]) == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
            after = info["endCursor"]
            if not info["hasNextPage"]:
                break
        assert seen == FIRST_TO_LAST


def test_a_cursor_belongs_to_its_text_its_objects_and_its_person(world: World, far: UUID) -> None:
    after = world.garage.ada.ask(SEARCH, text="远望", first=1)["search"]["pageInfo"]["endCursor"]
    for person, arguments in (
        (world.garage.ada, {"text": "北京"}),
        (world.garage.ada, {"text": "远望", "objects": ["customer"]}),
        (world.garage.mona, {"text": "远望"}),
    ):
        (error,) = person.errors(SEARCH, after=after, **arguments)
        assert error["extensions"]["code"] == "BAD_INPUT"


def test_only_the_objects_that_are_named(world: World, far: UUID) -> None:
    ada = world.garage.ada
    assert search(ada, "远望", objects=["product", "contact"]) == [FIRST_TO_LAST[2], FIRST_TO_LAST[3]]
    assert search(ada, "远望", objects=[]) == []
    (error,) = ada.errors(SEARCH, text="远望", objects=["customer", "Customers"])
    assert error["message"] == "There is no object 'Customers' to search."
    assert error["extensions"]["path"] == ["objects"]
    assert error["extensions"]["remedy"].startswith("Objects are: department, employee, role, ")


def test_only_the_objects_that_one_may_read(world: World, far: UUID) -> None:
    types = {kind for kind, _ in search(world.garage.vera, "远望")}
    assert types == {"Customer", "Contact"}
    assert search(world.garage.nick, "远望") == []
    (error,) = world.garage.vera.errors(SEARCH, text="远望", objects=["product"])
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_a_hidden_field_neither_finds_nor_ranks(world: World, far: UUID) -> None:
    assert search(world.garage.vera, "far@away.example") == []
    assert search(world.garage.ada, "far@away.example") == [("Contact", "远望生")]
    hidden = limits("contact", "contact", Access.HIDDEN)
    reader = hire(world.garage, "farsighted", Grants(rights(RowScope.ALL, "contact", operations=("read",)), hidden))
    assert search(reader, "far") == []
    assert search(reader, "远望") == [("Contact", "远望生")]


@pytest.mark.parametrize("text", ["", "a", " - "])
def test_what_is_too_short_is_refused(world: World, text: str) -> None:
    (error,) = world.garage.ada.errors(SEARCH, text=text)
    assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_INPUT", ["text"])


def test_a_page_has_a_size(world: World) -> None:
    for first in (-1, 501):
        (error,) = world.garage.ada.errors(SEARCH, text="远望", first=first)
        assert error["extensions"]["code"] == "BAD_INPUT"
    inner = "... on Customer { contacts(first: 500) { nodes { id } } }"
    nested = f'{{ search(text: "xyz", first: 500) {{ nodes {{ {inner} }} }} }}'
    (error,) = world.garage.ada.errors(nested)
    assert error["extensions"]["code"] == "TOO_COMPLEX"


def test_it_costs_a_statement_and_one_for_each_object_found(world: World, far: UUID) -> None:
    plain = 'query($first: Int!) { search(text: "远望", first: $first) { nodes { id } } }'
    with field_by_field():
        world.garage.ada.ask(plain, first=1)
        with counted() as for_one:
            world.garage.ada.ask(plain, first=1)
        with counted() as for_all:
            assert len(world.garage.ada.ask(plain, first=50)["search"]["nodes"]) == 7
    assert (len(for_one), len(for_all)) == (2, 1 + 4)
