"""Products: sellers read them without knowing what they cost."""

from decimal import Decimal

from saas.modules.catalog.product import Product
from saas.modules.sales.opportunity import Opportunity
from tests.world import World


def test_cost_is_hidden_from_sellers(world: World) -> None:
    id_ = str(world.garage.make(Product, list_price=Decimal("9.99"), cost=Decimal("1.234567")))
    query = """
        query($id: ID!) {
          product(id: $id) { listPrice { amount } cost { amount } access { canUpdate hiddenFields } }
        }"""
    price = {"amount": "9.99"}
    assert world.garage.sam.ask(query, id=id_)["product"] == {
        "listPrice": price,
        "cost": None,
        "access": {"canUpdate": False, "hiddenFields": ["cost"]},
    }
    assert world.garage.mona.ask(query, id=id_)["product"]["cost"] == {"amount": "1.234567"}
    (error,) = world.garage.sam.errors("{ products(orderBy: [{ cost: ASC }]) { nodes { id } } }")
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_a_product_that_is_being_sold_stays(world: World) -> None:
    id_ = world.garage.make(Product)
    world.garage.make(Opportunity, product_id=id_)
    query = "mutation($id: ID!) { x: productDelete(id: $id) { id problems { code message } } }"
    problem = {"code": "REFERENCED", "message": "1 opportunity refers to it as product."}
    assert world.garage.ada.ask(query, id=str(id_))["x"] == {"id": None, "problems": [problem]}


def test_a_new_product_is_for_sale(world: World) -> None:
    query = 'mutation { x: productCreate(input: { name: "Pump" }) { product { isDiscontinued } problems { code } } }'
    assert world.garage.ada.ask(query)["x"] == {"product": {"isDiscontinued": False}, "problems": []}
