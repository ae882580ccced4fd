"""Every door by which a record could show: who adds a door to the product adds it here, and all contracts hold for it.

A door is a function of a person, an object and the id of a record; it answers what the person sees of the record there,
something empty where it is nothing. `None` means that this door does not exist for the object.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType, connections, lists_below, objects, referrers
from saas.kit.text import camel, pascal
from tests.contracts.bulk import bulk
from tests.contracts.factory import given, inputs_of, made, write
from tests.world import Company, Person, titles

Door = Callable[[Company, Person, ObjectType, UUID], Any]
READING: dict[str, Door] = {}
WRITING: dict[str, Door] = {}
WRITING_LINES: dict[str, Door] = {}


def doors_of(one: ObjectType) -> dict[str, Door]:
    """Every door that there may be for the object; lines are written with their document only."""
    return READING | (WRITING_LINES if one.document else WRITING)


def _reading(door: Door) -> Door:
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


def _ask_each(person: Person, queries: list[str], **variables: Any) -> list[Any]:
    """The answers to root fields, as few requests as may be."""
    found: list[Any] = []
    declared = "($id: ID!)" if variables else ""
    for start in range(0, len(queries), 25):
        fields = " ".join(f"q{i}: {query}" for i, query in enumerate(queries[start : start + 25]))
        found += person.ask(f"query{declared} {{ {fields} }}", **variables).values()
    return found


def _references_to(one: ObjectType) -> list[tuple[ObjectType, Field]]:
    """The fields, of objects and of lines, that refer to it."""
    return referrers(one, lines_too=True)


@_reading
def get(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    if one.document:
        return None
    return person.ask(f"query($id: ID!) {{ found: {one.single}(id: $id) {{ id version }} }}", id=str(id_))["found"]


@_reading
def listed(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    nodes = person.ask(f"{{ list: {one.plural}({_NEWEST}) {{ nodes {{ id }} }} }}")["list"]["nodes"]
    return [node for node in nodes if node["id"] == str(id_)]


@_reading
def listed_by_its_id(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    query = (
        f"query($id: ID!) {{ list: {one.plural}(filter: {{ id: {{ in: [$id] }} }}) {{ edges {{ node {{ id }} }} }} }}"
    )
    return person.ask(query, id=str(id_))["list"]["edges"]


@_reading
def counted(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    query = (
        f"query($id: ID!) {{ list: {one.plural}(filter: {{ id: {{ eq: $id }} }}) "
        "{ totalCount { value exact } pageInfo { startCursor } } }"
    )
    answer = person.ask(query, id=str(id_))["list"]
    assert answer["totalCount"]["exact"] is True
    return [each for each in (answer["totalCount"]["value"], answer["pageInfo"]["startCursor"]) if each]


@_reading
def aggregated(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    query = f"query($id: ID!) {{ list: {one.plural}(filter: {{ id: {{ eq: $id }} }}) {{ aggregate {{ count }} }} }}"
    return person.ask(query, id=str(id_))["list"]["aggregate"]["count"]


@_reading
def grouped(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """A group of its own, with the record itself behind it."""
    record = "id" if one.document else "id version"
    query = (
        f"query($id: ID!) {{ list: {one.single}Groups(by: [{{ id: VALUE }}], filter: {{ id: {{ eq: $id }} }}) "
        f"{{ nodes {{ count keys {{ id record {{ {record} }} }} }} totalCount {{ value }} }} }}"
    )
    answer = person.ask(query, id=str(id_))["list"]
    assert answer["totalCount"]["value"] == len(answer["nodes"])
    assert all(row["keys"]["record"]["id"] == row["keys"]["id"] == str(id_) for row in answer["nodes"])
    return answer["nodes"]


@_reading
def grouped_by_a_reference(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """A group of the records that refer to it."""
    queries = [
        f"{other.single}Groups(by: [{{ {camel(field.api)}: {{ id: VALUE }} }}], first: 500) {{ "
        f"nodes {{ keys {{ behind: {camel(field.api)} {{ id record {{ id }} }} }} }} pageInfo {{ hasNextPage }} }}"
        for other, field in _references_to(one)
    ]
    found: list[Any] = []
    for groups in _ask_each(person, queries):
        assert groups["pageInfo"] == {"hasNextPage": False}
        behind = [row["keys"]["behind"] for row in groups["nodes"]]
        found += [each for each in behind if each["id"] == str(id_) or each["record"] == {"id": str(id_)}]
    return found if queries else None


@_reading
def node(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    if one.document:
        return None
    return person.ask("query($id: ID!) { node(id: $id) { __typename id } }", id=str(id_))["node"]


@_reading
def nodes(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    if one.document:
        return None
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on {one.type_name} {{ version }} }} }}"
    return [each for each in person.ask(query, ids=[str(id_), str(id_)])["nodes"] if each]


@_reading
def searched(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Found in its list by its title."""
    if not one.searched:
        return None
    query = (
        f"query($text: String!) {{ list: {one.plural}(first: 500, search: $text) "
        "{ nodes { id } totalCount { value } } }"
    )
    found = person.ask(query, text=titles[id_])["list"]
    assert found["totalCount"]["value"] == len(found["nodes"]) < 500
    return [node for node in found["nodes"] if node["id"] == str(id_)]


