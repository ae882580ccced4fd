"""A list costs as many SQL statements whether it has one record or a hundred, with whatever lists below them."""

from typing import Any

from saas.engine.registry import ObjectType, connections
from saas.kit.text import camel
from tests.contracts.selections import REFERENCES, selected
from tests.contracts.statements import counted
from tests.tenants.place import field_by_field
from tests.world import Person, World


def _costs(person: Person, query: str, ids: list[str]) -> tuple[int, list[Any]]:
    """The statements that it takes for these records, and the answer."""
    with counted() as sent:
        found = person.ask(query, ids=ids)["list"]
    return len(sent), found["edges"]


def _compared(person: Person, query: str, ids: list[str]) -> tuple[int, Any]:
    """The statements field by field for one of them, where all of them take as many, and the answer to the one.

    By a plan it is one statement for one and for all.
    """
    _costs(person, query, ids[:1])  # makes the plan
    for_all, nodes = _costs(person, query, ids)
    assert (for_all, len(nodes), len(ids)) == (1, 100, 100)
    assert _costs(person, query, ids[:1])[0] == 1
    with field_by_field():
        for_all, nodes = _costs(person, query, ids)
        for_one, (edge,) = _costs(person, query, ids[:1])
        if for_all != for_one:  # somebody changed rights or dictionaries meanwhile, which a process reads once
            for_all, _ = _costs(person, query, ids)
    assert (for_all, len(nodes)) == (for_one, 100)
    return for_one, edge["node"]


def test_a_hundred_cost_no_more_statements_than_one(world: World, one: ObjectType, hundred: list[str]) -> None:
    references = [field for field in one.all_fields.values() if field.kind in REFERENCES]
    followed = " ".join(
        f"{camel(field.api)} {{ {_costly(one.target_of(field))} access {{ canUpdate hiddenFields }} }}"
        for field in references
    )
    record = f"id {_chosen_fields(one)} {followed} access {{ canUpdate canDelete hiddenFields writableFields }}"
    query = (
        f"query($ids: [ID!]) {{ list: {one.plural}(first: 100, filter: {{ id: {{ in: $ids }} }}) "
        f"{{ edges {{ cursor node {{ {record} }} }} totalCount {{ value }} }} }}"
    )
    for_one, node = _compared(world.garage.ada, query, hundred)
    assert all(node[camel(field.api)] for field in references if not field.system)
    # The list, the count, the choices, and for each reference the records behind it with what those refer to.
    most = (
        2
        + _chosen(one)
        + sum(1 + _chosen(one.target_of(field)) + _references(one.target_of(field)) for field in references)
    )
    assert for_one <= most


def test_lists_below_a_hundred_cost_no_more_statements_than_below_one(
    world: World, one: ObjectType, hundred: list[str]
) -> None:
    below = connections(one)
    lists = " ".join(
        f"{each.api}(first: 1) {{ nodes {{ {_record(each.object)} }} totalCount {{ value }} "
        f"}} all{i}: {each.api} {{ edges {{ cursor node {{ id }} }} pageInfo {{ endCursor }} }}"
        for i, each in enumerate(below)
    )
    query = (
        f"query($ids: [ID!]) {{ list: {one.plural}(first: 100, filter: {{ id: {{ in: $ids }} }}) "
        f"{{ edges {{ node {{ id {lists} }} }} }} }}"
    )
    for_one, node = _compared(world.garage.ada, query, hundred)
    for i, each in enumerate(below):
        assert (len(node[each.api]["nodes"]), node[each.api]["totalCount"]["value"]) == (1, 2), each.api
        assert len(node[f"all{i}"]["edges"]) == 2, each.api
    behind = sum(_references(each.object) for each in below)
    assert for_one <= 1 + 3 * len(below) + behind + sum(_chosen(each.object) for each in below)


def _record(one: ObjectType) -> str:
    """All that takes statements of a record; what may be done with a line is told by its document."""
    return _costly(one) + ("" if one.document else " access { canUpdate }")


def _costly(one: ObjectType) -> str:
    """The fields that take statements of their own: what is behind references, and choices."""
    fields = [selected(field) for field in one.all_fields.values() if field.kind in REFERENCES]
    return f"id {' '.join(fields)} {_chosen_fields(one)}"


def _chosen_fields(one: ObjectType) -> str:
    return " ".join(selected(field) for field in one.fields.values() if field.dictionary)


def _references(one: ObjectType) -> int:
    return sum(field.kind in REFERENCES for field in one.all_fields.values())


def _chosen(one: ObjectType) -> bool:
    """Whether choices are read with its records, all of them with one statement."""
    return any(field.dictionary for field in one.fields.values())
