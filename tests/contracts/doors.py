"""Every door by which a record could show: who adds a door to the product adds it here, and all contracts hold for it.

A door that reads says which root fields it asks, of `$id` and of the record's title as `$text`. It is given the answers
and returns what they show of the record, something empty where that is nothing. So all of them are asked at once.
A door that writes is a function of a person, an object and the id, and returns the same.
`None` means that this door does not exist for the object.
"""

import re
from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID

from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType, connections, lists_below, objects, referrers
from saas.kit.text import camel, pascal
from tests.contracts.bulk import bulk
from tests.contracts.factory import bystander, given, inputs_of, made, tried
from tests.export.place import typed
from tests.world import Company, Person, titles

Asking = Generator[list[str], list[Any], Any]
Reading = Callable[[ObjectType, UUID], Asking]
Door = Callable[[Company, Person, ObjectType, UUID], Any]
READING: dict[str, Reading] = {}
WRITING: dict[str, Door] = {}
WRITING_LINES: dict[str, Door] = {}
_AT_ONCE = 25  # root fields; an operation may have 30


def through_all(company: Company, person: Person, one: ObjectType, id_: UUID) -> dict[str, Any]:
    """What a person sees of the record through each door; those that write come last."""
    writing = WRITING_LINES if one.document else WRITING
    seen = asked(person, one, id_, *READING.values())
    return seen | {name: door(company, person, one, id_) for name, door in writing.items()}


def asked(person: Person, one: ObjectType, id_: UUID, *doors: Reading) -> dict[str, Any]:
    """What a person sees through each of these doors, with as few requests as may be."""
    asking = {door.__name__: door(one, id_) for door in doors}
    fields = {name: next(each, []) for name, each in asking.items()}
    answers = iter(_answers(person, [field for some in fields.values() for field in some], one, id_))
    return {name: _shown(asking[name], [next(answers) for _ in some]) for name, some in fields.items()}


def _shown(asking: Asking, answers: list[Any]) -> Any:
    try:
        asking.send(answers)
    except StopIteration as shown:
        return shown.value
    raise AssertionError("a door asks once")


def _answers(person: Person, fields: list[str], one: ObjectType, id_: UUID) -> list[Any]:
    found: list[Any] = []
    values = {"id": str(id_), "ids": [str(id_)] * 2, "text": titles.get(id_), "objects": [one.name]}
    kinds = {"id": "ID!", "ids": "[ID!]!", "text": "String!", "objects": "[String!]"}
    for start in range(0, len(fields), _AT_ONCE):
        body = " ".join(f"q{i}: {field}" for i, field in enumerate(fields[start : start + _AT_ONCE]))
        used = [name for name in kinds if re.search(rf"\${name}\b", body)]
        declared = ", ".join(f"${name}: {kinds[name]}" for name in used)
        query = f"query({declared}) {{ {body} }}" if used else f"{{ {body} }}"
        found += person.ask(query, **{name: values[name] for name in used}).values()
    return found


def _reading(door: Reading) -> Reading:
    READING[door.__name__] = door
    return door


def _writing(door: Door) -> Door:
    WRITING[door.__name__] = door
    return door


def _writing_lines(door: Door) -> Door:
    WRITING_LINES[door.__name__] = door
    return door


# The newest first: that is where records of this very test are, however many others made.
_NEWEST = "orderBy: [{ id: DESC }], first: 25"
_THIS = "filter: { id: { eq: $id } }"


def _references_to(one: ObjectType) -> list[tuple[ObjectType, Field]]:
    """The fields, of objects and of lines, that refer to it."""
    return referrers(one, lines_too=True)


@_reading
def get(one: ObjectType, _id: UUID) -> Asking:
    if one.document:
        return None
    (found,) = yield [f"{one.single}(id: $id) {{ id version }}"]
    return found


