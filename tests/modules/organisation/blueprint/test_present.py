"""A blueprint finds what it means in the organisation as it is."""

from saas.modules.organisation.blueprint.present import present
from saas.modules.organisation.blueprint.wanted import DEPARTMENT, EMPLOYEE, ROLE, Blueprint, Wanted
from saas.modules.organisation.employee import Employee
from tests.world import World


def test_what_has_no_code_is_found_by_name_or_address(world: World) -> None:
    blueprint = Blueprint([Wanted("s", {"name": "SALES"})], [Wanted("m", {"name": "Manager"})])
    with world.garage.scope(write=False) as scope:
        now = present(scope, blueprint)
    found = now.find(DEPARTMENT, blueprint.departments[0])
    assert found is not None
    assert (found.id, found.called) == (world.garage.departments["sales"], "sales")
    assert now.find(ROLE, blueprint.roles[0]) is not None
    sam = now.find(EMPLOYEE, Wanted("s1", {"name": "somebody", "email": "SAM@garage.test"}))
    assert sam is not None
    assert sam.id == world.garage.sam.id
    assert now.find(EMPLOYEE, Wanted("s1", {"name": "sam"})) is None


def test_a_code_comes_before_a_name(world: World) -> None:
    id_ = world.garage.make(Employee, name="Coded", code="E7", email="coded@garage.test")
    by_code, by_address = Wanted("e7", {"name": "x"}), Wanted("other", {"name": "x", "email": "coded@garage.test"})
    with world.garage.scope(write=False) as scope:
        now = present(scope, Blueprint(people=[by_code, by_address]))
    assert (found := now.find(EMPLOYEE, by_code))
    assert found.id == id_
    assert now.find(EMPLOYEE, by_address) is None


def test_a_person_whose_code_came_by_itself_is_found_by_address(world: World) -> None:
    id_ = world.garage.make(Employee, email="numbered@garage.test")
    wanted = Wanted("n1", {"name": "x", "email": "numbered@garage.test"})
    with world.garage.scope(write=False) as scope:
        found = present(scope, Blueprint(people=[wanted])).find(EMPLOYEE, wanted)
    assert found is not None
    assert found.id == id_


def test_what_is_not_meant_is_told_apart(world: World) -> None:
    blueprint = Blueprint([Wanted("h", {"name": "head"})])
    with world.garage.scope(write=False) as scope:
        others = present(scope, blueprint).others(DEPARTMENT, blueprint)
    assert sorted(thing.called for thing in others) == ["north", "sales", "service"]