@_reading
def searched_for_beside_others(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Found by its title in the search over objects, here only its own: over all of them it takes ten times as long."""
    if not one.searched or one.document:
        return None
    query = """query($text: String!, $objects: [String!]) {
        search(text: $text, objects: $objects, first: 500) { nodes { id } pageInfo { hasNextPage } }
    }"""
    found = person.ask(query, text=titles[id_], objects=[one.name])["search"]
    assert found["pageInfo"]["hasNextPage"] is False
    return [node for node in found["nodes"] if node["id"] == str(id_)]


@_reading
def filtered_through_a_reference(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Records that refer to it, found by its id behind the reference."""
    queries = [
        f"{other.plural}(filter: {{ {camel(field.api)}: {{ id: {{ eq: $id }} }} }}) {{ nodes {{ id }} }}"
        for other, field in _references_to(one)
    ]
    found = [node for page in _ask_each(person, queries, id=str(id_)) for node in page["nodes"]]
    return found if queries else None


@_reading
def behind_a_reference(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """The record as the one behind a reference of whatever the person sees."""
    queries = [
        f"{other.plural}({_NEWEST}) {{ nodes {{ behind: {camel(field.api)} {{ id }} }} }}"
        for other, field in _references_to(one)
    ]
    behind = [node["behind"] for page in _ask_each(person, queries) for node in page["nodes"]]
    return [each for each in behind if each and each["id"] == str(id_)] if queries else None


@_reading
def below_what_it_refers_to(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """The record in the lists of whatever it may refer to."""
    queries: list[str] = []
    for target in {one.target_of(field): None for field in one.fields.values() if field.kind is Kind.REFERENCE}:
        below = [each.api for each in connections(target) if each.object is one]
        asked = "(first: 1, filter: { id: { eq: $id } }) { nodes { id } totalCount { value } }"
        if below:  # not the document of a line, which has it among its lines
            queries.append(f"{target.plural}({_NEWEST}) {{ nodes {{ {' '.join(api + asked for api in below)} }} }}")
    pages = [
        page for each in _ask_each(person, queries, id=str(id_)) for node in each["nodes"] for page in node.values()
    ]
    assert all(page["totalCount"]["value"] == len(page["nodes"]) for page in pages)
    return [node for page in pages for node in page["nodes"]] if queries else None


@_reading
def among_the_lines_of_its_document(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    if one.document is None:
        return None
    answer = person.ask(f"{{ list: {one.document.plural}({_NEWEST}) {{ nodes {{ lines {{ id }} }} }} }}")
    return [line for document in answer["list"]["nodes"] for line in document["lines"] if line["id"] == str(id_)]


@_reading
def filtered_through_a_list(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """What it may refer to, found by its id in the list below."""
    queries = [
        f"{target.plural}(filter: {{ {each.api}: {{ some: {{ id: {{ eq: $id }} }} }} }}) {{ nodes {{ id }} }}"
        for target in objects()
        for each in lists_below(target)
        if each.object is one
    ]
    found = [node for page in _ask_each(person, queries, id=str(id_)) for node in page["nodes"]]
    return found if queries else None


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
        found += _seen(write(person, other, "Create", input=values), path)
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
    payload = write(person, document, "Update", id=(found or [str(made(company, document))])[0], input=changes)
    return _seen(payload, ("lines", "update", "0", "id"))


@_writing
def upserted(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Recognised by its title, as long as nothing changed that; who does not see it makes another one."""
    title = one.record.facts.title
    if title not in {key.name for key in one.keys}:
        return None
    values = given(company, one, required_only=True) | {camel(title): titles[id_]}
    payload = write(person, one, "Upsert", by=title.upper(), input=values)
    return [*payload["problems"], *([payload["id"]] if payload["id"] == str(id_) else [])]


@_writing
def updated(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    title = camel(one.record.facts.title)
    values = {title: given(company, one, required_only=True)[title]}
    return _seen(write(person, one, "Update", id=str(id_), input=values), ("id",))


@_writing
def updated_with_a_version(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen(write(person, one, "Update", id=str(id_), version=77, input={}), ("id",))


@_writing
def updated_in_bulk(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_bulk(bulk(person, one, "Update", [{"id": str(id_), "input": {}}], onError="SKIP_FAILED"))


@_writing
def deleted_in_bulk_with_a_version(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_bulk(bulk(person, one, "Delete", [{"id": str(id_), "version": 77}]))


@_writing
def acted_on(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    """Every action, tried without doing it: a state that does not allow it tells of the record all the same."""
    found: list[Any] = []
    for action in one.actions.values():
        inputs = {"input": inputs_of(company, action)} if action.parameters else {}
        payload = write(person, one, pascal(action.verb), id=str(id_), dryRun=True, **inputs)
        found += _seen(payload, ("id",)) or ([] if payload["problems"] else [action.api])
    return found if one.actions else None


@_writing
def merged_into_another(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_merge(person, one, ("from", "0"), into=str(made(company, one)), away=str(id_))


@_writing
def merged_with_another(company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_merge(person, one, ("into",), into=str(id_), away=str(made(company, one)))


@_writing
def deleted(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen(write(person, one, "Delete", id=str(id_)), ("id",))


def in_trash(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    query = (
        f"query($id: ID!) {{ list: {one.plural}(trash: ONLY, filter: {{ id: {{ eq: $id }} }}) "
        "{ nodes { id deletedAt } totalCount { value } } }"
    )
    answer = person.ask(query, id=str(id_))["list"]
    return answer["nodes"] if answer["totalCount"]["value"] else []


def restored(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen(write(person, one, "Restore", id=str(id_)), ("id",))


def restored_in_bulk_with_a_version(_company: Company, person: Person, one: ObjectType, id_: UUID) -> Any:
    return _seen_in_bulk(bulk(person, one, "Restore", [{"id": str(id_), "version": 77}]))


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
