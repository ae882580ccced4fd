"""How many people a department is to have: told, and where that is wished heeded."""

import threading
from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import RowScope
from saas.engine.registry import object_of
from saas.engine.write.create import create
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.establishment import Establishment, WhenFull
from saas.modules.organisation.position import Position
from saas.modules.organisation.rights import Grants
from tests.contracts.ledger import marks
from tests.engine.people import hire
from tests.world import World, rights

HIRE = """
    mutation($name: String!, $d: ID, $p: ID) {
      x: employeeCreate(input: { name: $name, departmentId: $d, positionId: $p }) {
        id problems { code message path }
      }
    }"""
MOVE = """
    mutation($id: ID!, $input: EmployeeUpdateInput!) { x: employeeUpdate(id: $id, input: $input) {
      problems { code message path } } }"""
STAFFING = """
    query($d: ID, $over: Boolean) {
      staffing(department: $d, isOver: $over) { departmentId positionId planned filled free isClosed }
    }"""


def _place(world: World, planned: int, when_full: WhenFull, *, everybody: bool = False) -> tuple[str, str]:
    """A department with a plan for a position, or for everybody."""
    department, position = world.garage.make(Department), world.garage.make(Position)
    place: dict[str, Any] = {"department_id": department, "position_id": None if everybody else position}
    world.garage.make(Establishment, planned=planned, when_full=when_full, **place)
    return str(department), str(position)


def _people(world: World, number: int, department: str, position: str | None) -> list[UUID]:
    values = {"department_id": UUID(department), "position_id": UUID(position) if position else None}
    return world.garage.make_many(Employee, [values] * number)


def test_planned_there_and_free_are_told_for_a_department_and_those_below(world: World) -> None:
    ada = world.garage.ada
    department, position = _place(world, 3, WhenFull.WARN)
    below = str(world.garage.make(Department, parent_id=UUID(department)))
    world.garage.make(Establishment, planned=1, department_id=UUID(below), position_id=None)
    world.garage.make(Establishment, planned=2, department_id=UUID(department), position_id=UUID(position))
    gone, *_ = _people(world, 3, department, position)
    _people(world, 1, department, None)
    _people(world, 2, below, position)
    assert ada.ask("mutation($id: ID!) { employeeDelete(id: $id) { problems { code } } }", id=str(gone))
    here = {"departmentId": department, "positionId": position, "planned": 5, "filled": 2, "free": 3, "isClosed": False}
    there = {"departmentId": below, "positionId": None, "planned": 1, "filled": 2, "free": -1, "isClosed": False}
    assert ada.ask(STAFFING, d=department)["staffing"] == [there, here]
    assert ada.ask(STAFFING, d=department, over=True)["staffing"] == [there]
    assert ada.ask(STAFFING, d=department, over=False)["staffing"] == [here]
    assert ada.ask(STAFFING, d=below)["staffing"] == [there]
    assert world.rival.rita.ask(STAFFING, d=department) == {"staffing": []}


@pytest.mark.parametrize("everybody", [False, True])
def test_nobody_comes_beyond_the_plan_where_that_is_refused(world: World, everybody: bool) -> None:
    ada = world.garage.ada
    department, position = _place(world, 1, WhenFull.REFUSE, everybody=everybody)
    (first,) = _people(world, 1, department, position)
    (other,) = world.garage.make_many(Employee, [{"position_id": UUID(position)}])
    told = {
        "code": "RULE_BROKEN",
        "message": f"The department is planned for 1 {'in all' if everybody else 'in this position'}, not for more.",
        "path": ["departmentId" if everybody else "positionId"],
    }
    before = marks(world, world.garage)
    refused = ada.ask(HIRE, name="one more", d=department, p=position)["x"]
    assert refused == {"id": None, "problems": [told]}
    assert ada.ask(MOVE, id=str(other), input={"departmentId": department})["x"] == {"problems": [told]}
    assert marks(world, world.garage) == before
    assert ada.ask(MOVE, id=str(first), input={"jobTitle": "still there"})["x"] == {"problems": []}
    assert ada.ask(MOVE, id=str(first), input={"departmentId": None})["x"] == {"problems": []}
    assert ada.ask(HIRE, name="in their place", d=department, p=position)["x"]["problems"] == []


