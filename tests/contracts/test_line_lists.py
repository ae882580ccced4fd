"""Lines in lists, groups and figures of their own: with the rights of their document, at every one of these doors."""

from typing import Any
from uuid import UUID

from saas.engine.access.tables import Access, RowScope
from saas.engine.field import Kind
from saas.engine.read.figures import FUNCTIONS
from saas.engine.read.group_keys import GROUPED_KINDS
from saas.engine.registry import ObjectType
from saas.kit.text import camel
from saas.modules.organisation.rights import Grants
from tests.contracts.factory import given, made, made_many, write
from tests.contracts.selections import selected, selection
from tests.contracts.statements import counted
from tests.contracts.test_figures_agree import _key
from tests.engine.people import hire
from tests.world import Person, World, limits, rights


def _line_of(document: ObjectType) -> ObjectType:
    assert document.lines is not None
    return document.lines


def _lined(world: World, document: ObjectType, number: int, **values: Any) -> tuple[UUID, list[UUID]]:
    """A document with so many lines."""
    id_, line = made(world.garage, document, **values), _line_of(document)
    return id_, made_many(world.garage, line, number, **{line.record.facts.line_of or "": id_})


def _seen(person: Person, line: ObjectType, *ids: UUID) -> list[list[str]]:
    """What of these lines a person finds in the list, over pages, and in the groups."""
    page = (
        f"query($ids: [ID!], $after: String) {{ x: {line.plural}(filter: {{ id: {{ in: $ids }} }}, first: 1, "
        "after: $after) { nodes { id } pageInfo { hasNextPage endCursor } totalCount { value } aggregate { count } } }"
    )
    groups = (
        f"query($ids: [ID!]) {{ x: {line.single}Groups(by: [{{ id: VALUE }}], filter: {{ id: {{ in: $ids }} }}) "
        "{ nodes { keys { id } } } }"
    )
    asked, listed, after = [str(id_) for id_ in ids], list[str](), None
    while True:
        found = person.ask(page, ids=asked, after=after)["x"]
        listed += [node["id"] for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert found["totalCount"]["value"] == found["aggregate"]["count"] == len(listed)
    grouped = [row["keys"]["id"] for row in person.ask(groups, ids=asked)["x"]["nodes"]]
    return [listed, sorted(grouped)]


def test_they_are_listed_by_document_and_position(world: World, document: ObjectType) -> None:
    line = _line_of(document)
    (first, ones), (second, others) = (_lined(world, document, 2) for _ in range(2))
    move = {"lines": {"update": [{"id": str(ones[0]), "position": 9}]}}
    assert write(world.garage.ada, document, "Update", id=str(first), input=move)["problems"] == []
    listed, _ = _seen(world.garage.ada, line, *ones, *others)
    assert listed == [str(id_) for id_ in (ones[1], ones[0], *others)]
    query = f"query($ids: [ID!]) {{ x: {line.plural}(filter: {{ id: {{ in: $ids }} }}) {{ nodes {{ {{}} }} }} }}"
    reference = camel(line.fields[line.record.facts.line_of or ""].api)
    nodes = world.garage.ada.ask(query.replace("{}", f"of: {reference} {{ id }}"), ids=[str(ones[0]), str(others[0])])
    assert nodes["x"]["nodes"] == [{"of": {"id": str(first)}}, {"of": {"id": str(second)}}]


def test_they_go_with_their_document_and_come_back_with_it(world: World, document: ObjectType) -> None:
    ada, line = world.garage.ada, _line_of(document)
    id_, (gone, stays) = _lined(world, document, 2)
    write(ada, document, "Update", id=str(id_), input={"lines": {"delete": [str(gone)]}})
    assert _seen(ada, line, gone, stays) == [[str(stays)]] * 2
    write(ada, document, "Delete", id=str(id_))
    assert _seen(ada, line, gone, stays) == [[]] * 2
    write(ada, document, "Restore", id=str(id_))
    assert _seen(ada, line, gone, stays) == [[str(stays)]] * 2


def test_who_may_not_read_such_documents_is_refused(world: World, document: ObjectType) -> None:
    line = _line_of(document)
    _lined(world, document, 1)
    for query in (
        f"{{ x: {line.plural} {{ nodes {{ id }} }} }}",
        f"{{ x: {line.plural} {{ totalCount {{ value }} }} }}",
        f"{{ x: {line.plural} {{ aggregate {{ count }} }} }}",
        f"{{ x: {line.single}Groups(by: [{{ id: VALUE }}]) {{ nodes {{ count }} }} }}",
    ):
        (error,) = world.garage.nick.errors(query)
        told = f"You need the right {document.name}.read."
        assert (error["extensions"]["code"], error["message"]) == ("FORBIDDEN", told)


def test_who_does_not_see_the_document_sees_none_of_its_lines(world: World, document: ObjectType) -> None:
    owner = document.record.facts.owner
    if owner is None:
        return
    line, sam = _line_of(document), world.garage.sam
    _, mine = _lined(world, document, 2, **{owner: sam.id})
    theirs_id, theirs = _lined(world, document, 1, **{owner: world.garage.sue.id})
    everything = [str(id_) for id_ in (*mine, *theirs)]
    assert _seen(sam, line, *mine, *theirs) == [everything[:2]] * 2
    assert _seen(world.garage.ada, line, *mine, *theirs) == [everything] * 2
    assert _seen(world.rival.rita, line, *mine, *theirs) == [[]] * 2
    reader = hire(world.garage, f"one-{line.name}", Grants(rights(RowScope.OWN, document.name, operations=("read",))))
    share = "mutation($id: ID!, $to: ID!) { x: recordShare(id: $id, withId: $to, access: READ) { problems { code } } }"
    assert _seen(reader, line, *mine, *theirs) == [[]] * 2
    assert world.garage.ada.ask(share, id=str(theirs_id), to=str(reader.id))["x"]["problems"] == []
    assert _seen(reader, line, *mine, *theirs) == [everything[2:]] * 2


def test_a_group_hidden_of_the_document_is_hidden_in_every_figure(world: World, document: ObjectType) -> None:
    line = _line_of(document)
    values = given(world.garage, document, required_only=True) | {"lines": [given(world.garage, line)]}
    made_ = write(world.garage.ada, document, "Create", input=values)
    assert made_["problems"] == []
    for group in sorted({field.group for field in line.fields.values() if field.group}):
        grants = Grants(rights(RowScope.ALL, document.name), limits(document.name, group, Access.HIDDEN))
        blind = hire(world.garage, f"lists-without-{group}", grants)
        for field in line.shown:
            if field.group != group:
                continue
            api = camel(field.api)
            shown = f"{{ x: {line.plural}(orderBy: [{{ id: DESC }}]) {{ nodes {{ {selected(field)} }} }} }}"
            assert {node[api] for node in blind.ask(shown)["x"]["nodes"]} == {None}
            assert any(node[api] is not None for node in world.garage.ada.ask(shown)["x"]["nodes"])
            refused = [
                f"{line.plural}(filter: {{ {api}: {{ isNull: true }} }}) {{ nodes {{ id }} }}",
                f"{line.plural}(orderBy: [{{ {api}: ASC }}]) {{ nodes {{ id }} }}",
            ]
            if field.kind in GROUPED_KINDS:
                refused.append(f"{line.single}Groups(by: [{_key(field)[0]}]) {{ nodes {{ count }} }}")
            if field.kind in FUNCTIONS:
                counts = f"{{ x: {line.plural} {{ aggregate {{ {api} {{ count }} }} }} }}"
                assert blind.ask(counts)["x"] == {"aggregate": {api: None}}
                having = f"having: {{ {api}: {{ count: {{ gt: 0 }} }} }}"
                refused.append(f"{line.single}Groups(by: [{{ id: VALUE }}], {having}) {{ nodes {{ count }} }}")
            for query in refused:
                (error,) = blind.errors(f"{{ x: {query} }}")
                assert error["extensions"]["code"] == "FORBIDDEN", query


def test_twenty_documents_cost_no_more_statements_than_one(world: World, document: ObjectType) -> None:
    line, ada = _line_of(document), world.garage.ada
    ids = [id_ for _ in range(20) for id_ in _lined(world, document, 2)[1]]
    references = [field for field in line.fields.values() if field.kind is Kind.REFERENCE]
    followed = " ".join(
        f"{camel(field.api)}2: {camel(field.api)} {{ {selection(line.target_of(field))} }}" for field in references
    )
    keys = " ".join(f"{camel(field.api)} {{ record {{ {selection(line.target_of(field))} }} }}" for field in references)
    by = ", ".join(f"{{ {camel(field.api)}: {{ id: VALUE }} }}" for field in references)
    query = (
        f"query($ids: [ID!]) {{ list: {line.plural}(first: 100, filter: {{ id: {{ in: $ids }} }}) "
        f"{{ nodes {{ {selection(line)} {followed} }} totalCount {{ value }} aggregate {{ count }} }} "
        f"groups: {line.single}Groups(by: [{by}], filter: {{ id: {{ in: $ids }} }}) "
        f"{{ nodes {{ count keys {{ {keys} }} aggregate {{ count }} }} totalCount {{ value }} }} }}"
    )
    ada.ask(query, ids=[str(ids[0])])  # whatever is prepared once is prepared now
    needed = []
    for some in (ids[:2], ids):
        with counted() as sent:
            found = ada.ask(query, ids=[str(id_) for id_ in some])
        assert len(found["list"]["nodes"]) == found["list"]["totalCount"]["value"] == len(some)
        assert sum(row["count"] for row in found["groups"]["nodes"]) == len(some)
        needed.append(len(sent))
    assert needed[0] == needed[1]