@_reading
def listed(one: ObjectType, id_: UUID) -> Asking:
    (page,) = yield [f"{one.plural}({_NEWEST}) {{ nodes {{ id }} }}"]
    return [node for node in page["nodes"] if node["id"] == str(id_)]


@_reading
def listed_by_its_id(one: ObjectType, _id: UUID) -> Asking:
    (page,) = yield [f"{one.plural}(filter: {{ id: {{ in: [$id] }} }}) {{ edges {{ node {{ id }} }} }}"]
    return page["edges"]


@_reading
def counted(one: ObjectType, _id: UUID) -> Asking:
    (page,) = yield [f"{one.plural}({_THIS}) {{ totalCount {{ value exact }} pageInfo {{ startCursor }} }}"]
    assert page["totalCount"]["exact"] is True
    return [each for each in (page["totalCount"]["value"], page["pageInfo"]["startCursor"]) if each]


@_reading
def aggregated(one: ObjectType, _id: UUID) -> Asking:
    (page,) = yield [f"{one.plural}({_THIS}) {{ aggregate {{ count }} }}"]
    return page["aggregate"]["count"]


@_reading
def grouped(one: ObjectType, id_: UUID) -> Asking:
    """A group of its own, with the record itself behind it."""
    record = "id" if one.document else "id version"
    (groups,) = yield [
        f"{one.single}Groups(by: [{{ id: VALUE }}], {_THIS}) "
        f"{{ nodes {{ count keys {{ id record {{ {record} }} }} }} totalCount {{ value }} }}"
    ]
    assert groups["totalCount"]["value"] == len(groups["nodes"])
    assert all(row["keys"]["record"]["id"] == row["keys"]["id"] == str(id_) for row in groups["nodes"])
    return groups["nodes"]


@_reading
def grouped_by_a_reference(one: ObjectType, id_: UUID) -> Asking:
    """A group of the records that refer to it."""
    if not _references_to(one):
        return None
    found: list[Any] = []
    answers = yield [
        f"{other.single}Groups(by: [{{ {camel(field.api)}: {{ id: VALUE }} }}], first: 500) {{ "
        f"nodes {{ keys {{ behind: {camel(field.api)} {{ id record {{ id }} }} }} }} pageInfo {{ hasNextPage }} }}"
        for other, field in _references_to(one)
    ]
    for groups in answers:
        assert groups["pageInfo"] == {"hasNextPage": False}
        behind = [row["keys"]["behind"] for row in groups["nodes"]]
        found += [each for each in behind if each["id"] == str(id_) or each["record"] == {"id": str(id_)}]
    return found


@_reading
def node(one: ObjectType, _id: UUID) -> Asking:
    if one.document:
        return None
    (found,) = yield ["node(id: $id) { __typename id }"]
    return found


@_reading
def nodes(one: ObjectType, _id: UUID) -> Asking:
    if one.document:
        return None
    (found,) = yield [f"nodes(ids: $ids) {{ id ... on {one.type_name} {{ version }} }}"]
    return [each for each in found if each]


@_reading
def searched(one: ObjectType, id_: UUID) -> Asking:
    """Found in its list by its title."""
    if not one.searched:
        return None
    (found,) = yield [f"{one.plural}(first: 500, search: $text) {{ nodes {{ id }} totalCount {{ value }} }}"]
    assert found["totalCount"]["value"] == len(found["nodes"]) < 500
    return [node for node in found["nodes"] if node["id"] == str(id_)]


@_reading
def searched_for_beside_others(one: ObjectType, id_: UUID) -> Asking:
    """Found by its title in the search over objects, here only its own: over all of them it takes ten times as long."""
    if not one.searched or one.document:
        return None
    (found,) = yield ["search(text: $text, objects: $objects, first: 500) { nodes { id } pageInfo { hasNextPage } }"]
    assert found["pageInfo"]["hasNextPage"] is False
    return [node for node in found["nodes"] if node["id"] == str(id_)]


