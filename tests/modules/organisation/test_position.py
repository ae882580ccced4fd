"""Positions are masters that people refer to."""

from saas.modules.organisation.employee import Employee
from saas.modules.organisation.position import Position
from tests.world import World

DELETE = "mutation($id: ID!) { x: positionDelete(id: $id) { id problems { code message } } }"


def test_a_position_that_somebody_holds_is_not_deleted(world: World) -> None:
    position = world.garage.make(Position)
    world.garage.make(Employee, position_id=position)
    problem = {"code": "REFERENCED", "message": "1 employee refers to it as position."}
    assert world.garage.ada.ask(DELETE, id=str(position))["x"] == {"id": None, "problems": [problem]}


def test_people_are_found_by_their_position(world: World) -> None:
    position = world.garage.make(Position, name="Inspector")
    who = world.garage.make(Employee, name="ivan", position_id=position)
    query = '{ employees(filter: { position: { name: { eq: "inspector" } } }) { nodes { id position { name } } } }'
    assert world.garage.ada.ask(query)["employees"]["nodes"] == [{"id": str(who), "position": {"name": "Inspector"}}]
