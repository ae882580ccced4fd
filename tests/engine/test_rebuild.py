"""Records of before a declaration get what follows from it: sort keys, grams and the keys that tell duplicates."""

from typing import Any

import pytest

from saas.engine import rebuild
from saas.engine.jobs import Step
from saas.engine.rebuild import records_rebuild
from saas.modules.customers.customer import Customer
from tests.contracts.statements import counted
from tests.world import Company, World

_KEPT = "SELECT to_jsonb(one) FROM customer one ORDER BY id"
_KEYS = "SELECT record_id, kind, key, object FROM duplicate_key ORDER BY 1, 2, 3"
_LOST = "UPDATE customer SET name_sort = '', name_sound = NULL, name_folded = id::text, search_grams = '{}'"
_ROWS = "SELECT 'customer', id::text, xmin::text FROM customer UNION SELECT kind, key, xmin::text FROM duplicate_key"


def performed(company: Company, step: Step | None = None) -> int:
    """Do the whole job as a worker does, each chunk in a transaction of its own; how many there were."""
    step, chunks = step or Step(), 0
    while step is not None:
        with company.scope() as scope:
            step = records_rebuild(scope, step)
        chunks += 1
    return chunks


def state(world: World, company: Company) -> tuple[Any, Any]:
    return world.sql(company, _KEPT), world.sql(company, _KEYS)


def test_what_follows_from_records_is_made_anew_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "CHUNK", 3)
    names = [f"Rapid {number} Rafts 华为 Ltd." for number in range(7)]
    made = [world.garage.make(Customer, name=name, phone=f"030 77700{i}") for i, name in enumerate(names)]
    world.garage.ada.ask("mutation($id: ID!) { customerDelete(id: $id) { id } }", id=str(made[-1]))
    theirs = world.rival.make(Customer, name="Theirs")
    before = state(world, world.garage)
    world.sql(world.garage, _LOST)
    world.sql(world.rival, _LOST)
    world.sql(world.garage, "DELETE FROM duplicate_key WHERE kind = 'name'")
    world.sql(world.garage, "INSERT INTO duplicate_key VALUES (%s, 'mail domain', 'gone.test', 'customer')", made[0])
    rivals = state(world, world.rival)
    assert state(world, world.garage) != before
    assert performed(world.garage) > 3
    assert state(world, world.garage) == before
    assert state(world, world.rival) == rivals
    assert world.sql(world.rival, "SELECT name_folded FROM customer WHERE id = %s", theirs) == [(str(theirs),)]


def test_done_again_it_touches_nothing(world: World) -> None:
    world.garage.make(Customer, name="Once Only", phone="030 5556667")
    performed(world.garage)
    before = sorted(world.sql(world.garage, _ROWS))
    performed(world.garage)
    assert sorted(world.sql(world.garage, _ROWS)) == before


def test_it_goes_on_where_it_stood_and_ends_when_it_is_called_off(world: World) -> None:
    made = sorted(world.garage.make(Customer) for _ in range(2))
    world.sql(world.garage, _LOST)
    performed(world.garage, Step({"object": "customer", "after": str(made[0])}))
    found = world.sql(world.garage, "SELECT id FROM customer WHERE name_sort = '' AND id = ANY(%s)", made)
    assert found == [(made[0],)]
    with world.garage.scope() as scope:
        assert records_rebuild(scope, Step({"object": "customer"}, cancelled=True)) is None
    performed(world.garage)


def test_many_records_cost_as_many_statements_as_one(world: World) -> None:
    costs = []
    for number in (1, 1, 20):
        last = world.garage.make(Customer)
        for _ in range(number):
            world.garage.make(Customer, phone="030 9998887")
        world.sql(world.garage, _LOST)
        world.sql(world.garage, "DELETE FROM duplicate_key")
        with world.garage.scope() as scope, counted() as sent:
            records_rebuild(scope, Step({"object": "customer", "after": str(last)}))
        costs.append(len(sent))
    assert costs[1] == costs[2]
    performed(world.garage)