@_reading
def told_as_changed(one: ObjectType, id_: UUID) -> Asking:
    """In the feed of what changed; lines come with their documents there."""
    if one.document:
        return None
    (page,) = yield ["changes(objects: $objects, first: 10000) { nodes { object id record { id } } hasMore }"]
    assert page["hasMore"] is False
    return [node for node in page["nodes"] if node["id"] == str(id_) or node["record"] == {"id": str(id_)}]


@_reading
def filtered_through_a_reference(one: ObjectType, _id: UUID) -> Asking:
    """Records that refer to it, found by its id behind the reference."""
    if not _references_to(one):
        return None
    pages = yield [
        f"{other.plural}(filter: {{ {camel(field.api)}: {{ id: {{ eq: $id }} }} }}) {{ nodes {{ id }} }}"
        for other, field in _references_to(one)
    ]
    return [node for page in pages for node in page["nodes"]]


@_reading
def behind_a_reference(one: ObjectType, id_: UUID) -> Asking:
    """The record as the one behind a reference of whatever the person sees."""
    by: dict[str, list[str]] = {}
    for other, field in _references_to(one):
        by.setdefault(other.plural, []).append(camel(field.api))
    if not by:
        return None
    pages = yield [
        f"{plural}({_NEWEST}) {{ nodes {{ {' '.join(f'{name} {{ id }}' for name in names)} }} }}"
        for plural, names in by.items()
    ]
    behind = [each for page in pages for node in page["nodes"] for each in node.values()]
    return [each for each in behind if each and each["id"] == str(id_)]


@_reading
def below_what_it_refers_to(one: ObjectType, _id: UUID) -> Asking:
    """The record in the lists of whatever it may refer to."""
    fields: list[str] = []
    for target in {one.target_of(field): None for field in one.fields.values() if field.kind is Kind.REFERENCE}:
        below = [each.api for each in connections(target) if each.object is one]
        asked = f"(first: 1, {_THIS}) {{ nodes {{ id }} totalCount {{ value }} }}"
        if below:  # not the document of a line, which has it among its lines
            fields.append(f"{target.plural}({_NEWEST}) {{ nodes {{ {' '.join(api + asked for api in below)} }} }}")
    if not fields:
        return None
    answers = yield fields
    pages = [page for each in answers for node in each["nodes"] for page in node.values()]
    assert all(page["totalCount"]["value"] == len(page["nodes"]) for page in pages)
    return [node for page in pages for node in page["nodes"]]


@_reading
def among_the_lines_of_its_document(one: ObjectType, id_: UUID) -> Asking:
    if one.document is None:
        return None
    (page,) = yield [f"{one.document.plural}({_NEWEST}) {{ nodes {{ lines {{ id }} }} }}"]
    return [line for document in page["nodes"] for line in document["lines"] if line["id"] == str(id_)]


@_reading
def filtered_through_a_list(one: ObjectType, _id: UUID) -> Asking:
    """What it may refer to, found by its id in the list below."""
    fields = [
        f"{target.plural}(filter: {{ {each.api}: {{ some: {{ id: {{ eq: $id }} }} }} }}) {{ nodes {{ id }} }}"
        for target in objects()
        for each in lists_below(target)
        if each.object is one
    ]
    if not fields:
        return None
    pages = yield fields
    return [node for page in pages for node in page["nodes"]]


# A file hangs on the record, and is called as the record is (`sight.py`).
_WITH_RECORDS = "id recordIds"


def _hung_on(files: list[Any], id_: UUID) -> list[Any]:
    """Those of these files that tell that they hang on the record."""
    return [each for each in files if str(id_) in each.get("recordIds", ())]


