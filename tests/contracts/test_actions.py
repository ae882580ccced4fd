"""Every action in every state: allowed or refused exactly as declared, and told so before."""

from typing import Any
from uuid import UUID

from saas.engine.access.tables import RowScope
from saas.engine.actions import Action
from saas.engine.registry import ObjectType, object_of
from saas.engine.write.act import act
from saas.engine.write.load import Target
from saas.kit.text import pascal
from saas.modules.organisation.rights import Grants
from tests.contracts.factory import Values, inputs_of, made_many, tried, write
from tests.contracts.ledger import audited, marks
from tests.contracts.statements import counted
from tests.engine.people import hire
from tests.world import World, rights


def _in_state(world: World, one: ObjectType, state: Any) -> UUID:
    """A record in this state, however it would come there."""
    return _many_in_state(world, one, state, 1)[0]


def _many_in_state(world: World, one: ObjectType, state: Any, number: int) -> list[UUID]:
    ids = made_many(world.garage, one, number)
    if one.state is not None:
        of = f"UPDATE {one.name} SET {one.state.name} = %s WHERE id = ANY(%s)"
        world.sql(world.garage, of, state.value, ids)
    return ids


def _states(one: ObjectType) -> list[Any]:
    return list(one.state.choices or ()) if one.state else [None]


def _do(world: World, action: Action, id_: UUID, **arguments: Any) -> Values:
    one = object_of(action.record)
    given = {"input": inputs_of(world.garage, action)} if action.parameters else {}
    return write(world.garage.ada, one, pascal(action.verb), id=str(id_), **given, **arguments)


def _allowed(world: World, one: ObjectType, id_: UUID) -> list[str]:
    query = f"query($id: ID!) {{ x: {one.single}(id: $id) {{ access {{ allowedActions }} }} }}"
    allowed: list[str] = world.garage.ada.ask(query, id=str(id_))["x"]["access"]["allowedActions"]
    return allowed


def test_each_state_allows_or_refuses_as_declared(world: World, action: Action) -> None:
    one = object_of(action.record)
    for state in _states(one):
        id_ = _in_state(world, one, state)
        before = marks(world, world.garage)
        allowed = _allowed(world, one, id_)
        assert allowed == [each.api for each in one.actions.values() if not each.moves or state in each.moves]
        tried = _do(world, action, id_, dryRun=True)
        assert (tried["id"], tried["record"]) == (None, None)
        assert marks(world, world.garage) == before
        if action.api in allowed:
            assert tried["problems"] == []
            continue
        (problem,) = tried["problems"]
        told = problem["__typename"], problem["code"], problem["path"], problem["state"], problem["allowedActions"]
        assert told == ("WrongStateProblem", "WRONG_STATE", ["id"], state.name, allowed)
        assert _do(world, action, id_) == tried
        assert marks(world, world.garage) == before


def test_each_leads_where_it_is_declared_to_and_leaves_one_row(world: World, action: Action) -> None:
    one = object_of(action.record)
    for state in list(action.moves) or _states(one):
        id_ = _in_state(world, one, state)
        done = _do(world, action, id_, version=1)
        assert (done["id"], done["problems"]) == (str(id_), [])
        row = audited(world, world.garage, id_)[-1]
        assert (row["kind"], row["action"], row["actor_id"]) == ("acted", action.verb, str(world.garage.ada.id))
        assert (row["version"], row["fields"]) == (done["record"]["version"], sorted(row["changes"]))
        if one.state is not None:
            to = action.moves.get(state, state)
            assert done["record"][one.state.api] == to.name
            if to is not state:
                assert row["changes"][one.state.name] == [state.value, to.value]


def test_each_needs_its_own_right_and_a_refusal_leaves_no_trace(world: World, action: Action) -> None:
    one = object_of(action.record)
    others = tuple(operation for operation in one.operations if operation != action.verb)
    nearly = hire(world.garage, f"all-but-{action.key}", Grants(rights(RowScope.ALL, one.name, operations=others)))
    id_ = _in_state(world, one, next(iter(action.moves), None))
    inputs = {"input": inputs_of(world.garage, action)} if action.parameters else {}
    before = marks(world, world.garage)
    for person in (nearly, world.garage.nick):
        for dry_run in (False, True):
            refused = tried(person, one, pascal(action.verb), id=str(id_), dryRun=dry_run, **inputs)
            assert refused["id"] is None
            assert [(p["__typename"], p["code"]) for p in refused["problems"]] == [("ForbiddenProblem", "FORBIDDEN")]
    query = f"query($id: ID!) {{ viewer {{ permissions }} x: {one.single}(id: $id) {{ access {{ allowedActions }} }} }}"
    answer = nearly.ask(query, id=str(id_))
    assert action.api not in answer["x"]["access"]["allowedActions"]
    assert answer["viewer"]["permissions"] == sorted(f"{one.name}.{each}" for each in others)
    assert marks(world, world.garage) == before


def test_a_stale_version_is_refused(world: World, action: Action) -> None:
    one = object_of(action.record)
    id_ = _in_state(world, one, next(iter(action.moves), None))
    before = marks(world, world.garage)
    (problem,) = _do(world, action, id_, version=2)["problems"]
    assert (problem["code"], problem["path"], problem["currentVersion"]) == ("VERSION_CONFLICT", ["version"], 1)
    assert marks(world, world.garage) == before


def test_what_is_in_the_trash_allows_nothing(world: World, action: Action) -> None:
    one = object_of(action.record)
    id_ = _in_state(world, one, next(iter(action.moves), None))
    assert tried(world.garage.ada, one, "Delete", id=str(id_))["problems"] == []
    (problem,) = _do(world, action, id_)["problems"]
    assert (problem["code"], problem["path"]) == ("NOT_FOUND", ["id"])
    query = (
        f"query($id: ID!) {{ x: {one.plural}(trash: ONLY, filter: {{ id: {{ eq: $id }} }}) "
        "{ nodes { access { allowedActions } } } }"
    )
    assert world.garage.ada.ask(query, id=str(id_))["x"]["nodes"] == [{"access": {"allowedActions": []}}]


def test_twenty_cost_no_more_statements_than_one(world: World, action: Action) -> None:
    one = object_of(action.record)
    needed: list[int] = []
    for number in (1, 20):
        ids = _many_in_state(world, one, next(iter(action.moves), None), number)
        rows = [(Target(id_), inputs_of(world.garage, action, python=True)) for id_ in ids]
        with world.garage.scope() as scope, counted() as sent:
            outcomes = act(scope, action, rows)
            assert [outcome.problems for outcome in outcomes] == [[]] * number
        needed.append(len(sent))
    assert needed[0] == needed[1]


def test_each_has_a_name_in_both_languages(action: Action) -> None:
    one = object_of(action.record)
    labels = [action.label, *(field.label for field in action.parameters.values())]
    assert all(label.en and label.zh and label.en != label.zh for label in labels)
    others = [each.label.en for each in one.actions.values()], [each.label.zh for each in one.actions.values()]
    assert [len(set(each)) for each in others] == [len(one.actions)] * 2
