"""Duplicate rules: a company has duplicates refused, told, or left alone, by object and by what tells them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest

from saas.modules.customers.customer import Customer
from tests.contracts.ledger import audited
from tests.contracts.statements import counted
from tests.world import Person, World

RULE = """
    mutation($input: DuplicateRuleCreateInput!) {
      x: duplicateRuleCreate(input: $input) { id problems { code message path } }
    }"""
PROBLEMS = "problems { __typename code message path ... on DuplicateProblem { existingId owner } }"
CREATE = f"""
    mutation($input: CustomerCreateInput!) {{
      x: customerCreate(input: $input) {{ id warnings {{ path }} {PROBLEMS} }}
    }}"""
UPDATE = f"""
    mutation($id: ID!, $input: CustomerUpdateInput!) {{
      x: customerUpdate(id: $id, input: $input) {{ id {PROBLEMS} }}
    }}"""
BULK = f"""
    mutation($rows: [CustomerCreateInput!]!) {{
      x: customerBulkCreate(inputs: $rows, onError: SKIP_FAILED) {{ items {{ id {PROBLEMS} }} }}
    }}"""
DUPLICATES = "query($id: ID!) { x: customerDuplicates(id: $id) { nodes { id } } }"


@contextmanager
def ruled(world: World, kind: str, reaction: str) -> Iterator[str]:
    """As long as a rule for customers is there."""
    given = {"name": f"{kind} {reaction}", "object": "customer", "kind": kind, "reaction": reaction}
    made = world.garage.ada.ask(RULE, input=given)["x"]
    assert made["problems"] == []
    try:
        yield made["id"]
    finally:
        world.garage.ada.ask("mutation($id: ID!) { duplicateRuleDelete(id: $id) { id } }", id=made["id"])


def created(person: Person, **values: Any) -> dict[str, Any]:
    found: dict[str, Any] = person.ask(CREATE, input=values)["x"]
    return found


def told(found: dict[str, Any]) -> list[tuple[str, list[str], str | None, str | None]]:
    return [(each["__typename"], each["path"], each["existingId"], each["owner"]) for each in found["problems"]]


def test_what_is_refused_is_not_written_and_the_other_is_named(world: World) -> None:
    first = created(world.garage.ada, name="Rapid Rafts Ltd.", phone="030 1234567")["id"]
    with ruled(world, "NAME", "REFUSE"):
        before = audited(world, world.garage)
        refused = created(world.garage.ada, name="rapid rafts", phone="030 1234567")
        assert (refused["id"], refused["warnings"]) == (None, [])
        assert told(refused) == [("DuplicateProblem", ["name"], first, "ada")]
        message = "Another customer has the same name, or nearly; it belongs to ada."
        assert refused["problems"][0]["message"] == message
        assert audited(world, world.garage) == before
        assert created(world.garage.ada, name="Slow Rafts", phone="030 1234567")["warnings"] == [{"path": ["phone"]}]
        assert created(world.rival.rita, name="rapid rafts")["problems"] == []
        assert created(world.rival.rita, name="rapid rafts")["problems"] == []
    assert created(world.garage.ada, name="rapid rafts")["warnings"] == [{"path": ["name"]}]


def test_who_does_not_see_the_other_is_told_its_owner_only(world: World) -> None:
    world.garage.make(Customer, name="Secret Sloops GmbH", owner_id=world.garage.sue.id)
    with ruled(world, "NAME", "REFUSE"):
        assert told(created(world.garage.sam, name="secret sloops")) == [("DuplicateProblem", ["name"], None, "sue")]


def test_an_update_is_refused_for_what_it_changes_only(world: World) -> None:
    ada = world.garage.ada
    first = created(ada, name="Tidy Tugs")["id"]
    same = created(ada, name="tidy tugs")["id"]
    other = created(ada, name="Tidy Trawlers")["id"]
    with ruled(world, "NAME", "REFUSE"):
        assert ada.ask(UPDATE, id=same, input={"language": "Ulm"})["x"]["problems"] == []
        before = audited(world, world.garage)
        refused = ada.ask(UPDATE, id=other, input={"name": "TIDY TUGS"})["x"]
        assert {(each[2], each[3]) for each in told(refused)} == {(first, "ada"), (same, "ada")}
        assert audited(world, world.garage) == before
        assert ada.ask(UPDATE, id=same, input={"name": "Tidy Tankers"})["x"]["problems"] == []


def test_of_a_batch_the_later_one_is_refused(world: World) -> None:
    with ruled(world, "NAME", "REFUSE"):
        rows = [{"name": name} for name in ("Batch Boats", "batch boats inc", "Batch Barges")]
        items = world.garage.ada.ask(BULK, rows=rows)["x"]["items"]
    assert [each["id"] is None for each in items] == [False, True, False]
    assert [(kind, path, owner) for kind, path, _, owner in told(items[1])] in (
        [("DuplicateProblem", ["name"], None)],
        [("DuplicateProblem", ["name"], "ada")],
    )


def test_two_that_change_places_are_no_duplicates(world: World) -> None:
    ada = world.garage.ada
    left, right = (created(ada, name=name)["id"] for name in ("Left Launches", "Right Rafts"))
    query = f"""
        mutation($rows: [CustomerBulkUpdateInput!]!) {{
          x: customerBulkUpdate(items: $rows) {{ items {{ {PROBLEMS} }} }}
        }}"""
    with ruled(world, "NAME", "REFUSE"):
        rows = [{"id": left, "input": {"name": "Right Rafts"}}, {"id": right, "input": {"name": "Left Launches"}}]
        items = ada.ask(query, rows=rows)["x"]["items"]
    assert items == [{"problems": []}] * 2


def test_what_is_off_is_neither_told_nor_listed(world: World) -> None:
    ada = world.garage.ada
    first = created(ada, name="Quiet Quays")["id"]
    with ruled(world, "NAME", "OFF"):
        second = created(ada, name="quiet quays")
        assert (second["warnings"], second["problems"]) == ([], [])
        assert ada.ask(DUPLICATES, id=second["id"])["x"]["nodes"] == []
    assert ada.ask(DUPLICATES, id=second["id"])["x"]["nodes"] == [{"id": first}]


def test_the_newest_rule_counts(world: World) -> None:
    created(world.garage.ada, name="Newest Narrowboats")
    with ruled(world, "NAME", "REFUSE"):
        with ruled(world, "NAME", "OFF"):
            assert created(world.garage.ada, name="newest narrowboats")["warnings"] == []
        assert created(world.garage.ada, name="newest narrowboats")["id"] is None


def test_of_two_at_once_one_is_refused(world: World) -> None:
    with ruled(world, "NAME", "REFUSE"):
        for number in range(3):
            barrier = Barrier(2)

            def send(name: str, barrier: Barrier = barrier) -> dict[str, Any]:
                barrier.wait()
                return created(world.garage.ada, name=name)

            with ThreadPoolExecutor(2) as threads:
                answers = list(threads.map(send, (f"Race {number} Rafts", f"race {number} rafts ltd")))
            assert sorted(answer["id"] is None for answer in answers) == [False, True]


def test_a_rule_that_warns_costs_no_statement(world: World) -> None:
    costs = []
    for number in range(2):
        created(world.garage.ada, name=f"warm {number}")
        with counted() as sent:
            created(world.garage.ada, name=f"counted {number}")
        costs.append(len(sent))
        given = {"name": "costs", "object": "customer", "kind": "NAME", "reaction": "WARN"}
        world.garage.ada.ask(RULE, input=given)
    assert costs[0] == costs[1]


@pytest.mark.parametrize(("one", "kind"), [("contact", "NAME"), ("product", "NAME"), ("nothing", "PHONE")])
def test_only_what_is_compared_has_a_rule(world: World, one: str, kind: str) -> None:
    given = {"name": "wrong", "object": one, "kind": kind, "reaction": "REFUSE"}
    refused = world.garage.ada.ask(RULE, input=given)["x"]
    message = "Compared are: customer by mail domain, name, phone, tax number; contact by phone."
    assert refused == {"id": None, "problems": [{"code": "RULE_BROKEN", "path": ["object"], "message": message}]}


def test_whoever_may_not_configure_does_not(world: World) -> None:
    given = {"name": "mine", "object": "customer", "kind": "NAME", "reaction": "OFF"}
    refused = world.garage.sam.ask(RULE, input=given)["x"]
    assert [each["code"] for each in refused["problems"]] == ["FORBIDDEN"]
