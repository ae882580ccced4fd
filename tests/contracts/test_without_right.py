"""Whoever lacks the right is refused, and nothing has happened."""

from typing import Any
from uuid import UUID

from saas.engine.registry import ObjectType
from saas.engine.write.load import Target
from saas.engine.write.remove import delete
from tests.contracts.factory import changeable, given, made, made_many, write
from tests.contracts.ledger import marks
from tests.world import World

REFUSED = {"id": None, "record": None}


def test_reading_is_refused(world: World, one: ObjectType) -> None:
    id_ = made(world.garage, one)
    fields = (
        f"{one.single}(id: $id) {{ id }}",
        f"{one.plural} {{ nodes {{ id }} }}",
        f"{one.plural} {{ totalCount {{ value }} }}",
        f"{one.plural} {{ aggregate {{ count }} }}",
        f"{one.single}Groups(by: [{{ id: VALUE }}]) {{ nodes {{ count }} }}",
        f"{one.single}Groups(by: [{{ id: VALUE }}]) {{ totalCount {{ value }} }}",
        f"{one.plural}(first: 0) {{ pageInfo {{ hasNextPage }} }}",
    )
    asked = " ".join(f"x{i}: {field}" for i, field in enumerate(fields))
    query = f"query($id: ID!) {{ {asked} node(id: $id) {{ id }} nodes(ids: [$id]) {{ id }} }}"
    answer = world.garage.nick.http(query, {"id": str(id_)}).json()
    refused = [(f"x{i}", "FORBIDDEN") for i in range(len(fields))]
    assert [(*error["path"], error["extensions"]["code"]) for error in answer["errors"]] == refused
    assert answer["data"] == {name: None for name, _ in refused} | {"node": None, "nodes": [None]}


def test_writing_is_refused_and_leaves_no_trace(world: World, one: ObjectType) -> None:
    id_, gone = (str(each) for each in made_many(world.garage, one, 2))
    with world.garage.scope() as scope:
        assert str(delete(scope, one, [Target(UUID(gone))])[0].id) == gone
    values = given(world.garage, one)
    before = marks(world, world.garage)
    attempts: dict[str, dict[str, Any]] = {
        "Create": {"input": values},
        "Update": {"id": id_, "input": changeable(one, values)},
        "Delete": {"id": id_},
        "Restore": {"id": gone},
    }
    if one.keys:
        attempts["Upsert"] = {"by": one.keys[0].api.upper(), "input": values}
    for verb, arguments in attempts.items():
        refused = write(world.garage.nick, one, verb, **arguments)
        (problem,) = refused.pop("problems")
        assert refused == REFUSED, verb
        assert (problem["__typename"], problem["code"]) == ("ForbiddenProblem", "FORBIDDEN"), verb
    assert marks(world, world.garage) == before


def test_the_trash_is_open_to_those_only_who_may_restore(world: World, one: ObjectType) -> None:
    query = f"{{ x: {one.plural}(trash: ONLY) {{ nodes {{ id }} totalCount {{ value }} }} }}"
    (error,) = world.garage.nick.errors(query)
    assert error["extensions"]["code"] == "FORBIDDEN"
    if one.name in ("customer", "contact"):
        (error,) = world.garage.vera.errors(query)
        assert error["extensions"]["code"] == "FORBIDDEN"
