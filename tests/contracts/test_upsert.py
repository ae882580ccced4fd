"""Create or update by each of an object's keys."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType
from saas.kit import ids
from saas.kit.text import camel
from tests.contracts.bulk import bulk, told
from tests.contracts.factory import (
    Values,
    different,
    given,
    lasting_in,
    made_with,
    read_as,
    references_in,
    tried,
    without_system_fields,
    write,
)
from tests.contracts.ledger import audited, marks
from tests.contracts.statements import compared, counted
from tests.world import Person, World

Problems = list[tuple[str, list[str]]]


def _keys(one: ObjectType) -> list[Field]:
    if not one.keys:
        pytest.skip("nothing recognises it")
    return list(one.keys)


def _upsert(person: Person, one: ObjectType, key: Field, values: Values) -> Values:
    return write(person, one, "Upsert", by=key.api.upper(), input=values)


def _tried(person: Person, one: ObjectType, key: Field, values: Values) -> Values:
    return tried(person, one, "Upsert", by=key.api.upper(), input=values)


def _problems(payload: Values) -> Problems:
    assert payload["id"] is None
    return [(each["code"], each["path"]) for each in payload["problems"]]


def test_what_nobody_has_is_created_and_then_changed(world: World, one: ObjectType) -> None:
    """By the other company it is created too; and created again where it is in the trash."""
    ada = world.garage.ada
    for key in _keys(one):
        values = given(world.garage, one)
        id_ = str(ids.new_id(one.record.facts.code))
        first = _upsert(ada, one, key, values | {"id": id_})
        assert (first["id"], first["problems"]) == (id_, [])
        assert without_system_fields(one, first["record"]) == read_as(one, values)
        shouted = values[camel(key.name)].upper() if key.folded else values[camel(key.name)]
        lasting = lasting_in(one, values)
        changes = lasting | different(world.garage, one, values) | {camel(key.name): shouted}
        second = _upsert(ada, one, key, changes | {"id": str(ids.new_id(one.record.facts.code))})
        assert (second["id"], second["record"]["version"]) == (id_, 2)
        assert without_system_fields(one, second["record"]) == read_as(one, values | changes | lasting)
        _is_theirs_alone(world, one, key, values)
        third = _upsert(ada, one, key, changes)
        assert (third["id"], third["record"]["version"]) == (id_, 2)
        assert [row["kind"] for row in audited(world, world.garage, id_)] == ["created", "updated"]
        assert tried(ada, one, "Delete", id=id_)["id"] == id_
        assert _tried(ada, one, key, changes)["id"] not in (id_, None)


def _is_theirs_alone(world: World, one: ObjectType, key: Field, values: Values) -> None:
    """Another company with the same key makes a record of its own."""
    theirs = given(world.rival, one) | {camel(key.name): values[camel(key.name)]}
    before = marks(world, world.garage)
    found = _upsert(world.rival.rita, one, key, theirs)
    assert (found["problems"], found["record"]["version"]) == ([], 1)
    assert marks(world, world.garage) == before


def test_without_the_key_nothing_is_recognised(world: World, one: ObjectType) -> None:
    # Of a currency the scalar itself refuses what is empty.
    values = [(key, given(world.garage, one)) for key in _keys(one) if key.kind is not Kind.CURRENCY]
    before = marks(world, world.garage)
    for key, given_values in values:
        if key.required:
            given_values[camel(key.name)] = " "
        else:
            del given_values[camel(key.name)]
        assert _problems(_tried(world.garage.ada, one, key, given_values)) == [("REQUIRED", [camel(key.name)])]
    assert marks(world, world.garage) == before


def test_a_key_of_two_records_is_refused(world: World, one: ObjectType) -> None:
    for key in _keys(one):
        if key.unique:
            continue
        values = given(world.garage, one)
        made_with(world.garage, one, [{key.name: values[camel(key.name)]}] * 2)
        before = marks(world, world.garage)
        assert _problems(_tried(world.garage.ada, one, key, values)) == [("AMBIGUOUS", [camel(key.name)])]
        assert marks(world, world.garage) == before


def test_many_at_once_cost_no_more_statements_than_two(world: World, one: ObjectType) -> None:
    for key in _keys(one):
        many, few = compared(partial(_cost, world, one, key), 1, 4)
        assert many == few, key.name


def _cost(world: World, one: ObjectType, key: Field, number: int) -> list[int]:
    """The statements for so many that are changed, and as many that are created."""
    behind = references_in(one, given(world.garage, one))
    rows = [given(world.garage, one, **behind) for _ in range(number * 2)]
    assert bulk(world.garage.ada, one, "Create", rows[:number], shown=False)["written"] == number
    with counted() as sent:
        found = bulk(world.garage.ada, one, "Upsert", rows, by=key.api.upper())
    assert told(found) == [(True, [])] * len(rows)
    return [len(sent)]


def test_one_bad_row_undoes_created_and_changed(world: World, one: ObjectType) -> None:
    for key in _keys(one):
        rows = [given(world.garage, one) for _ in range(3)]
        assert tried(world.garage.ada, one, "Create", input=rows[0])["problems"] == []
        lasting = lasting_in(one, rows[0]) | {camel(key.name): rows[0][camel(key.name)]}
        rows[0] = different(world.garage, one, rows[0]) | lasting
        rows[2][camel(key.name)] = rows[1][camel(key.name)]
        before = marks(world, world.garage)
        refused = bulk(world.garage.ada, one, "Upsert", rows, by=key.api.upper())
        bad = (False, [("BAD_INPUT", camel(key.name))])
        assert told(refused) == [(False, [("ROLLED_BACK", "")])] * 2 + [bad]
        assert marks(world, world.garage) == before
        skipped = bulk(world.garage.ada, one, "Upsert", rows, by=key.api.upper(), onError="SKIP_FAILED")
        assert told(skipped) == [(True, []), (True, []), bad]
        assert [item["record"]["version"] for item in skipped["items"][:2]] == [2, 1]


def test_twins_of_a_unique_key_make_one_record(world: World, one: ObjectType) -> None:
    for key in _keys(one):
        if not key.unique:
            continue
        values = given(world.garage, one)
        rows = [given(world.garage, one, **references_in(one, values)) for _ in range(2)]
        for row in rows:
            row |= lasting_in(one, values) | {camel(key.name): values[camel(key.name)]}
        barrier = Barrier(2)

        def send(row: Values, key: Field = key, barrier: Barrier = barrier) -> Values:
            barrier.wait()
            return _tried(world.garage.ada, one, key, row)

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(send, rows))
        assert [answer["problems"] for answer in answers] == [[], []]
        assert len({answer["id"] for answer in answers}) == 1
        assert [row["version"] for row in audited(world, world.garage, answers[0]["id"])] == [1, 2]
