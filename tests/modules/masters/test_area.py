"""Areas: one tree of countries, provinces and cities."""

from saas.modules.customers.customer import Customer
from saas.modules.masters.area import Area
from tests.world import World


def test_customers_are_found_in_an_area_and_counted_by_it(world: World) -> None:
    china = world.garage.make(Area, name="China", name_zh="中国", code="CN", rank=1)
    zhejiang = world.garage.make(Area, name="Zhejiang", code="330000", parent_id=china)
    hangzhou = world.garage.make(Area, name="Hangzhou", code="330100", parent_id=zhejiang)
    for name, area in (("a", hangzhou), ("b", hangzhou), ("c", zhejiang), ("d", world.garage.make(Area, name="Peru"))):
        world.garage.make(Customer, name=name, area_id=area)
    query = """
        query($top: ID!) {
          within: customers(filter: { area: { parent: { id: { eq: $top } } } }) { totalCount { value } }
          area(id: $top) { parts { nodes { name parts { nodes { name customers { totalCount { value } } } } } } }
        }"""
    found = world.garage.ada.ask(query, top=str(china))
    assert found["within"] == {"totalCount": {"value": 1}}
    below = {"name": "Hangzhou", "customers": {"totalCount": {"value": 2}}}
    assert found["area"] == {"parts": {"nodes": [{"name": "Zhejiang", "parts": {"nodes": [below]}}]}}


def test_a_code_belongs_to_one_area(world: World) -> None:
    world.garage.make(Area, code="X1")
    query = 'mutation { x: areaCreate(input: { name: "n", code: "x1" }) { id problems { code path } } }'
    assert world.garage.ada.ask(query)["x"] == {"id": None, "problems": [{"code": "DUPLICATE", "path": ["code"]}]}
