"""Industries: one tree, by which customers are found and counted."""

from saas.modules.customers.customer import Customer
from saas.modules.masters.industry import Industry
from tests.world import World


def test_customers_are_found_below_an_industry(world: World) -> None:
    top = world.garage.make(Industry, name="Manufacturing", name_zh="制造业", code="C")
    cars = world.garage.make(Industry, name="Cars", parent_id=top)
    other = world.garage.make(Industry, name="Banks", code="J")
    world.garage.make(Customer, name="Axle", industry_id=cars)
    world.garage.make(Customer, name="Works", industry_id=top)
    world.garage.make(Customer, name="Bank", industry_id=other)
    query = """
        query($top: ID!) {
          customers(
            filter: { industry: { or: [{ id: { eq: $top } }, { parent: { id: { eq: $top } } }] } }
            orderBy: [{ name: ASC }]
          ) {
            nodes { name industry { name parent { nameZh } } }
          }
        }"""
    assert world.garage.ada.ask(query, top=str(top))["customers"]["nodes"] == [
        {"name": "Axle", "industry": {"name": "Cars", "parent": {"nameZh": "制造业"}}},
        {"name": "Works", "industry": {"name": "Manufacturing", "parent": None}},
    ]


def test_an_industry_in_use_stays(world: World) -> None:
    id_ = world.garage.make(Industry)
    world.garage.make(Customer, industry_id=id_)
    query = "mutation($id: ID!) { x: industryDelete(id: $id) { id problems { code message } } }"
    problem = {"code": "REFERENCED", "message": "1 customer refers to it as industry."}
    assert world.garage.ada.ask(query, id=str(id_))["x"] == {"id": None, "problems": [problem]}


def test_no_industry_is_part_of_itself(world: World) -> None:
    top = world.garage.make(Industry)
    part = world.garage.make(Industry, parent_id=top)
    query = (
        "mutation($id: ID!, $to: ID!) { x: industryUpdate(id: $id, input: { parentId: $to }) { problems { code } } }"
    )
    assert world.garage.ada.ask(query, id=str(top), to=str(part))["x"] == {"problems": [{"code": "CIRCLE"}]}
