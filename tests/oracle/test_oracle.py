"""Role × relation × state × operation × door: every cell of the table answers what the oracle says."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import doors as contracts
from tests.engine.horizon import settled
from tests.oracle import reading, rules, table, writing
from tests.oracle.place import FIELDS, MASKED_AS, Place, built
from tests.oracle.rules import MASKED, READ, WRITE, Person, Thing
from tests.world import World

COMPANY = table.COMPANY
OBJECTS = tuple(table.GROUPS)


# How many cells each test compares for a person at least, so that nobody empties the table without a word; with those
# who see something they are more than 20,000 together.
LEAST = {
    "test_all_reading_doors": 230,
    "test_fields_at_all_doors": 5,
    "test_changes": 610,
    "test_exports": 4,
    "test_creations": 190,
    "test_upserts_merges_and_shares": 95,
}


class Cells:
    """The cells of the table that a test compares: all of them, then what differs is told."""

    def __init__(self) -> None:
        self.compared = 0
        self.wrong: list[tuple[Any, ...]] = []

    def compare(self, told: Any, expected: Any, *where: Any) -> None:
        self.compared += 1
        if told != expected:
            self.wrong.append((*where, {"told": told, "expected": expected}))


@pytest.fixture
def cells(request: pytest.FixtureRequest) -> Iterator[Cells]:
    found = Cells()
    yield found
    assert not found.wrong, "\n".join(map(str, found.wrong[:40]))
    assert found.compared >= LEAST[request.node.originalname]


@pytest.fixture(scope="module")
def place(world: World) -> Place:
    made = built(world)
    settled(world)  # so that the feed tells of all
    return made


@pytest.mark.parametrize("name", table.PEOPLE)
def test_all_reading_doors(place: Place, cells: Cells, name: str) -> None:
    person = table.PEOPLE[name]
    tried: set[str] = set()
    for one in OBJECTS:
        for door, seen in reading.doors(place, place.people[name], one).items():
            tried.add(door)
            right = reading.NEEDS.get(door, {}).get(one, one)
            if right and not COMPANY.may(person, right, "read"):
                cells.compare(seen, reading.REFUSED, name, door, one)
                continue
            assert isinstance(seen, dict), (name, door, one)
            for thing, told in seen.items():
                cells.compare(told, COMPANY.sees(person, thing), name, door, thing.object, thing.name)
    assert tried == {door for doors in reading.COVERED.values() for door in doors}


@pytest.mark.parametrize("name", table.PEOPLE)
def test_fields_at_all_doors(place: Place, cells: Cells, name: str) -> None:
    person = table.PEOPLE[name]
    for (one, group), (api, _, value) in FIELDS.items():
        shown = reading.fields(place, place.people[name], one, group)
        cells.compare(bool(shown), COMPANY.may(person, one, "read"), name, one)
        if not shown:
            continue
        things = [each for each in place.things(one) if COMPANY.sees(person, each)]
        assert shown["nodes"].keys() == {*things}
        readable = {each: COMPANY.reads(person, each, group) for each in things}
        for thing, node in shown["nodes"].items():
            told = _told_of(node, api)
            cells.compare(told, _expected_of(person, thing, group, value), name, one, thing.name, group)
        refused = COMPANY.is_hidden_everywhere(person, one, group)
        for door, seen in shown["filters"].items():
            for thing in things:
                expected = readable[thing] is (door != "missing")
                if refused and door != "searched":
                    cells.compare(seen, reading.REFUSED, name, door, one, group)
                else:
                    cells.compare(seen[thing], expected, name, door, one, thing.name, group)
        number = sum(readable.values())
        missing = {None: len(things) - number} if number < len(things) else {}
        known_first = sorted(readable.values(), reverse=True)
        whole: tuple[Any, Any, Any] = (known_first, _groups(value, number) | missing, number)
        if refused:
            whole = (reading.REFUSED, reading.REFUSED, None)
        order = shown["order"] if refused else [readable[thing] for thing in shown["order"]]
        cells.compare((order, shown["groups"], shown["figures"]), whole, name, one, group)


def _groups(value: Any, number: int) -> dict[Any, int]:
    key = value if isinstance(value, str) else "0"
    return {key: number} if number else {}


def _told_of(node: dict[str, Any], api: str) -> dict[str, Any]:
    access = node["access"]
    return {
        "value": node["value"],
        "lists": [name for name in ("hiddenFields", "maskedFields", "writableFields") if api in access[name]],
        "may": [name for name in ("canUpdate", "canDelete") if access[name]],
        "acts": sorted(access["allowedActions"]),
    }


def _expected_of(person: Person, thing: Thing, group: str, value: Any) -> dict[str, Any]:
    access = COMPANY.access(person, thing, group)
    is_masked = access == MASKED and value in MASKED_AS
    reads = access in (READ, WRITE)
    may_update = COMPANY.reaches(person, "update", thing)
    hidden = "hiddenFields" if not reads and not is_masked else ""
    writes = may_update and COMPANY.writes(person, thing, group)
    lists = [hidden, "maskedFields" if is_masked else "", "writableFields" if writes else ""]
    verbs = [verb for verb in table.ACTIONS if thing.stage in table.FROM[verb] and COMPANY.reaches(person, verb, thing)]
    return {
        "value": str(value) if reads else MASKED_AS[value] if is_masked else None,
        "lists": [each for each in lists if each],
        "may": ["canUpdate"] * may_update + ["canDelete"] * COMPANY.reaches(person, "delete", thing),
        "acts": sorted(f"opportunity{verb.capitalize()}" for verb in verbs),
    }


def _told(person: Person, operation: str, thing: Thing) -> str:
    """What becomes of an operation: without its right all is refused, out of sight there is nothing."""
    if not COMPANY.may(person, thing.object, operation):
        return writing.FORBIDDEN
    if not COMPANY.sees(person, thing) or thing.is_deleted is not (operation == "restore"):
        return writing.NOT_FOUND
    if not COMPANY.reaches(person, operation, thing):
        return writing.FORBIDDEN
    if operation in table.FROM and thing.stage not in table.FROM[operation]:
        return writing.WRONG_STATE
    return writing.ALLOWED


@pytest.mark.parametrize("name", table.PEOPLE)
def test_changes(place: Place, cells: Cells, name: str) -> None:
    person = table.PEOPLE[name]
    for one in OBJECTS:
        for door, told in writing.changes(place, place.people[name], one).items():
            for thing, became in told.items():
                expected = _told(person, door.removeprefix("bulk "), thing)
                cells.compare(became, expected, name, door, one, thing.name)
    for one, group in FIELDS:
        for thing, became in writing.fields(place, place.people[name], one, group).items():
            expected = _told(person, "update", thing)
            if expected == writing.ALLOWED and not COMPANY.writes(person, thing, group):
                expected = writing.FORBIDDEN
            cells.compare(became, expected, name, one, thing.name, group)


@pytest.mark.parametrize("name", table.PEOPLE)
def test_creations(place: Place, cells: Cells, name: str) -> None:
    person = table.PEOPLE[name]
    for one, group in FIELDS:
        for what, told in writing.creations(place, place.people[name], one, group).items():
            for thing, became in told.items():
                new = replace(thing, shares=(), participants=(), stage="prospecting" if thing.stage else None)
                may = COMPANY.reaches(person, "create", new)
                if may and what == "field":
                    may = COMPANY.writes(person, new, group, "create")
                expected = writing.ALLOWED if may else writing.FORBIDDEN
                if may and thing.of and not COMPANY.sees(person, thing.of):
                    expected = writing.NOT_FOUND
                cells.compare(became, expected, name, what, one, thing.name, group)


@pytest.mark.parametrize("name", table.PEOPLE)
def test_upserts_merges_and_shares(place: Place, cells: Cells, name: str) -> None:
    person, who = table.PEOPLE[name], place.people[name]
    for one in OBJECTS:
        for (into, away), became in writing.merges(place, who, one).items():
            expected = _told(person, "update", into), _told(person, "delete", away)
            if not (COMPANY.may(person, one, "update") and COMPANY.may(person, one, "delete")):
                expected = writing.FORBIDDEN, writing.FORBIDDEN
            cells.compare(became, expected, name, one, into.name, away.name)
        if one == "contact":  # is shared with its customer only, and new only there
            continue
        things = place.things(one)
        told = writing.upserts(place, who, one)
        mine = replace(table.PLACES[0], object=one, owner=name, department=person.department, region=person.region)
        new = Thing("product", "") if one == "product" else mine
        for thing in things:
            if COMPANY.sees(person, thing):
                expected_ = _told(person, "update", thing)
            else:
                expected_ = writing.ALLOWED if COMPANY.reaches(person, "create", new) else writing.FORBIDDEN
            cells.compare(told[thing], expected_, name, one, thing.name)
        for access, of_access in writing.shares(place, who, one).items():
            for thing, became_ in of_access.items():
                expected_ = _told(person, "share", thing)
                if access == "WRITE" and expected_ == writing.ALLOWED:
                    expected_ = _told(person, "update", thing)
                cells.compare(became_, expected_, name, access, one, thing.name)


@pytest.mark.parametrize("name", table.PEOPLE)
def test_exports(place: Place, cells: Cells, name: str) -> None:
    person = table.PEOPLE[name]
    for one in OBJECTS:
        told = writing.exports(place, place.people[name], one)
        if not (COMPANY.may(person, one, "read") and COMPANY.may(person, one, "export")):
            cells.compare(told, writing.FORBIDDEN, name, one)
            continue
        assert isinstance(told, dict), (name, one)
        for thing, is_there in told.items():
            both = COMPANY.sees(person, thing) and COMPANY.reaches(person, "export", thing)
            cells.compare(is_there, both, name, one, thing.name)


def test_every_door_of_the_contracts_is_in_the_table() -> None:
    assert reading.COVERED.keys() == contracts.READING.keys()
    assert writing.COVERED.keys() == contracts.WRITING.keys()


def test_the_rules_know_nothing_of_the_kernel() -> None:
    for module in (rules, table):
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert imported <= {"collections.abc", "dataclasses", "tests.oracle.rules"}