def test_another_position_counts_for_the_position_alone(world: World) -> None:
    department, position = _place(world, 1, WhenFull.REFUSE)
    world.garage.make(Establishment, planned=9, department_id=UUID(department))
    _people(world, 1, department, position)
    (other,) = _people(world, 1, department, None)
    (problem,) = world.garage.ada.ask(MOVE, id=str(other), input={"positionId": position})["x"]["problems"]
    assert problem["message"] == "The department is planned for 1 in this position, not for more."
    world.sql(world.garage, "UPDATE establishment SET planned = 0, when_full = 'refuse' WHERE planned = 9")
    free = str(world.garage.make(Position))
    assert world.garage.ada.ask(MOVE, id=str(other), input={"positionId": free})["x"] == {"problems": []}


def test_who_comes_back_finds_their_post_taken(world: World) -> None:
    department, position = _place(world, 1, WhenFull.REFUSE)
    (first,) = _people(world, 1, department, position)
    delete = "mutation($id: ID!) { x: employeeDelete(id: $id) { problems { code } } }"
    restore = "mutation($id: ID!) { x: employeeRestore(id: $id) { problems { code path } } }"
    assert world.garage.ada.ask(delete, id=str(first))["x"] == {"problems": []}
    (second,) = _people(world, 1, department, position)
    taken = {"problems": [{"code": "RULE_BROKEN", "path": ["positionId"]}]}
    assert world.garage.ada.ask(restore, id=str(first))["x"] == taken
    assert world.garage.ada.ask(delete, id=str(second))["x"] == {"problems": []}
    assert world.garage.ada.ask(restore, id=str(first))["x"] == {"problems": []}


def test_where_it_only_warns_people_come(world: World) -> None:
    department, position = _place(world, 0, WhenFull.WARN)
    assert world.garage.ada.ask(HIRE, name="welcome", d=department, p=position)["x"]["problems"] == []
    (told,) = world.garage.ada.ask(STAFFING, d=department, over=True)["staffing"]
    assert (told["filled"], told["free"]) == (1, -1)


def test_two_at_once_do_not_take_the_same_post(world: World) -> None:
    """The second one waits until the first one is there or is not, and only then counts."""
    department, position = _place(world, 1, WhenFull.REFUSE)
    come = """
        mutation($d: ID, $p: ID) {
          x: employeeCreate(input: { name: "second", code: "second to come", departmentId: $d, positionId: $p }) {
            problems { code }
          }
        }"""
    place = {"department_id": UUID(department), "position_id": UUID(position)}
    answers: list[Any] = []
    other = threading.Thread(target=lambda: answers.append(world.garage.ada.ask(come, d=department, p=position)["x"]))
    with world.garage.scope() as scope:
        (first,) = create(scope, object_of(Employee), [{"name": "first", "code": "first to come", **place}])
        assert first.problems == []
        other.start()
        other.join(3)
        assert (other.is_alive(), answers) == (True, [])
    other.join(60)
    assert answers == [{"problems": [{"code": "RULE_BROKEN"}]}]
    (told,) = world.garage.ada.ask(STAFFING, d=department)["staffing"]
    assert told["filled"] == 1


def test_a_plan_is_for_nobody_or_some(world: World) -> None:
    make = """
        mutation($d: ID!, $n: Int!) {
          x: establishmentCreate(input: { name: "Plan", departmentId: $d, planned: $n }) { problems { code path } }
        }"""
    department = str(world.garage.make(Department))
    problem = {"code": "RULE_BROKEN", "path": ["planned"]}
    for number in (-1, 100_001):
        assert world.garage.ada.ask(make, d=department, n=number)["x"] == {"problems": [problem]}


def test_one_sees_the_plans_that_ones_right_reaches(world: World) -> None:
    north = world.garage.departments["north"]
    world.garage.make(Establishment, planned=3, department_id=north, position_id=world.garage.make(Position))
    lead = hire(
        world.garage, "lead", Grants(rights(RowScope.DEPARTMENT, "establishment", operations=("read",))),
        department="service",
    )  # fmt: skip
    assert lead.ask(STAFFING, d=str(north)) == {"staffing": []}
    world.garage.make(Establishment, planned=4, department_id=world.garage.departments["service"])
    assert [each["planned"] for each in lead.ask(STAFFING)["staffing"]] == [4]
    assert world.garage.sam.errors(STAFFING)[0]["extensions"]["code"] == "FORBIDDEN"
