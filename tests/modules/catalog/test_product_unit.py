"""Units of a product: each name once, and each holds something."""

from typing import Any

import pytest

from saas.modules.catalog.product import Product
from tests.world import World

CREATE = """
    mutation($product: ID!, $name: String!, $factor: Decimal!) {
      x: productUnitCreate(input: { productId: $product, name: $name, factor: $factor }) { id problems { code path } }
    }"""


def _create(world: World, product: str, name: str, factor: str) -> dict[str, Any]:
    made: dict[str, Any] = world.garage.ada.ask(CREATE, product=product, name=name, factor=factor)["x"]
    return made


def test_a_product_has_units(world: World) -> None:
    product, other = (str(world.garage.make(Product)) for _ in range(2))
    assert _create(world, product, "box", "24")["problems"] == []
    again = _create(world, product, "Box", "12")
    assert (again["id"], [problem["code"] for problem in again["problems"]]) == (None, ["DUPLICATE"])
    assert _create(world, other, "box", "12")["problems"] == []
    query = "query($id: ID!) { product(id: $id) { units { nodes { name factor } } } }"
    found = world.garage.ada.ask(query, id=product)["product"]
    assert found == {"units": {"nodes": [{"name": "box", "factor": "24"}]}}


@pytest.mark.parametrize("factor", ["0", "-1"])
def test_a_unit_of_nothing_is_refused(world: World, factor: str) -> None:
    refused = _create(world, str(world.garage.make(Product)), "box", factor)
    assert refused == {"id": None, "problems": [{"code": "RULE_BROKEN", "path": ["factor"]}]}


def test_units_go_and_come_back_with_their_product(world: World) -> None:
    product = str(world.garage.make(Product))
    unit = _create(world, product, "box", "24")["id"]
    ada, query = world.garage.ada, "query($id: ID!) { productUnit(id: $id) { id } }"
    ada.ask("mutation($id: ID!) { productDelete(id: $id) { id } }", id=product)
    assert ada.ask(query, id=unit)["productUnit"] is None
    ada.ask("mutation($id: ID!) { productRestore(id: $id) { id } }", id=product)
    assert ada.ask(query, id=unit)["productUnit"] == {"id": unit}
