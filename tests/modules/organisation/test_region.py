"""Regions are a second tree beside the departments, along which region rights reach down."""

import pytest

from saas.engine.access.tables import RowScope
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.region import Region
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import World, rights

MOVE = """
    mutation($id: ID!, $to: ID) {
      x: regionUpdate(id: $id, input: { parentId: $to }) { id problems { code message path } }
    }"""


def test_region_rights_reach_down_the_tree_and_follow_it(world: World) -> None:
    garage, ada = world.garage, world.garage.ada
    china = garage.make(Region)
    east, west = (garage.make(Region, parent_id=china) for _ in range(2))
    rosa = hire(garage, "rosa", Grants(rights(RowScope.REGION_TREE, "customer", "contact", operations=("read",))))
    placed = {region: garage.make(Customer, region_id=region) for region in (china, east, west)}
    contacts = {region: garage.make(Contact, customer_id=customer) for region, customer in placed.items()}
    query = "query($in: [ID!]!) { nodes(ids: $in) { id } }"

    def seen() -> set[object]:
        ids = {**{placed[r]: r for r in placed}, **{contacts[r]: (r, "contact") for r in contacts}}
        nodes = rosa.ask(query, **{"in": [str(id_) for id_ in ids]})["nodes"]
        listed = [node["id"] for node in rosa.ask("{ customers { nodes { id } } }")["customers"]["nodes"]]
        found = {name for (id_, name), node in zip(ids.items(), nodes, strict=True) if node}
        assert {r for r in placed if str(placed[r]) in listed} == {
            each for each in found if not isinstance(each, tuple)
        }
        return found

    assert seen() == set()
    change = (
        "mutation($id: ID!, $to: ID) { x: employeeUpdate(id: $id, input: { regionId: $to }) { problems { code } } }"
    )
    assert ada.ask(change, id=str(rosa.id), to=str(china))["x"]["problems"] == []
    assert seen() == {china, east, west, (china, "contact"), (east, "contact"), (west, "contact")}
    assert ada.ask(MOVE, id=str(west), to=None)["x"]["problems"] == []
    assert seen() == {china, east, (china, "contact"), (east, "contact")}
    assert ada.ask(change, id=str(rosa.id), to=str(west))["x"]["problems"] == []
    assert seen() == {west, (west, "contact")}


def test_a_region_does_not_stand_above_itself(world: World) -> None:
    top = world.garage.make(Region)
    below = world.garage.make(Region, parent_id=top)
    circle = {"code": "CIRCLE", "message": "Parent region: this would make a circle.", "path": ["parentId"]}
    assert world.garage.ada.ask(MOVE, id=str(top), to=str(below))["x"] == {"id": None, "problems": [circle]}


@pytest.mark.parametrize("by_system", [True, False])
def test_a_new_customer_lies_in_the_region_of_its_owner(world: World, by_system: bool) -> None:
    region = world.garage.make(Region)
    owner = world.garage.make(Employee, region_id=region)
    if by_system:
        id_ = str(world.garage.make(Customer, owner_id=owner))
    else:
        query = 'mutation($o: ID!) { x: customerCreate(input: { name: "n", ownerId: $o }) { id } }'
        id_ = world.garage.ada.ask(query, o=str(owner))["x"]["id"]
    assert world.sql(world.garage, "SELECT region_id FROM customer WHERE id = %s", id_) == [(region,)]
