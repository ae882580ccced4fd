"""Every action on many records at once: the same rights, states, audit and cost as one at a time."""

from functools import partial
from typing import Any

from saas.engine.access.tables import RowScope
from saas.engine.actions import Action
from saas.engine.registry import ObjectType, object_of
from saas.kit.text import pascal
from saas.modules.organisation.rights import Grants
from tests.contracts.bulk import bulk, told
from tests.contracts.factory import Values, inputs_of, made_many
from tests.contracts.ledger import audited, marks
from tests.contracts.statements import compared, counted
from tests.engine.people import hire
from tests.world import Person, World, rights

WRONG_STATE = (False, [("WRONG_STATE", "id")])


def _in_state(world: World, one: ObjectType, number: int, state: Any) -> list[str]:
    """So many records in this state, however they would come there."""
    ids = made_many(world.garage, one, number)
    if state is not None and one.state is not None:
        world.sql(world.garage, f"UPDATE {one.name} SET {one.state.name} = %s WHERE id = ANY(%s)", state.value, ids)
    return [str(id_) for id_ in ids]


def _ready(world: World, action: Action, number: int) -> list[str]:
    return _in_state(world, object_of(action.record), number, next(iter(action.moves), None))


def _do(world: World, action: Action, items: list[Values], who: Person | None = None, **more: Any) -> Values:
    given = {"input": inputs_of(world.garage, action)} if action.parameters else {}
    return bulk(who or world.garage.ada, object_of(action.record), pascal(action.verb), items, **given, **more)


def _items(ids: list[str]) -> list[Values]:
    return [{"id": id_} for id_ in ids]


def test_each_state_allows_or_refuses_as_declared(world: World, action: Action) -> None:
    one = object_of(action.record)
    states: list[Any] = list(one.state.choices or ()) if one.state else [None]
    found = [(state, id_) for state in states for id_ in _in_state(world, one, 2, state)]
    items = _items([id_ for _, id_ in found])
    fate = [(True, []) if not action.moves or state in action.moves else WRONG_STATE for state, _ in found]
    before = marks(world, world.garage)
    tried = _do(world, action, items, onError="SKIP_FAILED", dryRun=True)
    assert (tried["written"], told(tried)) == (0, [(False, problems) for _, problems in fate])
    if WRONG_STATE in fate:
        for dry_run in (True, False):
            refused = _do(world, action, items, dryRun=dry_run)
            assert told(refused) == [each if each == WRONG_STATE else (False, [("ROLLED_BACK", "")]) for each in fate]
    assert marks(world, world.garage) == before
    done = _do(world, action, items, onError="SKIP_FAILED")
    assert (done["written"], told(done)) == (len(fate) - fate.count(WRONG_STATE), fate)
    for (state, id_), item in zip(found, done["items"], strict=True):
        entries = audited(world, world.garage, id_)
        if item["id"] is None:
            assert [entry["kind"] for entry in entries] == ["created"]
            continue
        row = entries[-1]
        assert (item["id"], row["kind"], row["action"]) == (id_, "acted", action.verb)
        assert (row["actor_id"], row["version"]) == (str(world.garage.ada.id), item["record"]["version"])
        if one.state is not None:
            assert item["record"][one.state.api] == action.moves.get(state, state).name


def test_without_the_right_all_is_refused(world: World, action: Action) -> None:
    one = object_of(action.record)
    others = tuple(operation for operation in one.operations if operation != action.verb)
    nearly = hire(world.garage, f"all-but-many-{action.key}", Grants(rights(RowScope.ALL, one.name, operations=others)))
    items = _items(_ready(world, action, 2))
    before = marks(world, world.garage)
    for person in (nearly, world.garage.nick):
        for policy in ("ROLL_BACK", "SKIP_FAILED"):
            for dry_run in (False, True):
                assert _do(world, action, items, person, onError=policy, dryRun=dry_run) == {
                    "written": 0,
                    "problems": [{"__typename": "ForbiddenProblem", "code": "FORBIDDEN", "path": []}],
                    "items": [],
                }
    assert marks(world, world.garage) == before


def test_stale_twice_and_unknown_are_told_by_row(world: World, action: Action) -> None:
    one = object_of(action.record)
    good, stale, deleted = _ready(world, action, 3)
    bulk(world.garage.ada, one, "Delete", [{"id": deleted}])
    items: list[Values] = [
        {"id": good, "version": 1},
        {"id": stale, "version": 2},
        {"id": deleted},
        {"id": "42"},
        {"id": good},
    ]
    before = marks(world, world.garage)
    wrong = [("VERSION_CONFLICT", "version")], [("NOT_FOUND", "id")], [("BAD_INPUT", "")], [("BAD_INPUT", "id")]
    refused = _do(world, action, items[:3])
    assert told(refused) == [(False, [("ROLLED_BACK", "")]), (False, wrong[0]), (False, wrong[1])]
    assert marks(world, world.garage) == before
    done = _do(world, action, items, onError="SKIP_FAILED")
    assert told(done) == [(True, []), *((False, problems) for problems in wrong)]


def test_none_is_no_work_and_more_than_five_hundred_are_refused(world: World, action: Action) -> None:
    assert _do(world, action, []) == {"written": 0, "problems": [], "items": []}
    (id_,) = _ready(world, action, 1)
    assert _do(world, action, _items([id_] * 501), onError="SKIP_FAILED") == {
        "written": 0,
        "problems": [{"__typename": "FieldProblem", "code": "BAD_INPUT", "path": ["items"]}],
        "items": [],
    }


def test_a_hundred_cost_no_more_statements_than_one(world: World, action: Action) -> None:
    one = object_of(action.record)

    def statements(number: int, **more: Any) -> list[int]:
        items = _items(_ready(world, action, number))
        given = {"input": inputs_of(world.garage, action)} if action.parameters else {}
        with counted() as sent:
            done = bulk(world.garage.ada, one, pascal(action.verb), items, shown=False, **given, **more)
        assert done["written"] == (0 if more.get("dryRun") else number)
        assert [problems for _, problems in told(done)] == [[]] * number
        return [len(sent)]

    for more in ({}, {"onError": "SKIP_FAILED"}, {"dryRun": True}):
        many, few = compared(partial(statements, **more), 1, 100)
        assert many == few


def test_another_tenant_has_none_of_them(world: World, action: Action) -> None:
    one = object_of(action.record)
    items = _items(_ready(world, action, 2))
    before = marks(world, world.garage)
    given = {"input": inputs_of(world.rival, action)} if action.parameters else {}
    refused = bulk(world.rival.rita, one, pascal(action.verb), items, **given)
    assert told(refused) == [(False, [("NOT_FOUND", "id")])] * 2
    assert marks(world, world.garage) == before
