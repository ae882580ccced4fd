"""A list costs as many SQL statements whether it has one record or a hundred, with whatever lists below them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from saas.engine.registry import ObjectType, connections
from saas.kit.text import camel
from saas.tenants.waiting import Driver
from tests.contracts.bulk import bulk
from tests.contracts.factory import REFERENCES, given, made_many, references_in, selection
from tests.world import World


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent inside; who is asking is looked up every few seconds and not counted."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "directory." not in statement:
            sent.append(statement)

    def note_waiting(driver: Driver, sql: str = "", values: dict[str, Any] | None = None) -> Any:
        sent.extend(each for each, _ in [*driver.waiting, *([(sql, values)] if sql else [])])
        return plain(driver, sql, values)

    plain = Driver.send
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Driver, "send", note_waiting)
        yield sent
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_twenty_cost_no_more_statements_than_one(world: World, one: ObjectType) -> None:
    ada = world.garage.ada
    behind = references_in(one, given(world.garage, one))
    rows = [given(world.garage, one, **behind) for _ in range(20)]
    made = [item["id"] for item in bulk(ada, one, "Create", rows)["items"]]
    references = [field for field in one.all_fields.values() if field.kind in REFERENCES]
    followed = " ".join(
        f"{camel(field.api)}2: {camel(field.api)} "
        f"{{ {selection(one.target_of(field))} access {{ canUpdate hiddenFields }} }}"
        for field in references
    )
    record = f"{selection(one)} {followed} access {{ canUpdate canDelete hiddenFields writableFields }}"
    query = (
        f"query($first: Int!, $made: [ID!]) {{ list: {one.plural}(first: $first, filter: {{ id: {{ in: $made }} }}) "
        f"{{ edges {{ cursor node {{ {record} }} }} totalCount {{ value }} }} }}"
    )
    ada.ask(query, first=1, made=made)  # whatever is prepared once is prepared now
    with counted() as for_one:
        assert len(ada.ask(query, first=1, made=made)["list"]["edges"]) == 1
    with counted() as for_twenty:
        assert len(ada.ask(query, first=20, made=made)["list"]["edges"]) == 20
    assert len(for_twenty) == len(for_one)
    # The list, the count, the choices, and for each reference the records behind it with what those refer to.
    most = (
        2
        + _chosen(one)
        + sum(1 + _chosen(one.target_of(field)) + _references(one.target_of(field)) for field in references)
    )
    assert 2 <= len(for_one) <= most


def test_lists_below_a_hundred_records_cost_no_more_statements_than_below_one(world: World, one: ObjectType) -> None:
    ada, below = world.garage.ada, connections(one)
    parents = made_many(world.garage, one, 100)
    for each in below:
        made_many(world.garage, each.object, 2, **{each.field.name: parents[0]})
    lists = " ".join(
        f"{each.api}(first: 1) {{ nodes {{ {_record(each.object)} }} totalCount {{ value }} "
        f"}} all{i}: {each.api} {{ edges {{ cursor node {{ id }} }} pageInfo {{ endCursor }} }}"
        for i, each in enumerate(below)
    )
    query = (
        f"query($ids: [ID!]) {{ list: {one.plural}(first: 100, filter: {{ id: {{ in: $ids }} }}) "
        f"{{ nodes {{ id {lists} }} }} }}"
    )
    ada.ask(query, ids=[str(parents[0])])  # whatever is prepared once is prepared now
    with counted() as for_one:
        ((node,),) = ada.ask(query, ids=[str(parents[0])])["list"].values()
    with counted() as for_hundred:
        assert len(ada.ask(query, ids=[str(id_) for id_ in parents])["list"]["nodes"]) == 100
    for i, each in enumerate(below):
        assert (len(node[each.api]["nodes"]), node[each.api]["totalCount"]["value"]) == (1, 2), each.api
        assert len(node[f"all{i}"]["edges"]) == 2, each.api
    assert len(for_hundred) == len(for_one)
    behind = sum(_references(each.object) for each in below)
    assert len(for_one) <= 1 + 3 * len(below) + behind + sum(_chosen(each.object) for each in below)


def _record(one: ObjectType) -> str:
    """All of a record; what may be done with a line is told by its document."""
    return selection(one) + ("" if one.document else " access { canUpdate }")


def _references(one: ObjectType) -> int:
    return sum(field.kind in REFERENCES for field in one.all_fields.values())


def _chosen(one: ObjectType) -> bool:
    """Whether choices are read with its records, all of them with one statement."""
    return any(field.dictionary for field in one.fields.values())