@_reading
def by_its_files(one: ObjectType, id_: UUID) -> Asking:
    """The list of its files, and the list of all."""
    if one.document:
        return None
    page, every = yield [
        f"files(recordId: $id) {{ nodes {{ {_WITH_RECORDS} }} totalCount {{ value }} }}",
        f"files(first: 25) {{ edges {{ node {{ {_WITH_RECORDS} }} }} }}",
    ]
    assert page["totalCount"]["value"] == len(page["nodes"])
    among_all = _hung_on([edge["node"] for edge in every["edges"]], id_)
    assert _hung_on(page["nodes"], id_) == page["nodes"] == among_all
    return page["nodes"]


@_reading
def below_it_its_files(one: ObjectType, id_: UUID) -> Asking:
    if one.document:
        return None
    listed = f"files {{ nodes {{ {_WITH_RECORDS} }} totalCount {{ value }} }}"
    below, among = yield [f"{one.single}(id: $id) {{ {listed} }}", f"{one.plural}({_THIS}) {{ nodes {{ {listed} }} }}"]
    pages = [node["files"] for node in [*([below] if below else []), *among["nodes"]]]
    assert all(page["totalCount"]["value"] == len(page["nodes"]) for page in pages)
    files = [node for page in pages for node in page["nodes"]]
    assert _hung_on(files, id_) == files
    return files


@_reading
def searched_for_by_its_files(one: ObjectType, id_: UUID) -> Asking:
    """Its file, found by name in the search over everything."""
    if not one.searched or one.document:
        return None
    (found,) = yield [
        'search(text: $text, objects: ["file"], first: 500) '
        f"{{ nodes {{ id ... on File {{ {_WITH_RECORDS} }} }} pageInfo {{ hasNextPage }} }}"
    ]
    assert found["pageInfo"]["hasNextPage"] is False
    return _hung_on(found["nodes"], id_)


