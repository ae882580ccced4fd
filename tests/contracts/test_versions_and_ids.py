"""Versions guard against overwriting what one has not seen; ids may be made by a client that keeps to the layout."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

import pytest

from saas.engine.address import formatted
from saas.engine.registry import ObjectType
from saas.kit import clock, ids
from saas.kit.text import snake
from tests.contracts.factory import changeable, create, different, given, made, read_as, without_system_fields, write
from tests.contracts.ledger import audited, marks
from tests.world import World


@pytest.mark.parametrize("verb", ["Update", "Delete"])
def test_a_stale_version_is_refused_with_the_current_one(world: World, one: ObjectType, verb: str) -> None:
    ada = world.garage.ada
    values = given(world.garage, one)
    id_ = create(ada, one, values)["id"]
    title = one.record.facts.title
    assert write(ada, one, "Update", id=id_, input={title: values[title] + " new"})["record"]["version"] == 2
    before = marks(world, world.garage)
    mine = f"mine {id_}"
    arguments = {"input": {title: mine}} if verb == "Update" else {}
    for stale in (1, 3, 0, -1):
        refused = write(ada, one, verb, id=id_, version=stale, **arguments)
        (problem,) = refused["problems"]
        assert (refused["id"], refused["record"]) == (None, None)
        told = problem["__typename"], problem["code"], problem["path"], problem["currentVersion"]
        assert told == ("VersionConflict", "VERSION_CONFLICT", ["version"], 2)
        of_field = {"field": title, "current": values[title] + " new", "mine": mine, "original": values[title]}
        assert problem["fields"] == ([of_field] if (verb, stale) == ("Update", 1) else [])
    assert marks(world, world.garage) == before


def test_a_stale_version_is_refused_in_the_trash_too(world: World, one: ObjectType) -> None:
    id_ = str(made(world.garage, one))
    assert write(world.garage.ada, one, "Delete", id=id_)["id"] == id_
    (problem,) = write(world.garage.ada, one, "Restore", id=id_, version=1)["problems"]
    assert (problem["code"], problem["currentVersion"]) == ("VERSION_CONFLICT", 2)


def _as_text(value: object) -> str | None:
    """What an input says, as a conflict tells it."""
    if isinstance(value, dict) and "city" in value:
        return formatted({snake(name): part for name, part in value.items()})
    if isinstance(value, dict):
        value = value["amount"]
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, str | None):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_conflict_is_told_for_each_field_and_costs_the_same_for_many(world: World, one: ObjectType) -> None:
    ada = world.garage.ada
    values = given(world.garage, one)
    theirs, mine = (different(world.garage, one, values) for _ in range(2))
    id_ = create(ada, one, values)["id"]
    record = write(ada, one, "Update", id=id_, version=1, input=theirs)["record"]
    (problem,) = write(ada, one, "Update", id=id_, version=1, input=mine)["problems"]
    for name in theirs:
        told = [each for each in problem["fields"] if each["field"] == name]
        if theirs[name] == mine[name]:
            assert told == [], name
            continue
        (clash,) = told
        texts = {key: serialized(clash[key]) for key in ("current", "mine", "original")}
        wanted = {"current": theirs[name], "mine": mine[name], "original": values[name]}
        assert texts == {key: serialized(_as_text(value)) for key, value in wanted.items()}, name
    assert write(ada, one, "Update", id=id_, version=1, input=changeable(one, values))["record"] == record
    assert len(audited(world, world.garage, id_)) == 2


def serialized(text: str | None) -> str | None:
    """Numbers without the zeros behind, whichever they are."""
    try:
        return None if text is None else str(Decimal(text).normalize())
    except InvalidOperation:
        return text


def test_changes_of_different_fields_are_no_conflict(world: World, one: ObjectType) -> None:
    ada = world.garage.ada
    values = given(world.garage, one)
    theirs = different(world.garage, one, values)
    title = one.record.facts.title
    id_ = create(ada, one, values)["id"]
    others = {name: value for name, value in theirs.items() if name != title}
    assert write(ada, one, "Update", id=id_, version=1, input=others)["problems"] == []
    ours = f"ours {id_}"
    mine = write(ada, one, "Update", id=id_, version=1, input=changeable(one, values) | {title: ours})
    assert mine["problems"] == []
    assert mine["record"]["version"] == (3 if others else 2)
    assert without_system_fields(one, mine["record"]) == read_as(one, values | others | {title: ours})
    assert audited(world, world.garage, id_)[-1]["fields"] == [title]


@pytest.mark.parametrize("lost", ["changes = NULL", None])
def test_where_the_audit_is_gone_the_whole_record_counts(world: World, one: ObjectType, lost: str | None) -> None:
    ada, title = world.garage.ada, one.record.facts.title
    id_ = create(ada, one, given(world.garage, one))["id"]
    for name in ("theirs", "theirs too"):
        assert write(ada, one, "Update", id=id_, input={title: f"{name} {id_}"})["problems"] == []
    what = f"UPDATE audit SET {lost}" if lost else "DELETE FROM audit"
    world.sql(world.garage, f"{what} WHERE record_id = %s AND version = 2", id_)
    (problem,) = write(ada, one, "Update", id=id_, version=1, input={})["problems"]
    assert (problem["code"], problem["fields"]) == ("VERSION_CONFLICT", [])
    assert write(ada, one, "Update", id=id_, version=2, input={})["problems"] == []


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
    before = marks(world, world.garage)
    for what, id_ in impossible.items():
        refused = create(world.garage.ada, one, values | {"id": str(id_)})
        assert (refused["id"], refused["record"]) == (None, None), what
        assert [(p["code"], p["path"]) for p in refused["problems"]] == [("BAD_INPUT", ["id"])], what
    assert marks(world, world.garage) == before


def test_an_id_of_a_day_ahead_is_a_clock_that_may_go_wrong(world: World, one: ObjectType) -> None:
    id_ = str(_at(one.record.facts.code, timedelta(hours=23)))
    assert create(world.garage.ada, one, given(world.garage, one, required_only=True) | {"id": id_})["id"] == id_


def test_an_id_is_taken_once(world: World, one: ObjectType) -> None:
    id_ = made(world.garage, one)
    values = given(world.garage, one) | {"id": str(id_)}
    before = marks(world, world.garage)
    refused = create(world.garage.ada, one, values)
    assert refused["id"] is None
    assert [(p["__typename"], p["code"], p["path"]) for p in refused["problems"]] == [
        ("DuplicateProblem", "DUPLICATE", ["id"])
    ]
    assert marks(world, world.garage) == before


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
