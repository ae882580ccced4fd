"""Number rules: a company's own patterns, which hold from the next record on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from saas.kit import clock
from saas.modules.catalog.product import Product
from tests.contracts.ledger import audited
from tests.world import World

RULE = """
    mutation($input: NumberRuleCreateInput!) {
      x: numberRuleCreate(input: $input) { id problems { code message path } }
    }"""
CHANGE = """
    mutation($id: ID!, $input: NumberRuleUpdateInput!) {
      x: numberRuleUpdate(id: $id, input: $input) { id problems { code message path } }
    }"""
PRODUCT = 'mutation { x: productCreate(input: { name: "n" }) { product { code } } }'


def _next(world: World) -> str:
    code: str = world.garage.ada.ask(PRODUCT)["x"]["product"]["code"]
    return code


def _rule(world: World, name: str, **values: Any) -> str:
    made = world.garage.ada.ask(RULE, input={"name": name, "object": "product", **values})["x"]
    assert made["problems"] == []
    id_: str = made["id"]
    return id_


def test_the_newest_active_rule_counts_until_it_is_gone(world: World) -> None:
    begun = int(_next(world).removeprefix("P-"))
    first = _rule(world, "first", pattern="A-{seq}")
    assert _next(world) == f"A-{begun + 1}"
    second = _rule(world, "second", pattern="{seq:05}/B")
    assert _next(world) == f"{begun + 2:05}/B"
    ada = world.garage.ada
    assert ada.ask(CHANGE, id=second, input={"pattern": "{seq:04}/C"})["x"]["problems"] == []
    assert _next(world) == f"{begun + 3:04}/C"
    assert ada.ask(CHANGE, id=second, input={"isActive": False})["x"]["problems"] == []
    assert _next(world) == f"A-{begun + 4}"
    assert ada.ask("mutation($id: ID!) { x: numberRuleDelete(id: $id) { id } }", id=first)["x"]["id"] == first
    assert _next(world) == f"P-{begun + 5:06}"
    assert ada.ask("mutation($id: ID!) { x: numberRuleRestore(id: $id) { id } }", id=first)["x"]["id"] == first
    assert _next(world) == f"A-{begun + 6}"
    assert world.rival.rita.ask(PRODUCT)["x"]["product"]["code"] == "P-000001"
    ada.ask("mutation($id: ID!) { x: numberRuleDelete(id: $id) { id } }", id=first)


def test_a_rule_holds_within_its_own_operation_and_nowhere_if_it_fails(world: World) -> None:
    begun = int(_next(world).removeprefix("P-"))
    both = """
        mutation($name: String!) {
          r: numberRuleCreate(input: { name: "within", object: "product", pattern: "W-{seq}" }) { id }
          p: productCreate(input: { name: $name }) { id product { code } }
        }"""
    assert world.garage.ada.ask(both, name="")["r"] == {"id": None}
    assert _next(world) == f"P-{begun + 1:06}"
    made = world.garage.ada.ask(both, name="n")
    assert made["p"]["product"] == {"code": f"W-{begun + 2}"}
    world.garage.ada.ask("mutation($id: ID!) { numberRuleDelete(id: $id) { id } }", id=made["r"]["id"])


def test_counting_begins_again_with_the_year_on_the_tenants_wall(world: World) -> None:
    id_ = _rule(world, "years", pattern="Y{year}-{seq:03}", resets="YEAR")
    found: list[str] = []
    for moment in (
        datetime(2031, 12, 31, 22, 59, tzinfo=UTC),  # 23:59 in Berlin
        datetime(2031, 12, 31, 23, 1, tzinfo=UTC),
        datetime(2031, 12, 31, 23, 2, tzinfo=UTC),
        datetime(2032, 12, 31, 23, 1, tzinfo=UTC),
    ):
        with clock.stopped_at(moment):
            made = world.garage.make(Product)
        found += [code for (code,) in world.sql(world.garage, "SELECT code FROM product WHERE id = %s", made)]
    assert found == ["Y2031-001", "Y2032-001", "Y2032-002", "Y2033-001"]
    world.garage.ada.ask("mutation($id: ID!) { numberRuleDelete(id: $id) { id } }", id=id_)


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"pattern": "A-{number}"}, "pattern", "There is no part {number}."),
        ({"pattern": "A-{seq}", "resets": "MONTH"}, "pattern", "Numbers that begin again each month must hold {year}"),
        ({"pattern": "{seq}", "object": "department"}, "object", "Numbers are given to: employee, customer, contact,"),
        ({"pattern": "{seq}", "object": "nothing"}, "object", "Numbers are given to: employee, customer, contact,"),
    ],
)
def test_a_rule_that_makes_no_numbers_is_refused(world: World, values: dict[str, str], path: str, message: str) -> None:
    before = audited(world, world.garage)
    refused = world.garage.ada.ask(RULE, input={"name": "wrong", "object": "product", **values})["x"]
    assert refused["id"] is None
    assert [(problem["code"], problem["path"]) for problem in refused["problems"]] == [("RULE_BROKEN", [path])]
    assert refused["problems"][0]["message"].startswith(message)
    assert audited(world, world.garage) == before
