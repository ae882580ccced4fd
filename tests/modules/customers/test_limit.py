"""How many customers one may own: heeded at every door, for whoever shall own them."""

import itertools
from typing import Any

import pytest

from saas.engine.access.tables import RowScope
from saas.modules.customers.customer import Customer
from saas.modules.customers.limit import CUSTOMER_LIMIT
from saas.modules.organisation.rights import Grants
from saas.modules.organisation.specials import grant_specials
from tests.engine.people import employee_of, hire, role_of
from tests.world import Person, World, rights

CREATE = """
    mutation($name: String!, $owner: ID) {
      x: customerCreate(input: { name: $name, ownerId: $owner }) { customer { id } problems { code message path } }
    }"""
UPDATE = """
    mutation($id: ID!, $input: CustomerUpdateInput!) {
      x: customerUpdate(id: $id, input: $input) { customer { id } problems { code message path } }
    }"""
BULK = """
    mutation($inputs: [CustomerCreateInput!]!, $onError: ErrorPolicy!) {
      x: customerBulkCreate(inputs: $inputs, onError: $onError) { items { id problems { code message path } } }
    }"""
SEEING = Grants(rights(RowScope.ALL, "customer", "employee"))
FULL = {"code": "RULE_BROKEN", "message": "The owner may own no more than 2 customers.", "path": ["ownerId"]}

_numbers = itertools.count(1)


@pytest.fixture
def limited(world: World) -> Person:
    """Somebody who may own two customers."""
    person = hire(world.garage, f"liam{next(_numbers)}", SEEING)
    _limit(world, person, 2)
    return person


def _limit(world: World, person: Person, most: int) -> None:
    with world.garage.scope() as scope:
        grant_specials(scope, employee_of(scope, person.id), {CUSTOMER_LIMIT.key: most})


def _owned(world: World, person: Person) -> int:
    count = "SELECT count(*) FROM customer WHERE owner_id = %s AND deleted_at IS NULL"
    return int(world.sql(world.garage, count, person.id)[0][0])


def test_nobody_creates_more_than_they_may_own(world: World, limited: Person) -> None:
    for number in range(2):
        assert limited.ask(CREATE, name=f"Liam {limited.id} {number}")["x"]["problems"] == []
    assert limited.ask(CREATE, name=f"Liam {limited.id} 3")["x"] == {"customer": None, "problems": [FULL]}
    refused = world.garage.ada.ask(CREATE, name=f"Liam {limited.id} 4", owner=str(limited.id))["x"]
    assert refused == {"customer": None, "problems": [FULL]}
    assert _owned(world, limited) == 2
    other = limited.ask(CREATE, name=f"Liam {limited.id} 5", owner=str(world.garage.ada.id))["x"]
    assert other["problems"] == []


def test_nobody_is_given_more_than_they_may_own(world: World, limited: Person) -> None:
    ada = world.garage.ada
    first, _ = world.garage.make_many(Customer, [{"owner_id": limited.id}] * 2)
    third = world.garage.make(Customer, owner_id=ada.id)
    refused = ada.ask(UPDATE, id=str(third), input={"ownerId": str(limited.id)})["x"]
    assert refused == {"customer": None, "problems": [FULL]}
    assert ada.ask(UPDATE, id=str(first), input={"ownerId": None})["x"]["problems"] == []
    assert ada.ask(UPDATE, id=str(third), input={"ownerId": str(limited.id)})["x"]["problems"] == []
    assert _owned(world, limited) == 2


def test_what_one_owns_already_is_kept_and_changed(world: World) -> None:
    person = hire(world.garage, "lena", SEEING)
    kept = world.garage.make_many(Customer, [{"owner_id": person.id}] * 3)
    _limit(world, person, 1)
    changed: dict[str, Any] = {"language": "Suzhou", "ownerId": str(person.id)}
    assert person.ask(UPDATE, id=str(kept[0]), input=changed)["x"]["problems"] == []
    assert _owned(world, person) == 3


def test_the_trash_does_not_count_until_it_comes_back(world: World, limited: Person) -> None:
    first, _ = world.garage.make_many(Customer, [{"owner_id": limited.id}] * 2)
    ada = world.garage.ada
    change = "mutation($id: ID!) { x: customer%s(id: $id) { problems { code message path } } }"
    assert ada.ask(change % "Delete", id=str(first))["x"]["problems"] == []
    assert limited.ask(CREATE, name=f"Third of {limited.id}")["x"]["problems"] == []
    assert ada.ask(change % "Restore", id=str(first))["x"]["problems"] == [FULL]
    assert _owned(world, limited) == 2


def test_of_many_those_are_written_for_which_there_is_room(world: World, limited: Person) -> None:
    inputs = [{"name": f"Bulk {limited.id} {number}"} for number in range(4)]
    told = limited.ask(BULK, inputs=inputs, onError="ROLL_BACK")["x"]["items"]
    assert [each["id"] for each in told] == [None] * 4
    assert _owned(world, limited) == 0
    told = limited.ask(BULK, inputs=inputs, onError="SKIP_FAILED")["x"]["items"]
    assert [each["problems"] for each in told] == [[], [], [FULL], [FULL]]
    assert _owned(world, limited) == 2


def test_the_limit_of_one_company_is_none_of_another(world: World, limited: Person) -> None:
    _limit(world, limited, 0)
    for number in range(3):
        assert world.rival.rita.ask(CREATE, name=f"Rival {limited.id} {number}")["x"]["problems"] == []
    assert limited.ask(CREATE, name=f"None {limited.id}")["x"]["customer"] is None
    assert world.sql(world.rival, "SELECT * FROM special_grant WHERE holder_id = %s", limited.id) == []


def test_the_largest_limit_of_the_owners_roles_counts(world: World) -> None:
    person = hire(world.garage, "leo", SEEING, SEEING)
    roles = world.sql(world.garage, "SELECT role_id FROM principal_role WHERE principal_id = %s", person.id)
    with world.garage.scope() as scope:
        for most, (role,) in enumerate(roles, start=1):
            grant_specials(scope, role_of(scope, role), {CUSTOMER_LIMIT.key: most})
    told = [world.garage.ada.ask(CREATE, name=f"Leo {number}", owner=str(person.id))["x"] for number in range(3)]
    assert [each["problems"] for each in told] == [[], [], [FULL]]
