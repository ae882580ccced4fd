"""Records are merged into one that survives, with all that refers to them, and taken apart again as they were."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from saas.engine.field import Field, Kind
from saas.engine.followers import Follower, followers
from saas.engine.registry import ObjectType, listers, objects, referrers
from saas.engine.tables import all_tables
from saas.kit.text import camel, pascal
from tests.contracts.bulk import bulk
from tests.contracts.factory import Values, create, given, made, made_with, write
from tests.contracts.ledger import audited, contents, kept, marks
from tests.contracts.test_statements import counted
from tests.databases import Cluster
from tests.world import Person, World, built

# Columns of ids that lead to no record, that tell of the past, or that whoever keeps their table brings in line.
_STAYING = {
    *("audit.id", "audit.record_id", "audit.actor_id", "idempotency.actor_id"),
    *("import_run.id", "import_run.job_id", "import_run.created_by", "import_issue.run_id"),
    *("merge.id", "merge.into_id", "merge.actor_id", "merged.record_id", "merged.merge_id", "merged.into_id"),
    *("merge_move.merge_id", "merge_move.record_id", "merge_move.was_id", "merge_row.merge_id"),
    *("merge_list.merge_id", "merge_list.record_id"),
    *("duplicate_key.record_id", "link.record_id", "link.target_id"),
    *("principal.id", "principal.department_id", "principal.region_id", "principal.position_id"),
    *(f"{tree}_closure.{end}_id" for tree in ("department", "region") for end in ("ancestor", "descendant")),
    *("superior_closure.superior_id", "superior_closure.subordinate_id", "role_right.id", "role_field.id"),
}
# What the other columns of a row that follows a record are given.
_WORDS = {
    "access": "read",
    "operation": "read",
    "scope": "own",
    "relation": "others",
    "value": "1",
    **dict.fromkeys(("object", "field_group", "key"), "nothing {}"),
}


@pytest.fixture(scope="module")
def world(cluster: Cluster) -> Iterator[World]:
    """One of this file alone: here rows of all tables appear that no product would write."""
    with built(cluster, "merge_") as found:
        yield found


def merge(person: Person, one: ObjectType, into: UUID | str, away: list[Any], **more: Any) -> Values:
    types = {"input": f"{one.type_name}UpdateInput", "dryRun": "Boolean!", "version": "Int"}
    declared = "".join(f", ${name}: {types[name]}" for name in more)
    passed = "".join(f", {name}: ${name}" for name in more)
    query = f"""
        mutation($into: ID!, $away: [ID!]!{declared}) {{
          x: {one.single}Merge(into: $into, from: $away{passed}) {{
            id record: {one.single} {{ id version }}
            changed {{ field before after }} moved {{ object field count }} problems {{ code path }}
          }}
        }}"""
    found: Values = person.ask(query, into=str(into), away=[str(each) for each in away], **more)["x"]
    return found


def unmerge(person: Person, one: ObjectType, id_: UUID | str) -> Values:
    query = f"""
        mutation($id: ID!) {{
          x: {one.single}Unmerge(id: $id) {{ id record: {one.single} {{ id }} problems {{ code path message }} }}
        }}"""
    found: Values = person.ask(query, id=str(id_))["x"]
    return found


def _given(field: Field, id_: object) -> Any:
    """The value of a field that refers to this record, one of them or a list of them."""
    return [str(id_)] if field.kind is Kind.REFERENCES else id_


def _followed(world: World, one: ObjectType, *ids: UUID) -> list[tuple[ObjectType, Field, UUID]]:
    """For each of these records one that refers to it by each field that may; those that may change."""
    by: dict[ObjectType, list[tuple[Field, UUID]]] = {}
    for other, field in (*referrers(one), *listers(one)):
        by.setdefault(other, []).extend((field, id_) for id_ in ids if not field.fixed)
    found: list[tuple[ObjectType, Field, UUID]] = []
    for other, pairs in by.items():
        made_ids = made_with(world.garage, other, [{field.name: _given(field, id_)} for field, id_ in pairs])
        found += [(other, field, id_) for (field, _), id_ in zip(pairs, made_ids, strict=True)]
    return found


def _refers_to(world: World, other: ObjectType, field: Field, id_: UUID) -> list[UUID]:
    if field.kind is Kind.REFERENCES:
        query, stored = (
            "SELECT target_id FROM link WHERE record_id = %s AND field = %s ORDER BY position",
            f"{other.name}.{field.name}",
        )
        return [target for (target,) in world.sql(world.garage, query, id_, stored)]
    return [
        target for (target,) in world.sql(world.garage, f"SELECT {field.name} FROM {other.name} WHERE id = %s", id_)
    ]


def _said(world: World, *ids: UUID) -> None:
    """Have every table say something of each of these records in each column that follows, and the same of all."""
    for follower in followers():
        rows: list[dict[str, Any]] = []
        for column in follower.columns:
            common = _row(follower)
            for id_ in ids:
                again = common | ({"id": uuid4()} if "id" in common else {})
                rows += [row | {column: id_} for row in (_row(follower), again)]
        columns = dict.fromkeys(name for row in rows for name in row)
        names, placed = ", ".join(columns), ", ".join(["%s"] * len(columns))
        values = [row.get(name) for row in rows for name in columns]
        places = ", ".join([f"({placed})"] * len(rows))
        world.sql(world.garage, f"INSERT INTO {follower.table.name} ({names}) VALUES {places}", *values)


def _row(follower: Follower) -> dict[str, Any]:
    def value(column: sa.Column[Any]) -> Any:
        if isinstance(column.type, sa.Uuid):
            return uuid4()
        if isinstance(column.type, sa.DateTime):
            return datetime(2020, 1, 1, tzinfo=UTC)
        return _WORDS[column.name].format(uuid4())

    return {column.name: value(column) for column in follower.table.columns if not column.nullable}


def _keys(world: World, follower: Follower, turned: dict[str, str]) -> list[tuple[Any, ...]]:
    """What the rows of a table are about, where some ids stand for others."""
    rows = [row for (row,) in world.sql(world.garage, f"SELECT to_jsonb(one) FROM {follower.table.name} one")]
    return [tuple(turned.get(row[each.name], row[each.name]) for each in follower.key) for row in rows]


def test_all_that_referred_to_them_refers_to_the_survivor(world: World, one: ObjectType) -> None:
    into, a, b = (made(world.garage, one) for _ in range(3))
    referring = _followed(world, one, a, b)
    told = merge(world.garage.ada, one, into, [a, b])
    assert (told["id"], told["record"]["id"], told["problems"]) == (str(into), str(into), [])
    for other, field, id_ in referring:
        assert _refers_to(world, other, field, id_) == [into]
    counts = {(each["object"], each["field"]): each["count"] for each in told["moved"]}
    assert counts == {(other.type_name, camel(field.api)): 2 for other, field, _ in referring}
    assert [row["kind"] for row in audited(world, world.garage, a)] == ["created", "merged"]
    for _, field, id_ in referring:
        last = audited(world, world.garage, id_)[-1]
        assert (last["kind"], last["changes"][field.name][1]) == ("updated", _given(field, str(into)))


def test_every_column_of_ids_follows_a_merge_or_is_known_to_stay() -> None:
    """A new table that refers to records says what becomes of its rows in a merge: `info=Follows(…).info`."""
    of_records = {one.table.name for one in objects()} | {one.lines.table.name for one in objects() if one.lines}
    ids = {
        f"{table.name}.{column.name}"
        for table in all_tables().tables.values()
        for column in table.columns
        if isinstance(column.type, sa.Uuid) and table.name not in of_records
    }
    assert ids - {f"{each.table.name}.{column}" for each in followers() for column in each.columns} == _STAYING


def test_what_is_said_of_them_is_said_of_the_survivor_once(world: World, one: ObjectType) -> None:
    into, a, b = (made(world.garage, one) for _ in range(3))
    _said(world, into, a, b)
    stand_for = {str(a): str(into), str(b): str(into)}
    before = {each.table.name: _keys(world, each, stand_for) for each in followers()}
    told = merge(world.garage.ada, one, into, [a, b])
    assert told["problems"] == []
    for each in followers():
        after = _keys(world, each, {})
        assert sorted(after, key=str) == sorted(set(before[each.table.name]), key=str)
    counts = {(each["object"], each["field"]): each["count"] for each in told["moved"]}
    columns = [(each.table.name, field.field) for each in followers() for field in each.columns.values()]
    assert counts == {(pascal(table), field): 4 for table, field in columns}
    assert {each.table.name for each in followers()} <= set(audited(world, world.garage, into)[-1]["fields"])


def test_the_id_of_a_merged_record_leads_to_the_survivor(world: World, one: ObjectType) -> None:
    first, second, third = (made(world.garage, one) for _ in range(3))
    assert merge(world.garage.ada, one, second, [first])["problems"] == []
    assert merge(world.garage.ada, one, third, [second])["problems"] == []
    asked = {"a": str(first), "b": str(second), "all": [str(first), str(third), str(second)]}
    fields = "a: node(id: $a) { id } b: node(id: $b) { id } nodes(ids: $all) { id }"
    query = f"query($a: ID!, $b: ID!, $all: [ID!]!) {{ {fields} }}"
    is_third = {"id": str(third)}
    assert world.garage.ada.ask(query, **asked) == {"a": is_third, "b": is_third, "nodes": [is_third] * 3}
    assert world.garage.nick.ask(query, **asked) == {"a": None, "b": None, "nodes": [None] * 3}
    assert world.rival.rita.ask(query, **asked) == {"a": None, "b": None, "nodes": [None] * 3}


def test_merge_and_undo_return_to_the_same_state(world: World, one: ObjectType) -> None:
    into = made(world.garage, one)
    away = [create(world.garage.ada, one, given(world.garage, one))["id"] for _ in range(2)]
    _followed(world, one, UUID(away[0]), UUID(away[1]), into)
    _said(world, into, UUID(away[0]), UUID(away[1]))
    title = camel(one.record.facts.title)
    before = contents(world, world.garage)
    told = merge(world.garage.ada, one, into, away, input={title: "survivor"})
    assert told["problems"] == []
    assert {each["field"] for each in told["changed"]} >= {title}
    assert contents(world, world.garage) != before
    undone = unmerge(world.garage.ada, one, away[1])
    assert (undone["id"], undone["problems"]) == (away[1], [])
    assert contents(world, world.garage) == before
    assert [row["kind"] for row in audited(world, world.garage, away[0])] == ["created", "merged", "unmerged"]


def test_a_survivor_takes_what_it_lacks_from_the_first_that_has_it(world: World, one: ObjectType) -> None:
    into = made(world.garage, one)
    first, second = (create(world.garage.ada, one, given(world.garage, one))["record"] for _ in range(2))
    had = kept(world, world.garage, one)
    told = merge(world.garage.ada, one, into, [first["id"], second["id"]])
    assert told["problems"] == []
    rows = {row["id"]: row for row in had}
    (now,) = [row for row in kept(world, world.garage, one) if row["id"] == str(into)]
    for name, field in one.fields.items():
        if field.is_input(creating=False) and not (field.kind is Kind.REFERENCE and field.target is one.record):
            was = rows[str(into)][name]
            assert now[name] == (rows[first["id"]][name] if was is None else was), name


def test_a_preview_tells_the_same_and_does_nothing(world: World, one: ObjectType) -> None:
    into = made(world.garage, one)
    away = create(world.garage.ada, one, given(world.garage, one))["id"]
    _followed(world, one, UUID(away))
    _said(world, into, UUID(away))
    before = marks(world, world.garage)
    preview = merge(world.garage.ada, one, into, [away], dryRun=True)
    assert (preview["id"], preview["record"], preview["problems"]) == (None, None, [])
    assert marks(world, world.garage) == before
    done = merge(world.garage.ada, one, into, [away])
    assert (preview["changed"], preview["moved"]) == (done["changed"], done["moved"])


def test_what_moved_on_since_cannot_be_undone(world: World, one: ObjectType) -> None:
    into, away, elsewhere = (made(world.garage, one) for _ in range(3))
    title = camel(one.record.facts.title)
    referring = _followed(world, one, away)
    assert merge(world.garage.ada, one, into, [away], input={title: "survivor"})["problems"] == []
    assert write(world.garage.ada, one, "Update", id=str(into), input={title: "again"})["problems"] == []
    moved = 0
    for other, ours in groupby(referring, key=itemgetter(0)):
        items = [{"id": str(id_), "input": {camel(f.name): _given(f, str(elsewhere))}} for _, f, id_ in ours]
        moved += bulk(world.garage.ada, other, "Update", items, onError="SKIP_FAILED")["written"]
    before = marks(world, world.garage)
    refused = unmerge(world.garage.ada, one, away)
    told = [(each["code"], each["path"]) for each in refused["problems"]]
    assert (refused["id"], told) == (None, [("MOVED_ON", [title])] + [("MOVED_ON", ["id"])] * moved)
    assert marks(world, world.garage) == before


def test_what_cannot_be_merged_is_refused_and_nothing_happens(world: World, one: ObjectType) -> None:
    into, away = made(world.garage, one), made(world.garage, one)
    gone = made(world.garage, one)
    assert write(world.garage.ada, one, "Delete", id=str(gone))["problems"] == []
    theirs = made(world.rival, one)
    before = marks(world, world.garage)
    attempts: dict[str, tuple[Values, list[tuple[str, list[str]]]]] = {
        "itself": (merge(world.garage.ada, one, into, [away, into]), [("BAD_INPUT", ["from"])]),
        "nothing": (merge(world.garage.ada, one, into, []), [("BAD_INPUT", ["from"])]),
        "too many": (merge(world.garage.ada, one, into, [away] * 101), [("BAD_INPUT", ["from"])]),
        "twice": (merge(world.garage.ada, one, into, [away, away]), [("BAD_INPUT", ["from", "1"])]),
        "deleted": (merge(world.garage.ada, one, into, [away, gone]), [("NOT_FOUND", ["from", "1"])]),
        "into a deleted": (merge(world.garage.ada, one, gone, [away]), [("NOT_FOUND", ["into"])]),
        "of another company": (merge(world.garage.ada, one, into, [theirs]), [("NOT_FOUND", ["from", "0"])]),
        "by another company": (
            merge(world.rival.rita, one, into, [away]),
            [("NOT_FOUND", ["into"]), ("NOT_FOUND", ["from", "0"])],
        ),
        "without a right": (merge(world.garage.nick, one, into, [away]), [("FORBIDDEN", [])]),
        "stale": (merge(world.garage.ada, one, into, [away], version=9), [("VERSION_CONFLICT", ["version"])]),
    }
    for what, (told, problems) in attempts.items():
        assert (told["id"], told["record"], told["changed"], told["moved"]) == (None, None, [], []), what
        assert [(each["code"], each["path"]) for each in told["problems"]] == problems, what
    assert marks(world, world.garage) == before


def test_only_what_was_merged_can_be_taken_apart(world: World, one: ObjectType) -> None:
    into, away = made(world.garage, one), made(world.garage, one)
    assert merge(world.garage.ada, one, into, [away])["problems"] == []
    before = marks(world, world.garage)
    attempts = (
        (unmerge(world.garage.ada, one, into), "NOT_FOUND"),
        (unmerge(world.rival.rita, one, away), "NOT_FOUND"),
        (unmerge(world.garage.nick, one, away), "FORBIDDEN"),
        (write(world.garage.ada, one, "Restore", id=str(away)), "MERGED"),
    )
    for refused, code in attempts:
        assert (refused["id"], [each["code"] for each in refused["problems"]]) == (None, [code])
    assert marks(world, world.garage) == before


def test_many_cost_no_more_statements_than_one(world: World, one: ObjectType) -> None:
    costs = []
    for number in (1, 1, 6):
        into, *away = (made(world.garage, one) for _ in range(number + 1))
        _followed(world, one, *away)
        _said(world, into, *away)
        with counted() as sent:
            assert merge(world.garage.ada, one, into, away)["problems"] == []
        costs.append(len(sent))
    assert costs[1] == costs[2]


@pytest.mark.parametrize("version", [1, None])
def test_in_the_trash_too_references_follow(world: World, one: ObjectType, version: int | None) -> None:
    into, away = made(world.garage, one), made(world.garage, one)
    referring = _followed(world, one, away)
    for other, ours in groupby(referring, key=itemgetter(0)):
        bulk(world.garage.ada, other, "Delete", [{"id": str(id_), "version": version} for _, _, id_ in ours])
    assert merge(world.garage.ada, one, into, [away])["problems"] == []
    for other, field, id_ in referring:
        assert _refers_to(world, other, field, id_) == [into]


def test_the_survivor_has_all_that_is_in_the_lists(world: World, one: ObjectType) -> None:
    if not one.links:
        return
    own, *others = (create(world.garage.ada, one, given(world.garage, one))["record"] for _ in range(3))
    for field in one.links.values():
        name = camel(field.api)
        lists = [[each["id"] for each in record[name]] for record in (own, *others)]
        write(world.garage.ada, one, "Update", id=others[1]["id"], input={camel(field.name): [*lists[0], *lists[2]]})
        told = merge(world.garage.ada, one, own["id"], [each["id"] for each in others])
        after = [*lists[0], *lists[1], *lists[2]]
        (changed,) = [each for each in told["changed"] if each["field"] == camel(field.name)]
        assert (changed["before"], changed["after"]) == (", ".join(lists[0]), ", ".join(after))
        assert [str(each) for each in _refers_to(world, one, field, own["id"])] == after
        unmerge(world.garage.ada, one, others[0]["id"])
        assert [str(each) for each in _refers_to(world, one, field, own["id"])] == lists[0]
