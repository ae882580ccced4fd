"""Components: a product consists of others, and never of itself."""

from typing import Any

from saas.modules.catalog.product import Product
from tests.contracts.ledger import audited
from tests.world import World

CREATE = """
    mutation($product: ID!, $part: ID!, $position: String!) {
      x: productComponentCreate(input: { position: $position, productId: $product, partId: $part, quantity: 2 }) {
        id problems { code message path }
      }
    }"""
CIRCLE = {"code": "RULE_BROKEN", "message": "A product cannot be part of itself.", "path": ["partId"]}


def _create(world: World, product: str, part: str) -> dict[str, Any]:
    made: dict[str, Any] = world.garage.ada.ask(CREATE, product=product, part=part, position=part)["x"]
    return made


def test_a_product_shows_its_parts_and_where_it_is_part_of(world: World) -> None:
    whole, part = (str(world.garage.make(Product, name=name)) for name in ("Pump", "Valve"))
    assert _create(world, whole, part)["problems"] == []
    query = """
        query($whole: ID!, $part: ID!) {
          whole: product(id: $whole) { components { nodes { quantity part { name } } } }
          part: product(id: $part) { partOf { nodes { product { name } } } }
        }"""
    assert world.garage.ada.ask(query, whole=whole, part=part) == {
        "whole": {"components": {"nodes": [{"quantity": "2", "part": {"name": "Valve"}}]}},
        "part": {"partOf": {"nodes": [{"product": {"name": "Pump"}}]}},
    }


def test_no_product_is_part_of_itself_however_far_down(world: World) -> None:
    a, b, c = (str(world.garage.make(Product)) for _ in range(3))
    assert _create(world, a, b)["problems"] == _create(world, b, c)["problems"] == []
    before = audited(world, world.garage)
    for product, part in ((a, a), (b, a), (c, a), (c, b)):
        assert _create(world, product, part) == {"id": None, "problems": [CIRCLE]}, (product, part)
    assert audited(world, world.garage) == before
    assert _create(world, a, c)["problems"] == []


def test_a_part_is_not_exchanged_for_the_whole(world: World) -> None:
    a, b, c = (str(world.garage.make(Product)) for _ in range(3))
    _create(world, a, b)
    of_b = _create(world, b, c)["id"]
    query = """
        mutation($id: ID!, $part: ID!) {
          x: productComponentUpdate(id: $id, input: { partId: $part }) { id problems { code message path } }
        }"""
    assert world.garage.ada.ask(query, id=of_b, part=a)["x"] == {"id": None, "problems": [CIRCLE]}


def test_a_circle_does_not_come_back_from_the_trash(world: World) -> None:
    a, b = (str(world.garage.make(Product)) for _ in range(2))
    first = _create(world, a, b)["id"]
    ada = world.garage.ada
    ada.ask("mutation($id: ID!) { productComponentDelete(id: $id) { id } }", id=first)
    assert _create(world, b, a)["problems"] == []
    query = "mutation($id: ID!) { x: productComponentRestore(id: $id) { id problems { code message path } } }"
    assert ada.ask(query, id=first)["x"] == {"id": None, "problems": [CIRCLE]}


def test_a_part_in_use_stays(world: World) -> None:
    whole, part = (str(world.garage.make(Product)) for _ in range(2))
    _create(world, whole, part)
    query = "mutation($id: ID!) { x: productDelete(id: $id) { id problems { code message } } }"
    problem = {"code": "REFERENCED", "message": "1 product component refers to it as part."}
    assert world.garage.ada.ask(query, id=part)["x"] == {"id": None, "problems": [problem]}
    assert world.garage.ada.ask(query, id=whole)["x"]["problems"] == []