@_writing
def exported(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """The lines of a file of the list that holds just this record."""
    return _exported(person, one, _THIS, id_)


@_writing_lines
def exported_with_its_document(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Among the lines of the document in which the person finds it."""
    assert one.document is not None
    of_line = "filter: { lines: { some: { id: { eq: $id } } } }, lines: true"
    documents = _exported(person, one.document, of_line, id_)
    return [line for document in documents for line in document["lines"] if line["id"] == str(id_)]


def _exported(person: Person, one: ObjectType, arguments: str, id_: UUID) -> list[Any]:
    """What the file holds; what is refused for want of a right shows nothing."""
    found = typed(person, arguments, one.single, id=str(id_))
    return [] if found is None else found


@_writing
def used_as_input(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """New records, and lines of new documents, that would refer to it; what is refused as not found saw nothing."""
    references = [(other, field) for other, field in _references_to(one) if not field.system]
    found: list[Any] = []
    for other, field in references:
        values = given(company, other, required_only=True) | {camel(field.name): str(id_)}
        path: tuple[str, ...] = (camel(field.name),)
        if other.document:
            other, path = other.document, ("lines", "0", *path)
            values = given(company, other, required_only=True) | {"lines": [values]}
        found += _seen(tried(person, other, "Create", input=values), path)
    return found if references else None


@_writing_lines
def changed_with_its_document(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Changed as a line of the document in which the person finds it, else of some other."""
    document = one.document
    assert document is not None
    query = (
        f"query($id: ID!) {{ list: {document.plural}(filter: {{ lines: {{ some: {{ id: {{ eq: $id }} }} }} }}) "
        "{ nodes { id } } }"
    )
    found = [node["id"] for node in person.ask(query, id=str(id_))["list"]["nodes"]]
    changes = {"lines": {"update": [{"id": str(id_), "position": 1}]}}
    payload = tried(person, document, "Update", id=(found or [str(made(company, document))])[0], input=changes)
    return _seen(payload, ("lines", "update", "0", "id"))


@_writing
def upserted(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Recognised by its title, as long as nothing changed that; who does not see it makes another one."""
    title = one.record.facts.title
    if title not in {key.name for key in one.keys}:
        return None
    values = given(company, one, required_only=True) | {camel(title): titles[id_]}
    payload = tried(person, one, "Upsert", by=title.upper(), input=values)
    return [*payload["problems"], *([payload["id"]] if payload["id"] == str(id_) else [])]


@_writing
def updated(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    title = camel(one.record.facts.title)
    values = {title: given(company, one, required_only=True)[title]}
    return _seen(tried(person, one, "Update", id=str(id_), input=values), ("id",))


@_writing
def updated_with_a_version(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen(tried(person, one, "Update", id=str(id_), version=77, input={}), ("id",))


@_writing
def updated_in_bulk(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_bulk(_bulk(person, one, "Update", {"id": str(id_), "input": {}}, onError="SKIP_FAILED"))


@_writing
def deleted_in_bulk_with_a_version(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_bulk(_bulk(person, one, "Delete", {"id": str(id_), "version": 77}))


@_writing
def acted_on(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Every action, tried without doing it: a state that does not allow it tells of the record all the same."""
    found: list[Any] = []
    for action in one.actions.values():
        inputs = {"input": inputs_of(company, action)} if action.parameters else {}
        payload = tried(person, one, pascal(action.verb), id=str(id_), dryRun=True, **inputs)
        found += _seen(payload, ("id",)) or ([] if payload["problems"] else [action.api])
    return found if one.actions else None


@_writing
def merged_into_another(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_merge(person, one, ("from", "0"), into=str(bystander(company, one)), away=str(id_))


@_writing
def merged_with_another(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_merge(person, one, ("into",), into=str(id_), away=str(bystander(company, one)))


@_writing
def deleted(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen(tried(person, one, "Delete", id=str(id_)), ("id",))


def in_trash(one: ObjectType, _id: UUID) -> Asking:
    (page,) = yield [f"{one.plural}(trash: ONLY, {_THIS}) {{ nodes {{ id deletedAt }} totalCount {{ value }} }}"]
    assert page["totalCount"]["value"] == len(page["nodes"])
    return page["nodes"]


def restored(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen(tried(person, one, "Restore", id=str(id_)), ("id",))


def restored_in_bulk_with_a_version(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_bulk(_bulk(person, one, "Restore", {"id": str(id_), "version": 77}))


def _bulk(person: Person, one: ObjectType, verb: str, row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return bulk(person, one, verb, [row], shown=False, **more)


def _seen_in_bulk(payload: dict[str, Any]) -> list[Any]:
    """What the payload of a bulk mutation tells of its only record."""
    assert payload["problems"] == []
    (item,) = payload["items"]
    return _seen(item, ("id",))


def _seen_in_merge(person: Person, one: ObjectType, path: tuple[str, ...], **ids: str) -> list[Any]:
    """What the preview of a merge tells of the record that its argument `path` names."""
    query = f"""
        mutation($into: ID!, $away: ID!) {{
          payload: {one.single}Merge(into: $into, from: [$away], dryRun: true) {{ id problems {{ code path }} }}
        }}"""
    payload = person.ask(query, **ids)["payload"]
    return _seen(payload, path) or ([] if payload["problems"] else ["preview"])


def _seen(payload: dict[str, Any], path: tuple[str, ...]) -> list[Any]:
    """What a payload tells of the record: anything but "there is no such thing"."""
    told = [problem for problem in payload["problems"] if (problem["code"], problem["path"]) != ("NOT_FOUND", [*path])]
    return [*told, *([payload["id"]] if payload["id"] else [])]


def connected(company: Company, one: ObjectType) -> UUID:
    """A record of `one` that refers to something by each of its references, and is referred to by every other."""
    references = [field for field in one.fields.values() if field.kind is Kind.REFERENCE]
    id_ = made(company, one, **{field.name: made(company, one.target_of(field)) for field in references})
    referring_to(company, one, id_)
    return id_


def referring_to(company: Company, one: ObjectType, id_: UUID) -> None:
    """Make a record for each reference that leads to `one`, so that every door has something behind it."""
    for other, field in _references_to(one):
        made(company, other, **{field.name: id_})
