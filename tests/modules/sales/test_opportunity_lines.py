"""What is sold, across opportunities: revenue by product, as far as one sees the opportunities."""

from decimal import Decimal
from typing import Any

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.modules.catalog.product import Product
from saas.modules.organisation.rights import Grants
from saas.modules.sales.opportunity import Opportunity
from tests.engine.people import hire
from tests.world import Person, World, limits, rights

BY_PRODUCT = """
    query($ids: [ID!]!) {
      x: opportunityLineGroups(
        by: [{ product: { id: VALUE } }]
        filter: { product: { id: { in: $ids } } }
        orderBy: [{ amount: { sum: DESC } }]
      ) {
        nodes {
          keys { product { record { name } } }
          count
          aggregate { quantity { sum } amount { sum { amount currency } } opportunity { countDistinct } }
        }
        totalCount { value }
      }
    }"""
Sold = dict[str, str]


@pytest.fixture(scope="module")
def sold(world: World) -> Sold:
    """Two bikes and a bell of sam's, a bike and two bells of sue's, in two opportunities; products by name."""
    names = ("Bike", "Bell", "Pump")
    ids = {name: world.garage.make(Product, name=name) for name in names}
    for owner, lines in (
        (world.garage.sam, [("Bike", "2", "100"), ("Bell", "1", "5.5")]),
        (world.garage.sue, [("Bike", "1", "90"), ("Bell", "2", "5")]),
    ):
        rows = [
            {"product_id": ids[name], "quantity": Decimal(number), "unit_price": Decimal(price)}
            for name, number, price in lines
        ]
        world.garage.make(Opportunity, name=f"of {owner.name}", owner_id=owner.id, lines=rows)
    return {name: str(id_) for name, id_ in ids.items()}


def _revenue(person: Person, sold: Sold) -> list[tuple[Any, ...]]:
    groups = person.ask(BY_PRODUCT, ids=list(sold.values()))["x"]
    assert groups["totalCount"]["value"] == len(groups["nodes"])
    return [
        (
            (row["keys"]["product"]["record"] or {}).get("name"),
            row["count"],
            row["aggregate"]["quantity"]["sum"],
            row["aggregate"]["amount"] and (row["aggregate"]["amount"]["sum"] or {}).get("amount"),
            row["aggregate"]["opportunity"]["countDistinct"],
        )
        for row in groups["nodes"]
    ]


def test_revenue_by_product_counts_what_one_sees(world: World, sold: Sold) -> None:
    assert _revenue(world.garage.ada, sold) == [("Bike", 2, "3", "290", 2), ("Bell", 2, "3", "15.5", 2)]
    assert _revenue(world.garage.mona, sold) == _revenue(world.garage.ada, sold)
    assert _revenue(world.garage.sam, sold) == [("Bike", 1, "2", "200", 1), ("Bell", 1, "1", "5.5", 1)]
    assert _revenue(world.garage.sue, sold) == [("Bike", 1, "1", "90", 1), ("Bell", 1, "2", "10", 1)]
    assert _revenue(world.rival.rita, sold) == []
    (error,) = world.garage.vera.errors(BY_PRODUCT, ids=list(sold.values()))
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_an_amount_that_is_hidden_on_others_counts_as_missing(world: World, sold: Sold) -> None:
    """Olga sees what sue sells, not for how much; of an opportunity of her own she sees both."""
    others = tuple(relation for relation in Relation if relation is not Relation.OWNER)
    grants = Grants(
        rights(RowScope.ALL, "opportunity", "product", operations=("read",)),
        limits("opportunity", "amount", Access.HIDDEN, *others),
    )
    olga = hire(world.garage, "olga", grants)
    bike = {"product_id": sold["Bike"], "quantity": Decimal(1), "unit_price": Decimal(1000)}
    id_ = world.garage.make(Opportunity, owner_id=olga.id, lines=[bike])
    assert _revenue(olga, sold) == [("Bike", 3, "4", "1000", 3), ("Bell", 2, "3", None, 2)]
    query = """
        query($ids: [ID!]!, $at: Decimal!) {
          dear: opportunityLines(filter: { product: { id: { in: $ids } }, amount: { gte: $at } }) {
            nodes { opportunity { id } }
          }
          rest: opportunityLines(filter: { product: { id: { in: $ids } }, amount: { isNull: true } }) {
            totalCount { value }
          }
          ordered: opportunityLines(
            filter: { product: { id: { in: $ids } } }, orderBy: [{ amount: DESC_NULLS_FIRST }]
          ) { nodes { amount { amount } } }
        }"""
    for at in ("0", "6", "150", "1000"):
        found = olga.ask(query, ids=list(sold.values()), at=at)
        assert found["dear"]["nodes"] == [{"opportunity": {"id": str(id_)}}], at
        assert found["rest"]["totalCount"]["value"] == 4
        assert [node["amount"] for node in found["ordered"]["nodes"]] == [*[None] * 4, {"amount": "1000"}]
    world.garage.ada.ask("mutation($id: ID!) { opportunityDelete(id: $id) { id } }", id=str(id_))
    assert _revenue(olga, sold) == [("Bike", 2, "3", None, 2), ("Bell", 2, "3", None, 2)]


