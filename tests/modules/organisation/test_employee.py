"""Employees are those who act: their principal, reporting line and e-mail follow what is written of them."""

from uuid import UUID

import pytest

from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from tests.contracts.ledger import audited
from tests.world import World

UPDATE = """
    mutation($id: ID!, $to: ID) {
      x: employeeUpdate(id: $id, input: { superiorId: $to }) { id problems { code path } }
    }"""
DELETE = "mutation($id: ID!) { x: employeeDelete(id: $id) { id problems { code message path } } }"
RESTORE = (
    "mutation($id: ID!) { x: employeeRestore(id: $id) { id employee { superior { id } } problems { code path } } }"
)


@pytest.fixture
def line(world: World) -> list[str]:
    """Three employees, each below the one before."""
    found: list[UUID] = []
    for _ in range(3):
        found.append(world.garage.make(Employee, superior_id=found[-1] if found else None))
    return [str(id_) for id_ in found]


def _superiors(world: World, id_: str) -> list[tuple[str, int]]:
    rows = world.sql(
        world.garage,
        "SELECT superior_id::text, depth FROM superior_closure WHERE subordinate_id = %s ORDER BY depth",
        id_,
    )
    return [(above, depth) for above, depth in rows]


def _principal(world: World, id_: str) -> list[tuple[object, ...]]:
    return world.sql(world.garage, "SELECT kind, department_id, is_active FROM principal WHERE id = %s", id_)


def test_an_employee_is_a_principal_of_the_same_department(world: World) -> None:
    north, sales = world.garage.departments["north"], world.garage.departments["sales"]
    id_ = str(world.garage.make(Employee, department_id=north))
    assert _principal(world, id_) == [("person", north, True)]
    query = (
        "mutation($id: ID!, $to: ID) { x: employeeUpdate(id: $id, input: { departmentId: $to }) { problems { code } } }"
    )
    world.garage.ada.ask(query, id=id_, to=str(sales))
    assert _principal(world, id_) == [("person", sales, True)]
    world.garage.ada.ask(DELETE, id=id_)
    assert _principal(world, id_) == [("person", sales, False)]
    world.garage.ada.ask(RESTORE, id=id_)
    assert _principal(world, id_) == [("person", sales, True)]


def test_nobody_is_their_own_superior(world: World, line: list[str]) -> None:
    before = audited(world, world.garage)
    for below in line:
        refused = {"id": None, "problems": [{"code": "CIRCLE", "path": ["superiorId"]}]}
        assert world.garage.ada.ask(UPDATE, id=line[0], to=below)["x"] == refused
    assert audited(world, world.garage) == before
    assert _superiors(world, line[2]) == [(line[1], 1), (line[0], 2)]


def test_who_loses_their_superior_has_none(world: World, line: list[str]) -> None:
    """The reference is emptied, told in the audit with its version, and the reporting line ends there."""
    assert world.garage.ada.ask(DELETE, id=line[1])["x"] == {"id": line[1], "problems": []}
    asked = "query($id: ID!) { employee(id: $id) { version superior { id } } }"
    assert world.garage.ada.ask(asked, id=line[2])["employee"] == {"version": 2, "superior": None}
    assert _superiors(world, line[2]) == []
    row = audited(world, world.garage, line[2])[-1]
    assert (row["kind"], row["version"], row["actor_id"]) == ("updated", 2, str(world.garage.ada.id))
    assert row["changes"] == {"superior_id": [line[1], None]}
    assert world.garage.ada.ask(RESTORE, id=line[1])["x"]["employee"] == {"superior": {"id": line[0]}}
    assert _superiors(world, line[1]) == [(line[0], 1)]
    assert _superiors(world, line[2]) == []


def test_a_superior_who_left_meanwhile_is_not_restored_with_the_subordinate(world: World, line: list[str]) -> None:
    for id_ in (line[2], line[1]):
        assert world.garage.ada.ask(DELETE, id=id_)["x"]["problems"] == []
    back = world.garage.ada.ask(RESTORE, id=line[2])["x"]
    assert back == {"id": line[2], "employee": {"superior": None}, "problems": []}
    assert world.sql(world.garage, "SELECT superior_id FROM employee WHERE id = %s", line[2]) == [(None,)]
    row = audited(world, world.garage, line[2])[-1]
    assert (row["kind"], row["fields"]) == ("restored", ["deleted_at", "superior_id"])
    assert row["changes"]["superior_id"] == [line[1], None]


def test_who_owns_something_is_not_deleted(world: World) -> None:
    id_ = world.garage.make(Employee)
    world.garage.make(Customer, owner_id=id_)
    problem = {"code": "REFERENCED", "message": "1 customer refers to it as owner.", "path": ["id"]}
    assert world.garage.ada.ask(DELETE, id=str(id_))["x"] == {"id": None, "problems": [problem]}
    assert _principal(world, str(id_)) == [("person", None, True)]


@pytest.mark.parametrize("given", ["no address", "a@b", "@x.test", "a@x.test, b@x.test", "a b@x.test", "a@x..test"])
def test_an_address_that_is_none_is_refused(world: World, given: str) -> None:
    query = 'mutation($e: String) { x: employeeCreate(input: { name: "n", email: $e }) { id problems { code path } } }'
    assert world.garage.ada.ask(query, e=given)["x"] == {
        "id": None,
        "problems": [{"code": "BAD_INPUT", "path": ["email"]}],
    }


def test_an_address_belongs_to_one(world: World) -> None:
    query = 'mutation { x: employeeCreate(input: { name: "n", email: "SAM@Garage.test" }) { problems { code path } } }'
    assert world.garage.ada.ask(query)["x"]["problems"] == [{"code": "DUPLICATE", "path": ["email"]}]
