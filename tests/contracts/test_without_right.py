"""Whoever lacks the right is refused, and nothing has happened."""

from typing import Any

from saas.engine.registry import ObjectType
from tests.contracts.factory import changeable, given, made, write
from tests.contracts.ledger import marks
from tests.world import World

REFUSED = {"id": None, "record": None}


def test_reading_is_refused(world: World, one: ObjectType) -> None:
    id_ = made(world.garage, one)
    queries = (
        f'{{ x: {one.single}(id: "{id_}") {{ id }} }}',
        f"{{ x: {one.plural} {{ nodes {{ id }} }} }}",
        f"{{ x: {one.plural} {{ totalCount {{ value }} }} }}",
        f"{{ x: {one.plural} {{ aggregate {{ count }} }} }}",
        f"{{ x: {one.single}Groups(by: [{{ id: VALUE }}]) {{ nodes {{ count }} }} }}",
        f"{{ x: {one.single}Groups(by: [{{ id: VALUE }}]) {{ totalCount {{ value }} }} }}",
        f"{{ x: {one.plural}(first: 0) {{ pageInfo {{ hasNextPage }} }} }}",
    )
    for query in queries:
        (error,) = world.garage.nick.errors(query)
        assert (error["extensions"]["code"], error["path"]) == ("FORBIDDEN", ["x"])
    asked = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"
    assert world.garage.nick.ask(asked, id=str(id_)) == {"node": None, "nodes": [None]}


def test_writing_is_refused_and_leaves_no_trace(world: World, one: ObjectType) -> None:
    id_, gone = str(made(world.garage, one)), str(made(world.garage, one))
    assert write(world.garage.ada, one, "Delete", id=gone)["id"] == gone
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
