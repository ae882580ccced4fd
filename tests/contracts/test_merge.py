"""Records are merged into one that survives, with all that refers to them, and taken apart again as they were."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.field import Kind
from saas.engine.registry import ObjectType, objects, referrers
from saas.kit.text import camel
from tests.contracts.factory import Values, create, given, made, write
from tests.contracts.ledger import Rows, audited, kept
from tests.contracts.test_statements import counted
from tests.world import Company, Person, World

_JOURNAL = ("merge", "merged", "merge_move")


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


def _everything(world: World, company: Company) -> dict[str, Rows]:
    """All that is kept of all objects, but for versions and the moments of changes; and what merges note down."""
    found = {one.name: kept(world, company, one) for one in objects()}
    for rows in found.values():
        for row in rows:
            del row["version"], row["updated_at"]
    for name in _JOURNAL:
        found[name] = [row for (row,) in world.sql(company, f'SELECT to_jsonb(one) FROM "{name}" one')]
    return found


def _all(world: World) -> tuple[dict[str, Rows], Rows]:
    return _everything(world, world.garage), audited(world, world.garage)


def _followed(world: World, one: ObjectType, *ids: UUID) -> list[tuple[ObjectType, str, UUID]]:
    """For each of these records one that refers to it by each field that may; those that may change."""
    found = [(other, field.name, id_) for other, field in referrers(one) if not field.fixed for id_ in ids]
    return [(other, name, made(world.garage, other, **{name: id_})) for other, name, id_ in found]


def _refers_to(world: World, other: ObjectType, name: str, id_: UUID) -> UUID:
    ((found,),) = world.sql(world.garage, f"SELECT {name} FROM {other.name} WHERE id = %s", id_)
    assert isinstance(found, UUID)
    return found


def test_all_that_referred_to_them_refers_to_the_survivor(world: World, one: ObjectType) -> None:
    into, a, b = (made(world.garage, one) for _ in range(3))
    followers = _followed(world, one, a, b)
    told = merge(world.garage.ada, one, into, [a, b])
    assert (told["id"], told["record"]["id"], told["problems"]) == (str(into), str(into), [])
    for other, name, id_ in followers:
        assert _refers_to(world, other, name, id_) == into
    counts = {(each["object"], each["field"]): each["count"] for each in told["moved"]}
    assert counts == {(other.type_name, camel(other.fields[name].api)): 2 for other, name, _ in followers}
    assert [row["kind"] for row in audited(world, world.garage, a)] == ["created", "merged"]
    for _, name, id_ in followers:
        last = audited(world, world.garage, id_)[-1]
        assert (last["kind"], last["changes"][name][1]) == ("updated", str(into))


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
    title = camel(one.record.facts.title)
    before = _everything(world, world.garage)
    told = merge(world.garage.ada, one, into, away, input={title: "survivor"})
    assert told["problems"] == []
    assert {each["field"] for each in told["changed"]} >= {title}
    assert _everything(world, world.garage) != before
    undone = unmerge(world.garage.ada, one, away[1])
    assert (undone["id"], undone["problems"]) == (away[1], [])
    assert _everything(world, world.garage) == before
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
    before = _all(world)
    preview = merge(world.garage.ada, one, into, [away], dryRun=True)
    assert (preview["id"], preview["record"], preview["problems"]) == (None, None, [])
    assert _all(world) == before
    done = merge(world.garage.ada, one, into, [away])
    assert (preview["changed"], preview["moved"]) == (done["changed"], done["moved"])


def test_what_moved_on_since_cannot_be_undone(world: World, one: ObjectType) -> None:
    into, away, elsewhere = (made(world.garage, one) for _ in range(3))
    title = camel(one.record.facts.title)
    followers = _followed(world, one, away)
    assert merge(world.garage.ada, one, into, [away], input={title: "survivor"})["problems"] == []
    assert write(world.garage.ada, one, "Update", id=str(into), input={title: "again"})["problems"] == []
    moved = 0
    for other, name, id_ in followers:
        changed = write(world.garage.ada, other, "Update", id=str(id_), input={camel(name): str(elsewhere)})
        moved += not changed["problems"]
    before = _all(world)
    refused = unmerge(world.garage.ada, one, away)
    told = [(each["code"], each["path"]) for each in refused["problems"]]
    assert (refused["id"], told) == (None, [("MOVED_ON", [title])] + [("MOVED_ON", ["id"])] * moved)
    assert _all(world) == before


def test_what_cannot_be_merged_is_refused_and_nothing_happens(world: World, one: ObjectType) -> None:
    into, away = made(world.garage, one), made(world.garage, one)
    gone = made(world.garage, one)
    assert write(world.garage.ada, one, "Delete", id=str(gone))["problems"] == []
    theirs = made(world.rival, one)
    before = _all(world)
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
    assert _all(world) == before


def test_only_what_was_merged_can_be_taken_apart(world: World, one: ObjectType) -> None:
    into, away = made(world.garage, one), made(world.garage, one)
    assert merge(world.garage.ada, one, into, [away])["problems"] == []
    before = _all(world)
    attempts = (
        (unmerge(world.garage.ada, one, into), "NOT_FOUND"),
        (unmerge(world.rival.rita, one, away), "NOT_FOUND"),
        (unmerge(world.garage.nick, one, away), "FORBIDDEN"),
        (write(world.garage.ada, one, "Restore", id=str(away)), "MERGED"),
    )
    for refused, code in attempts:
        assert (refused["id"], [each["code"] for each in refused["problems"]]) == (None, [code])
    assert _all(world) == before


def test_many_cost_no_more_statements_than_one(world: World, one: ObjectType) -> None:
    costs = []
    for number in (1, 1, 6):
        into, *away = (made(world.garage, one) for _ in range(number + 1))
        _followed(world, one, *away)
        with counted() as sent:
            assert merge(world.garage.ada, one, into, away)["problems"] == []
        costs.append(len(sent))
    assert costs[1] == costs[2]


@pytest.mark.parametrize("version", [1, None])
def test_in_the_trash_too_references_follow(world: World, one: ObjectType, version: int | None) -> None:
    into, away = made(world.garage, one), made(world.garage, one)
    followers = _followed(world, one, away)
    for other, _, id_ in followers:
        write(world.garage.ada, other, "Delete", id=str(id_), version=version)
    assert merge(world.garage.ada, one, into, [away])["problems"] == []
    for other, name, id_ in followers:
        assert _refers_to(world, other, name, id_) == into
