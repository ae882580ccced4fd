"""Departments form one tree, along which rights reach down."""

from uuid import UUID

import pytest

from saas.engine.access.tables import RowScope
from saas.modules.customers.customer import Customer
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants
from tests.contracts.ledger import audited
from tests.engine.people import hire
from tests.world import Person, World, rights

UPDATE = """
    mutation($id: ID!, $to: ID) {
      x: departmentUpdate(id: $id, input: { parentId: $to }) { id problems { code message path } }
    }"""
DELETE = "mutation($id: ID!) { x: departmentDelete(id: $id) { id problems { code message path } } }"
CIRCLE = {"code": "CIRCLE", "message": "Parent department: this would make a circle.", "path": ["parentId"]}


@pytest.fixture
def chain(world: World) -> list[str]:
    """Three departments, each below the one before."""
    found: list[UUID] = []
    for _ in range(3):
        found.append(world.garage.make(Department, parent_id=found[-1] if found else None))
    return [str(id_) for id_ in found]


def _above(world: World, id_: str) -> list[tuple[str, int]]:
    rows = world.sql(
        world.garage,
        "SELECT ancestor_id::text, depth FROM department_closure WHERE descendant_id = %s ORDER BY depth",
        id_,
    )
    return [(above, depth) for above, depth in rows]


def test_a_name_is_there_once_whatever_its_spelling(world: World) -> None:
    query = 'mutation { x: departmentCreate(input: { name: "ＳＡＬＥＳ" }) { id problems { code path } } }'
    assert world.garage.ada.ask(query)["x"] == {"id": None, "problems": [{"code": "DUPLICATE", "path": ["name"]}]}


def test_nothing_is_told_of_what_lies_below_a_department_out_of_sight(world: World) -> None:
    near = hire(world.garage, "near", Grants(rights(RowScope.DEPARTMENT_TREE, "department")), department="north")
    query = "query($top: ID!) { departments(filter: { under: $top }) { nodes { name } } }"
    in_sight, out_of_sight = (str(world.garage.departments[name]) for name in ("north", "sales"))
    assert near.ask(query, top=in_sight)["departments"]["nodes"] == [{"name": "north"}]
    assert near.ask(query, top=out_of_sight)["departments"]["nodes"] == []
    assert {"name": "north"} in world.garage.ada.ask(query, top=out_of_sight)["departments"]["nodes"]


def test_no_department_is_below_itself(world: World, chain: list[str]) -> None:
    before = audited(world, world.garage)
    for below in chain:
        assert world.garage.ada.ask(UPDATE, id=chain[0], to=below)["x"] == {"id": None, "problems": [CIRCLE]}
    assert audited(world, world.garage) == before
    assert _above(world, chain[2]) == [(chain[2], 0), (chain[1], 1), (chain[0], 2)]


def test_the_closure_follows_a_move(world: World, chain: list[str]) -> None:
    assert world.garage.ada.ask(UPDATE, id=chain[1], to=None)["x"] == {"id": chain[1], "problems": []}
    assert _above(world, chain[1]) == [(chain[1], 0)]
    assert _above(world, chain[2]) == [(chain[2], 0), (chain[1], 1)]
    assert world.garage.ada.ask(UPDATE, id=chain[1], to=chain[0])["x"]["problems"] == []
    assert _above(world, chain[2]) == [(chain[2], 0), (chain[1], 1), (chain[0], 2)]


@pytest.mark.parametrize("what", ["department", "employee", "customer"])
def test_what_somebody_refers_to_is_not_deleted(world: World, what: str) -> None:
    id_ = world.garage.make(Department)
    if what == "department":
        world.garage.make(Department, parent_id=id_)
        message = "1 department refers to it as parent department."
    elif what == "employee":
        world.garage.make(Employee, department_id=id_)
        message = "1 employee refers to it as department."
    else:
        for _ in range(2):
            world.garage.make(Customer, department_id=id_)
        message = "2 customers refer to it as department."
    before = audited(world, world.garage)
    problem = {"code": "REFERENCED", "message": message, "path": ["id"]}
    assert world.garage.ada.ask(DELETE, id=str(id_))["x"] == {"id": None, "problems": [problem]}
    assert audited(world, world.garage) == before


def test_a_department_is_not_restored_below_one_in_the_trash(world: World, chain: list[str]) -> None:
    ada: Person = world.garage.ada
    for id_ in (chain[2], chain[1]):
        assert ada.ask(DELETE, id=id_)["x"]["problems"] == []
    restore = "mutation($id: ID!) { x: departmentRestore(id: $id) { id problems { code path } } }"
    refused = {"id": None, "problems": [{"code": "PARENT_DELETED", "path": ["parentId"]}]}
    assert ada.ask(restore, id=chain[2])["x"] == refused
    for id_ in (chain[1], chain[2]):
        assert ada.ask(restore, id=id_)["x"] == {"id": id_, "problems": []}
    assert _above(world, chain[2]) == [(chain[2], 0), (chain[1], 1), (chain[0], 2)]
