"""Versions guard against overwriting what one has not seen; ids may be made by a client that keeps to the layout."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from saas.engine.registry import ObjectType
from saas.kit import clock, ids
from tests.contracts.factory import create, given, made, write
from tests.contracts.ledger import audited, kept
from tests.world import World


@pytest.mark.parametrize("verb", ["Update", "Delete"])
def test_a_stale_version_is_refused_with_the_current_one(world: World, one: ObjectType, verb: str) -> None:
    ada = world.garage.ada
    values = given(world.garage, one)
    id_ = create(ada, one, values)["id"]
    title = one.record.facts.title
    assert write(ada, one, "Update", id=id_, input={title: values[title] + " new"})["record"]["version"] == 2
    before = kept(world, world.garage, one), audited(world, world.garage)
    arguments = {"input": {title: "mine"}} if verb == "Update" else {}
    for stale in (1, 3, 0, -1):
        refused = write(ada, one, verb, id=id_, version=stale, **arguments)
        (problem,) = refused["problems"]
        assert (refused["id"], refused["record"]) == (None, None)
        told = problem["__typename"], problem["code"], problem["path"], problem["currentVersion"]
        assert told == ("VersionConflict", "VERSION_CONFLICT", ["version"], 2)
    assert (kept(world, world.garage, one), audited(world, world.garage)) == before


def test_a_stale_version_is_refused_in_the_trash_too(world: World, one: ObjectType) -> None:
    id_ = str(made(world.garage, one))
    assert write(world.garage.ada, one, "Delete", id=id_)["id"] == id_
    (problem,) = write(world.garage.ada, one, "Restore", id=id_, version=1)["problems"]
    assert (problem["code"], problem["currentVersion"]) == ("VERSION_CONFLICT", 2)


def test_an_id_made_by_the_client_is_taken(world: World, one: ObjectType) -> None:
    id_ = str(ids.new_id(one.record.facts.code))
    made = create(world.garage.ada, one, given(world.garage, one, required_only=True) | {"id": id_})
    assert (made["id"], made["problems"]) == (id_, [])


def _at(code: int, shift: timedelta) -> UUID:
    milliseconds = int((clock.now() + shift).timestamp() * 1000)
    return UUID(int=milliseconds << 80 | ids.new_id(code).int & (1 << 80) - 1)


def test_an_id_that_cannot_be_ours_is_refused(world: World, one: ObjectType) -> None:
    code = one.record.facts.code
    impossible = {
        "another layout": uuid4(),
        "no layout": UUID(int=0),
        "the code of another object": ids.new_id(code + 0x100),
        "a clock far ahead": _at(code, timedelta(hours=25)),
        "a clock of the last century": _at(code, timedelta(days=-365 * 30)),
        "no id": "42",
        "something hostile": "'; DROP TABLE customer; --",
    }
    values = given(world.garage, one, required_only=True)
    before = kept(world, world.garage, one), audited(world, world.garage)
    for what, id_ in impossible.items():
        refused = create(world.garage.ada, one, values | {"id": str(id_)})
        assert (refused["id"], refused["record"]) == (None, None), what
        assert [(p["code"], p["path"]) for p in refused["problems"]] == [("BAD_INPUT", ["id"])], what
    assert (kept(world, world.garage, one), audited(world, world.garage)) == before


def test_an_id_of_a_day_ahead_is_a_clock_that_may_go_wrong(world: World, one: ObjectType) -> None:
    id_ = str(_at(one.record.facts.code, timedelta(hours=23)))
    assert create(world.garage.ada, one, given(world.garage, one, required_only=True) | {"id": id_})["id"] == id_


def test_an_id_is_taken_once(world: World, one: ObjectType) -> None:
    id_ = made(world.garage, one)
    before = kept(world, world.garage, one)
    values = given(world.garage, one) | {"id": str(id_)}
    refused = create(world.garage.ada, one, values)
    assert refused["id"] is None
    assert [(p["__typename"], p["code"], p["path"]) for p in refused["problems"]] == [
        ("DuplicateProblem", "DUPLICATE", ["id"])
    ]
    assert [row for row in kept(world, world.garage, one) if row in before] == before


def test_twice_in_one_operation_neither_is_written(world: World, one: ObjectType) -> None:
    id_ = str(ids.new_id(one.record.facts.code))
    a, b = (given(world.garage, one, required_only=True) | {"id": id_} for _ in range(2))
    query = (
        f"mutation($a: {one.type_name}CreateInput!, $b: {one.type_name}CreateInput!) "
        f"{{ a: {one.single}Create(input: $a) {{ id problems {{ code path }} }} "
        f"b: {one.single}Create(input: $b) {{ id problems {{ code path }} }} }}"
    )
    assert world.garage.ada.ask(query, a=a, b=b) == {
        "a": {"id": None, "problems": [{"code": "ROLLED_BACK", "path": []}]},
        "b": {"id": None, "problems": [{"code": "DUPLICATE", "path": ["id"]}]},
    }
