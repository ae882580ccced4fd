"""The number of records is the same by every way of counting, for whoever counts; and every figure can be asked."""

from typing import Any

import pytest

from saas.engine.field import Field, Kind
from saas.engine.read.figures import FUNCTIONS
from saas.engine.read.group_keys import GROUPED_KINDS
from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.factory import RULES, given, made, tried
from tests.contracts.selections import selected
from tests.world import Person, World

_NUMBERS = (Kind.INTEGER, Kind.RATE, Kind.QUANTITY, Kind.PERCENT, Kind.MONEY, Kind.UNIT_PRICE)
_MONEY = (Kind.MONEY, Kind.UNIT_PRICE)


def _key(field: Field) -> tuple[str, str]:
    """How one groups by the field and selects it."""
    api = camel(field.api)
    if field.kind is Kind.REFERENCE:
        return f"{{ {api}: {{ id: VALUE }} }}", f"{api} {{ id record {{ id }} }}"
    if field.dictionary:
        return f"{{ {api}: VALUE }}", f"{api} {{ code }}"
    if field.kind in (Kind.DATE, Kind.MOMENT):
        return f"{{ {api}: MONTH }}", api
    if field.kind in _NUMBERS:
        return f'{{ {api}: {{ step: "2.5" }} }}', selected(field)
    if field.parts:
        return f"{{ {api}: {{ city: VALUE }} }}", f"{api} {{ city }}"
    return f"{{ {api}: VALUE }}", selected(field)


def _aggregate(one: ObjectType) -> str:
    figures = ["count"]
    for field in one.shown:
        if field.kind in FUNCTIONS:
            amount = " { amount currency baseAmount }" if field.kind in _MONEY else ""
            inside = [camel(each) + ("" if each.startswith("count") else amount) for each in FUNCTIONS[field.kind]]
            figures.append(f"{camel(field.api)} {{ {' '.join(inside)} }}")
    return f"aggregate {{ {' '.join(figures)} }}"


@pytest.fixture
def filled(world: World, one: ObjectType, told: dict[Any, Any]) -> list[str]:
    """Ids of records that whoever counts finds or not: made once, but rules, which do not outlive a test."""
    if ("filled", one.name) not in told or one.name in RULES:
        told["filled", one.name] = _filled(world, one)
    found: list[str] = told["filled", one.name]
    return found


def _filled(world: World, one: ObjectType) -> list[str]:
    """A record of each of two owners, its own or of the record that it hangs on; and one with all fields, but lines."""
    ids = [] if one.document else [tried(world.garage.ada, one, "Create", input=given(world.garage, one))["id"]]
    for owner in (world.garage.sam, world.garage.sue):
        facts, values = one.record.facts, {}
        if facts.inherits:
            parent = one.target_of(one.fields[facts.inherits])
            values = {facts.inherits: made(world.garage, parent, **{parent.record.facts.owner or "": owner.id})}
        elif facts.owner and facts.owner != "id":
            values = {facts.owner: owner.id}
        ids.append(str(made(world.garage, one, **values)))
        made(world.rival, one)
    return ids


@pytest.mark.lines_too
@pytest.mark.parametrize("who", ["ada", "sam", "vera"])
def test_groups_of_any_field_add_up_to_the_list(world: World, one: ObjectType, filled: list[str], who: str) -> None:
    person, ids = world.garage.people[who], filled
    query = f"""query($ids: [ID!]) {{
        all: {one.plural} {{ totalCount {{ value }} aggregate {{ count }} }}
        x: {one.plural}(filter: {{ id: {{ in: $ids }} }}) {{ nodes {{ id }} totalCount {{ value }} {_aggregate(one)} }}
    }}"""
    answer = person.http(query, {"ids": ids}).json()
    if "errors" in answer:
        assert answer["data"] == {"all": None, "x": None}
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"] * 2
        return
    seen, everything = answer["data"]["x"], answer["data"]["all"]
    count = len(seen["nodes"])
    assert seen["totalCount"]["value"] == seen["aggregate"]["count"] == count > 0
    assert everything["totalCount"]["value"] == everything["aggregate"]["count"] >= count
    fields = {field.name: field for field in one.shown if field.kind in GROUPED_KINDS}
    names = list(fields)
    for start in range(0, len(names), 15):
        _add_up(person, one, {name: fields[name] for name in names[start : start + 15]}, ids, count)


def _add_up(person: Person, one: ObjectType, fields: dict[str, Field], ids: list[str], seen: int) -> None:
    """Grouped by each field in turn there are as many records; a field hidden on all of them is refused."""
    parts = []
    for name, field in fields.items():
        by, shown = _key(field)
        of_row = f"count keys {{ {shown} }} aggregate {{ count }}"
        parts.append(
            f"{name}: {one.single}Groups(by: [{by}], filter: {{ id: {{ in: $ids }} }}) {{ nodes {{ {of_row} }} }}"
        )
    answer = person.http(f"query($ids: [ID!]) {{ {' '.join(parts)} }}", {"ids": ids}).json()
    refused = {error["path"][0]: error for error in answer.get("errors", ())}
    for name, error in refused.items():
        assert error["extensions"]["code"] == "FORBIDDEN", error
        assert f"{one.single}.{camel(fields[name].api)} is hidden" in error["message"]
        assert person.name != "ada"
    for name in fields.keys() - refused.keys():
        rows = answer["data"][name]["nodes"]
        assert sum(row["count"] for row in rows) == seen, name
        assert all(row["aggregate"]["count"] == row["count"] for row in rows)
        assert len({str(row["keys"]) for row in rows}) == len(rows), name