def test_a_product_lists_the_lines_that_name_it(world: World, sold: Sold) -> None:
    query = """
        query($ids: [ID!]) {
          products(filter: { id: { in: $ids } }, orderBy: [{ name: ASC }]) {
            nodes {
              name
              opportunityLines(orderBy: [{ opportunity: { name: ASC } }]) {
                nodes { opportunity { name } quantity }
                aggregate { amount { sum { amount } } }
                totalCount { value }
              }
            }
          }
        }"""

    def lists(person: Person) -> list[tuple[Any, ...]]:
        found = person.ask(query, ids=list(sold.values()))["products"]["nodes"]
        return [
            (
                each["name"],
                [(line["opportunity"]["name"], line["quantity"]) for line in each["opportunityLines"]["nodes"]],
                (each["opportunityLines"]["aggregate"]["amount"]["sum"] or {}).get("amount"),
                each["opportunityLines"]["totalCount"]["value"],
            )
            for each in found
        ]

    assert lists(world.garage.ada) == [
        ("Bell", [("of sam", "1"), ("of sue", "2")], "15.5", 2),
        ("Bike", [("of sam", "2"), ("of sue", "1")], "290", 2),
        ("Pump", [], None, 0),
    ]
    assert lists(world.garage.sam)[1] == ("Bike", [("of sam", "2")], "200", 1)
    buyer = hire(world.garage, "buyer", Grants(rights(RowScope.ALL, "product", operations=("read",))))
    nodes = buyer.ask(query, ids=[sold["Bike"]])["products"]["nodes"]
    assert nodes == [{"name": "Bike", "opportunityLines": None}]


def test_products_are_found_by_the_lines_in_sight(world: World, sold: Sold) -> None:
    query = """
        query($ids: [ID!], $at: Decimal!) {
          products(
            filter: {
              id: { in: $ids }
              opportunityLines: { some: { quantity: { gte: $at }, opportunity: { name: { startsWith: "of" } } } }
            }
            orderBy: [{ name: ASC }]
          ) { nodes { name } }
        }"""

    def found(person: Person, at: int) -> list[str]:
        nodes = person.ask(query, ids=list(sold.values()), at=at)["products"]["nodes"]
        return [node["name"] for node in nodes]

    assert found(world.garage.ada, 2) == ["Bell", "Bike"]
    assert found(world.garage.sam, 2) == ["Bike"]
    assert found(world.garage.sue, 2) == ["Bell"]
    assert found(world.garage.ada, 3) == []


def test_lines_are_grouped_by_what_stands_in_their_opportunity(world: World, sold: Sold) -> None:
    query = """
        query($ids: [ID!]!) {
          x: opportunityLineGroups(
            by: [{ opportunity: { owner: { name: VALUE } } }, { opportunity: { stage: VALUE } }]
            filter: { product: { id: { in: $ids } } }
            having: { amount: { sum: { gt: "0" } } }
            orderBy: [{ keys: { opportunity: { owner: { name: ASC } } } }]
          ) { nodes { keys { opportunity { stage owner { name } } } aggregate { amount { sum { amount } } } } }
        }"""
    rows = world.garage.ada.ask(query, ids=list(sold.values()))["x"]["nodes"]
    told = [(row["keys"]["opportunity"]["owner"]["name"], row["aggregate"]["amount"]["sum"]["amount"]) for row in rows]
    assert told == [("sam", "205.5"), ("sue", "100")]
    assert {row["keys"]["opportunity"]["stage"] for row in rows} == {"PROSPECTING"}


def test_lines_are_found_by_their_description(world: World) -> None:
    for owner in (world.garage.sam, world.garage.sue):
        lines = [{"description": f"Wheel gear 齿轮 of {owner.name}", "quantity": Decimal(1)}, {"quantity": Decimal(2)}]
        world.garage.make(Opportunity, owner_id=owner.id, lines=lines)
    query = """
        query($text: String!) {
          opportunityLines(search: $text) { nodes { description } totalCount { value } }
          opportunityLineGroups(search: $text, by: [{ opportunity: { owner: { name: VALUE } } }]) {
            nodes { count keys { opportunity { owner { name } } } }
          }
          search(text: $text) { nodes { id } }
        }"""
    for text in ("齿轮", "GEAR whe"):
        for person, names in ((world.garage.ada, ["sam", "sue"]), (world.garage.sue, ["sue"]), (world.rival.rita, [])):
            found = person.ask(query, text=text)
            told = [f"Wheel gear 齿轮 of {name}" for name in names]
            assert [node["description"] for node in found["opportunityLines"]["nodes"]] == told
            assert found["opportunityLines"]["totalCount"]["value"] == len(names)
            groups = found["opportunityLineGroups"]["nodes"]
            assert [(row["keys"]["opportunity"]["owner"]["name"], row["count"]) for row in groups] == [
                (name, 1) for name in names
            ]
            assert found["search"]["nodes"] == []
