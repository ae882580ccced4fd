"""Lines inside their document: one version, one row of audit, one set of rights for all of it."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.access.tables import Access, Relation, RowScope
from saas.engine.field import Kind
from saas.engine.registry import ObjectType, target_of
from saas.engine.write.create import create as create_all
from saas.engine.write.lines import MAX_LINES
from saas.engine.write.load import Target
from saas.engine.write.update import update as update_all
from saas.kit import ids
from saas.kit.text import camel
from saas.modules.organisation.rights import Grants, Limit
from tests.contracts.factory import Values, create, given, made, read_as, required_in_python, write
from tests.contracts.ledger import audited, marks
from tests.contracts.selections import line_selection
from tests.contracts.statements import counted
from tests.engine.people import hire
from tests.world import Person, World, limits, rights


def _line_of(document: ObjectType) -> ObjectType:
    assert document.lines is not None
    return document.lines


def _new(world: World, document: ObjectType, number: int) -> list[Values]:
    """Inputs for so many lines, without a position, so that they stand as they are given."""
    lines = [given(world.garage, _line_of(document)) for _ in range(number)]
    return [{name: value for name, value in line.items() if name != "position"} for line in lines]


def _read(person: Person, document: ObjectType, id_: Any) -> list[Values]:
    query = (
        f"query($id: ID!) {{ x: {document.single}(id: $id) {{ lines {{ {line_selection(_line_of(document))} }} }} }}"
    )
    lines: list[Values] = person.ask(query, id=str(id_))["x"]["lines"]
    return lines


def _is_read_as(line: ObjectType, found: Values, values: Values) -> bool:
    wanted = read_as(line, values)
    return {name: found[name] for name in wanted} == wanted


def _document(world: World, document: ObjectType, number: int) -> tuple[str, list[Values]]:
    """A document with lines, and these as they are read."""
    values = given(world.garage, document, required_only=True) | {"lines": _new(world, document, number)}
    payload = create(world.garage.ada, document, values)
    assert payload["problems"] == []
    return payload["id"], _read(world.garage.ada, document, payload["id"])


def test_lines_are_made_with_their_document_and_read_in_their_order(world: World, document: ObjectType) -> None:
    inputs = _new(world, document, 3)
    values = given(world.garage, document, required_only=True) | {"lines": inputs}
    id_ = create(world.garage.ada, document, values)["id"]
    lines = _read(world.garage.ada, document, id_)
    assert [line["position"] for line in lines] == [1, 2, 3]
    assert all(_is_read_as(_line_of(document), *pair) for pair in zip(lines, inputs, strict=True))
    (row,) = audited(world, world.garage, id_)
    before, after = row["changes"]["lines"]
    assert (row["kind"], row["version"], before) == ("created", 1, None)
    assert [line["id"] for line in after] == [line["id"] for line in lines]
    assert audited(world, world.garage, lines[0]["id"]) == []


def test_one_update_makes_changes_and_deletes_lines(world: World, document: ObjectType) -> None:
    id_, (first, second, third) = _document(world, document, 3)
    changed, new = _new(world, document, 2)
    changes = {
        "create": [new | {"position": 1}],
        "update": [{"id": second["id"], **changed, "position": 9}],
        "delete": [first["id"]],
    }
    payload = write(world.garage.ada, document, "Update", id=id_, version=1, input={"lines": changes})
    assert (payload["problems"], payload["record"]["version"]) == ([], 2)
    lines = _read(world.garage.ada, document, id_)
    assert [line["id"] for line in lines[1:]] == [third["id"], second["id"]]
    assert _is_read_as(_line_of(document), lines[0], new)
    assert _is_read_as(_line_of(document), lines[2], changed)
    row = audited(world, world.garage, id_)[-1]
    before, after = row["changes"]["lines"]
    assert (row["kind"], row["version"]) == ("updated", 2)
    assert "lines" in row["fields"]
    assert {line["id"] for line in before} == {first["id"], second["id"]}
    assert {line["id"] for line in after} == {lines[0]["id"], second["id"]}
    assert len(audited(world, world.garage, id_)) == 2


def test_an_update_that_changes_no_line_leaves_no_trace(world: World, document: ObjectType) -> None:
    id_, lines = _document(world, document, 1)
    before = marks(world, world.garage)
    same = {"id": lines[0]["id"], "position": 1}
    payload = write(world.garage.ada, document, "Update", id=id_, input={"lines": {"update": [same], "delete": []}})
    assert (payload["problems"], payload["record"]["version"]) == ([], 1)
    assert marks(world, world.garage) == before


def test_a_line_that_is_not_the_documents_is_refused(world: World, document: ObjectType) -> None:
    id_, _ = _document(world, document, 1)
    _, (foreign,) = _document(world, document, 1)
    unknown = str(ids.new_id(_line_of(document).record.facts.code))
    before = marks(world, world.garage)
    for line_id in (foreign["id"], unknown):
        cases: list[tuple[Values, list[str]]] = [
            ({"update": [{"id": line_id, "position": 2}]}, ["lines", "update", "0", "id"]),
            ({"delete": [line_id]}, ["lines", "delete", "0"]),
        ]
        for changes, path in cases:
            (problem,) = write(world.garage.ada, document, "Update", id=id_, input={"lines": changes})["problems"]
            assert (problem["code"], problem["path"]) == ("NOT_FOUND", path)
    assert marks(world, world.garage) == before


def test_what_is_wrong_with_a_line_is_told_at_its_place(world: World, document: ObjectType) -> None:
    line = _line_of(document)
    required = [camel(name) for name, field in line.fields.items() if field.is_input(creating=False) and field.required]
    id_, (first,) = _document(world, document, 1)
    before = marks(world, world.garage)
    for name in required:
        changes = {"update": [{"id": first["id"], name: None}]}
        (problem,) = write(world.garage.ada, document, "Update", id=id_, input={"lines": changes})["problems"]
        assert (problem["code"], problem["path"]) == ("REQUIRED", ["lines", "update", "0", name])
    nowhere = [camel(field.name) for field in line.fields.values() if field.kind is Kind.REFERENCE and not field.system]
    for name in nowhere:
        values = given(world.garage, document, required_only=True)
        inputs = [_new(world, document, 1)[0] for _ in range(2)]
        inputs[1][name] = str(made(world.rival, line.target_of(line.fields[f"{name.removesuffix('Id')}_id"])))
        before = marks(world, world.garage)
        (problem,) = create(world.garage.ada, document, values | {"lines": inputs})["problems"]
        assert (problem["code"], problem["path"]) == ("NOT_FOUND", ["lines", "1", name])
    assert marks(world, world.garage) == before


def test_a_stale_version_is_refused_with_lines(world: World, document: ObjectType) -> None:
    id_, (first,) = _document(world, document, 1)
    changes = {"update": [{"id": first["id"], "position": 2}]}
    assert write(world.garage.ada, document, "Update", id=id_, version=1, input={"lines": changes})["problems"] == []
    before = marks(world, world.garage)
    (problem,) = write(world.garage.ada, document, "Update", id=id_, version=1, input={"lines": changes})["problems"]
    assert (problem["code"], problem["path"], problem["currentVersion"]) == ("VERSION_CONFLICT", ["version"], 2)
    assert marks(world, world.garage) == before


def test_lines_go_and_come_back_with_their_document(world: World, document: ObjectType) -> None:
    ada = world.garage.ada
    id_, (gone, kept_) = _document(world, document, 2)
    write(ada, document, "Update", id=id_, input={"lines": {"delete": [gone["id"]]}})
    rows = marks(world, world.garage)["audit"][0]
    assert write(ada, document, "Delete", id=id_)["problems"] == []
    query = (
        f"query($id: ID!) {{ x: {document.plural}(trash: ONLY, filter: {{ id: {{ eq: $id }} }}) "
        "{ nodes { lines { id } } } }"
    )
    assert ada.ask(query, id=id_)["x"]["nodes"] == [{"lines": [{"id": kept_["id"]}]}]
    assert write(ada, document, "Restore", id=id_)["problems"] == []
    assert [line["id"] for line in _read(ada, document, id_)] == [kept_["id"]]
    assert marks(world, world.garage)["audit"][0] == rows + 2


def test_what_a_line_refers_to_cannot_be_deleted(world: World, document: ObjectType) -> None:
    (inputs,) = _new(world, document, 1)
    references = [field for field in _line_of(document).fields.values() if field.kind is Kind.REFERENCE]
    behind = {field: str(made(world.garage, target_of(field))) for field in references if not field.system}
    inputs |= {camel(field.name): id_ for field, id_ in behind.items()}
    values = given(world.garage, document, required_only=True) | {"lines": [inputs]}
    document_id = create(world.garage.ada, document, values)["id"]
    for field, id_ in behind.items():
        refused = write(world.garage.ada, target_of(field), "Delete", id=id_)
        assert [problem["code"] for problem in refused["problems"]] == ["REFERENCED"]
    (line,) = _read(world.garage.ada, document, document_id)
    assert _is_read_as(_line_of(document), line, inputs)


def test_a_line_is_found_through_its_document_only(world: World, document: ObjectType) -> None:
    id_, (line,) = _document(world, document, 1)
    assert world.garage.ada.ask("query($id: ID!) { node(id: $id) { id } }", id=line["id"]) == {"node": None}
    filtered = (
        f"query($id: ID!) {{ x: {document.plural}(filter: {{ lines: {{ some: {{ id: {{ eq: $id }} }} }} }}) "
        "{ nodes { id } } }"
    )
    assert world.garage.ada.ask(filtered, id=line["id"])["x"]["nodes"] == [{"id": id_}]
    assert world.rival.rita.ask(filtered, id=line["id"])["x"]["nodes"] == []
    (error,) = world.garage.nick.errors(filtered, id=line["id"])
    assert error["extensions"]["code"] == "FORBIDDEN"


def test_the_rights_of_the_document_are_those_of_its_lines(world: World, document: ObjectType) -> None:
    id_, (line,) = _document(world, document, 1)
    reader = hire(world.garage, "line-reader", Grants(rights(RowScope.ALL, document.name, operations=("read",))))
    assert [each["id"] for each in _read(reader, document, id_)] == [line["id"]]
    before = marks(world, world.garage)
    for changes in ({"delete": [line["id"]]}, {"create": _new(world, document, 1)}):
        before = marks(world, world.garage)
        (problem,) = write(reader, document, "Update", id=id_, input={"lines": changes})["problems"]
        assert problem["code"] == "FORBIDDEN"
        assert marks(world, world.garage) == before


def test_a_hidden_group_hides_and_guards_the_fields_of_lines(world: World, document: ObjectType) -> None:
    line = _line_of(document)
    id_, (found,) = _document(world, document, 1)
    seen = rights(RowScope.ALL, document.name)
    for group in sorted({field.group for field in line.fields.values() if field.group}):
        blind = hire(world.garage, f"blind-to-{group}", Grants(seen, limits(document.name, group, Access.HIDDEN)))
        for field in line.shown:
            if field.group != group:
                continue
            (read,) = _read(blind, document, id_)
            assert (read[camel(field.api)], found[camel(field.api)] is None) == (None, False)
            condition = f"{{ lines: {{ some: {{ {camel(field.api)}: {{ isNull: false }} }} }} }}"
            (error,) = blind.errors(f"{{ x: {document.plural}(filter: {condition}) {{ nodes {{ id }} }} }}")
            assert error["extensions"]["code"] == "FORBIDDEN"
            if not field.is_input(creating=False):
                continue
            value = given(world.garage, line)[camel(field.name)]
            before = marks(world, world.garage)
            changes = {"update": [{"id": found["id"], camel(field.name): value}]}
            (problem,) = write(blind, document, "Update", id=id_, input={"lines": changes})["problems"]
            assert (problem["code"], problem["path"]) == ("FORBIDDEN", ["lines", "update", "0", camel(field.name)])
            assert marks(world, world.garage) == before


def test_a_document_has_at_most_so_many_lines(world: World, document: ObjectType) -> None:
    line = given(world.garage, _line_of(document), required_only=True)
    values = given(world.garage, document, required_only=True)
    before = marks(world, world.garage)
    (problem,) = create(world.garage.ada, document, values | {"lines": [line] * (MAX_LINES + 1)})["problems"]
    assert (problem["code"], problem["path"]) == ("BAD_INPUT", ["lines"])
    assert marks(world, world.garage) == before


@pytest.mark.parametrize("lines", [1, 5])
def test_many_documents_cost_no_more_statements_than_two(world: World, document: ObjectType, lines: int) -> None:
    line = _line_of(document)
    needed = []
    for turn, number in enumerate((2, 2, 20)):  # what a process looks up once, it looks up in the first
        row = required_in_python(world.garage, line)
        title = document.record.facts.title
        documents = [{title: f"{turn}-{lines}-{i}", "lines": [dict(row) for _ in range(lines)]} for i in range(number)]
        with world.garage.scope() as scope, counted() as created:
            outcomes = create_all(scope, document, documents)
            assert [outcome.problems for outcome in outcomes] == [[]] * number
        made_ids: list[UUID] = [outcome.id for outcome in outcomes if outcome.id]
        with world.garage.scope() as scope, counted() as updated:
            changes = [(Target(id_), {"lines": {"create": [dict(row)]}}) for id_ in made_ids]
            assert [outcome.problems for outcome in update_all(scope, document, changes)] == [[]] * number
        query = (
            f"query($ids: [ID!]) {{ x: {document.plural}(filter: {{ id: {{ in: $ids }} }}) "
            f"{{ nodes {{ lines {{ {line_selection(line)} }} }} }} }}"
        )
        with counted() as read:
            nodes = world.garage.ada.ask(query, ids=[str(id_) for id_ in made_ids])["x"]["nodes"]
        assert [len(node["lines"]) for node in nodes] == [lines + 1] * number
        needed.append((len(created), len(updated), len(read)))
    assert needed[1] == needed[2]


def test_what_a_state_hides_of_the_document_it_hides_of_the_lines(world: World, document: ObjectType) -> None:
    groups = sorted({field.group for field in _line_of(document).fields.values() if field.group})
    if document.state is None or not groups:
        pytest.skip("no states, or no field of a line in a group")
    id_, (found,) = _document(world, document, 1)
    query = f"query($id: ID!) {{ x: {document.single}(id: $id) {{ {document.state.api} }} }}"
    now = str(world.garage.ada.ask(query, id=id_)["x"][document.state.api]).lower()
    other = next(state.value for state in document.state.choices or () if state.value != now)
    for group in groups:
        for stage, hidden in ((now, True), (other, False)):
            closed = frozenset(Limit(document.name, group, each, Access.HIDDEN, stage) for each in Relation)
            grants = Grants(rights(RowScope.ALL, document.name, "product", operations=("read",)), closed)
            (read,) = _read(hire(world.garage, f"by-{group}-{stage}", grants), document, id_)
            for field in _line_of(document).shown:
                if field.group == group:
                    wanted = None if hidden else found[camel(field.api)]
                    assert read[camel(field.api)] == wanted, (field.name, stage)
