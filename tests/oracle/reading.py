"""What a person sees of the records of the table by each reading door, many questions in one request."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from tests.oracle.place import FIELDS, FILED, WORD, Place
from tests.oracle.rules import Thing
from tests.oracle.table import HUB
from tests.world import Person

REFUSED = "refused"
ONE_BY_ONE = 2  # records, about, that are asked for one by one; which ones differs from door to door and person
AT_ONCE = 28
Seen = dict[Thing, bool] | str

# The doors of the contracts, and what tries each of them here.
COVERED = {
    "get": ("get",),
    "listed": ("listed", "listed from the end"),
    "listed_by_its_id": ("listed by id",),
    "counted": ("counted",),
    "aggregated": ("aggregated",),
    "grouped": ("grouped",),
    "grouped_by_a_reference": ("grouped by a reference",),
    "node": ("node",),
    "nodes": ("nodes",),
    "searched": ("searched",),
    "searched_for_beside_others": ("searched for among all",),
    "told_as_changed": ("told as changed",),
    "filtered_through_a_reference": ("filtered through a reference",),
    "behind_a_reference": ("behind a reference",),
    "below_what_it_refers_to": ("below what it refers to",),
    "filtered_through_a_list": ("filtered through a list",),
    "by_its_files": ("in the list of files", "node of its file"),
    "below_it_its_files": ("below it its file",),
    "searched_for_by_its_files": ("searched for by its file",),
    "among_the_lines_of_its_document": ("with its line", "its line"),
}
# The object whose right to read a door needs, where it is another one than that of the records; "" is none.
NEEDS: dict[str, dict[str, str]] = {
    door: dict.fromkeys(("opportunity", "customer", "contact", "product"), "")
    for door in (
        *("node", "nodes", "searched for among all"),
        *("in the list of files", "node of its file", "searched for by its file"),
    )
}
NEEDS |= {door: {"opportunity": "customer"} for door in ("below what it refers to", "filtered through a list")}
NEEDS |= {
    door: {"customer": "opportunity"}
    for door in ("behind a reference", "filtered through a reference", "grouped by a reference")
}
# What all records of an object refer to, and the list of them there.
BELOW = {"opportunity": ("customer", "opportunities"), "customer": ("customer", "subsidiaries")}
BELOW["contact"] = ("contact", "subordinates")


class Reader:
    """One person who asks for the records of one object that are not in the trash."""

    def __init__(self, place: Place, person: Person, one: str) -> None:
        self.place, self.person, self.one = place, person, place.type_of(one)
        self.things = place.things(one)
        self.by_id = {str(place.ids[thing]): thing for thing in self.things}
        self.turn = [*place.people].index(person.name)
        self.errors: dict[str, str] = {}

    def ask(self, fields: Iterable[str]) -> dict[str, Any]:
        """The data of root fields by their aliases; the codes of what was refused go to `errors`."""
        asked = " ".join(fields)
        given = {"ids": [*self.by_id], "files": [str(self.place.files[thing]) for thing in self.things]}
        declared = ", ".join(f"${name}: [ID!]!" for name in given if f"${name}" in asked)
        answer = self.person.http(f"query{f'({declared})' if declared else ''} {{ {asked} }}", given).json()
        assert answer.get("data") is not None, answer
        self.errors = {error["path"][0]: error["extensions"]["code"] for error in answer.get("errors", ())}
        assert {*self.errors.values()} <= {"FORBIDDEN"}, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def seen(self, data: dict[str, Any], alias: str, ids: Callable[[Any], Iterable[Any]]) -> Seen:
        """Which records of the table are among these ids; or that all was refused."""
        if self.errors.get(alias) == "FORBIDDEN":
            assert data[alias] is None
            return REFUSED
        found = [str(id_) for id_ in ids(data[alias])]
        assert len(found) == len({*found}), alias
        return {thing: id_ in found for id_, thing in self.by_id.items()}

    def one_by_one(self, doors: dict[str, tuple[str, Callable[[Any], Any]]]) -> dict[str, Seen]:
        """By door a question for some of the records, with the id for ID, and whether the answer shows it."""
        ids = [*self.by_id]
        step = max(2, len(ids) // ONE_BY_ONE)
        asked = [(door, id_) for i, door in enumerate(doors) for id_ in ids[(self.turn + i) % step :: step]]
        found: dict[str, Any] = {door: {} for door in doors}
        for start in range(0, len(asked), AT_ONCE):
            some = asked[start : start + AT_ONCE]
            data = self.ask(f"x{i}: {_about(id_, doors[door][0])}" for i, (door, id_) in enumerate(some))
            for i, (door, id_) in enumerate(some):
                if f"x{i}" in self.errors:
                    found[door] = REFUSED
                else:
                    found[door][self.by_id[id_]] = bool(doors[door][1](data[f"x{i}"]))
        return found


def _about(id_: str, field: str) -> str:
    return field.replace("ID", f'"{id_}"')


def doors(place: Place, person: Person, one: str) -> dict[str, Seen]:
    """By door which records are seen there."""
    reader = Reader(place, person, one)
    found = _lists(reader) | _files(reader)
    plural, single = reader.one.plural, reader.one.single
    by_id = f"{plural}(filter: {{ id: {{ eq: ID }} }})"
    questions: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "get": (f"{single}(id: ID) {{ id version }}", bool),
        "node": ("node(id: ID) { __typename id }", bool),
        "counted": (f"{by_id} {{ totalCount {{ value }} }}", lambda page: page["totalCount"]["value"]),
        "aggregated": (f"{by_id} {{ aggregate {{ count }} }}", lambda page: page["aggregate"]["count"]),
    }
    if one in BELOW:
        found |= _below(reader, questions)
    if one == "customer":
        found |= _behind(reader)
    if one == "opportunity":
        found |= _lines(reader)
    found |= reader.one_by_one(questions)
    for door in ("below what it refers to", "filtered through a list"):
        seen = found.get(door)
        if isinstance(seen, dict):  # what refers elsewhere says nothing
            found[door] = {thing: told for thing, told in seen.items() if not _refers_elsewhere(thing)}
    return found


def _refers_elsewhere(thing: Thing) -> bool:
    return thing.name.startswith("to ") or thing.name in (HUB.name, f"at {HUB.name}")


def _lists(reader: Reader) -> dict[str, Seen]:
    plural, single = reader.one.plural, reader.one.single
    in_ids = "filter: { id: { in: $ids } }"
    data = reader.ask(
        [
            f"listed: {plural}(first: 500) {{ nodes {{ id }} }}",
            f"end: {plural}(last: 500) {{ edges {{ node {{ id }} }} }}",
            f"byId: {plural}(first: 500, {in_ids}) {{ nodes {{ id }} totalCount {{ value }} aggregate {{ count }} }}",
            f"groups: {single}Groups(by: [{{ id: VALUE }}], {in_ids}, first: 500) "
            "{ nodes { count keys { id record { id } } } totalCount { value } }",
            f'searched: {plural}(first: 500, search: "{WORD}") {{ nodes {{ id }} }}',
            f'all: search(text: "{WORD}", first: 500) {{ nodes {{ id }} }}',
            "nodes(ids: $ids) { id }",
            f'changed: changes(objects: ["{single}"], first: 10000) {{ nodes {{ id record {{ id }} }} hasMore }}',
        ]
    )
    seen = reader.seen
    if data["byId"]:  # a number tells which only together with the list
        number = len(data["byId"]["nodes"])
        assert [row["count"] for row in data["groups"]["nodes"]] == [1] * number
        assert data["groups"]["totalCount"]["value"] == data["byId"]["totalCount"]["value"] == number
        assert data["byId"]["aggregate"]["count"] == number
        assert data["changed"]["hasMore"] is False
    return {
        "listed": seen(data, "listed", _ids),
        "listed from the end": seen(data, "end", lambda page: [edge["node"]["id"] for edge in page["edges"]]),
        "listed by id": seen(data, "byId", _ids),
        "grouped": seen(data, "groups", lambda page: [row["keys"]["record"]["id"] for row in page["nodes"]]),
        "searched": seen(data, "searched", _ids),
        "searched for among all": seen(data, "all", _ids),
        "nodes": seen(data, "nodes", lambda nodes: [node["id"] for node in nodes if node]),
        "told as changed": seen(data, "changed", _told_with_record),
    }


def _files(reader: Reader) -> dict[str, Seen]:
    """Each record has one file, which shows what it hangs on."""
    data = reader.ask(
        [
            f"below: {reader.one.plural}(first: 500) {{ nodes {{ files {{ nodes {{ recordIds }} }} }} }}",
            "listed: files(first: 500, filter: { id: { in: $files } }) { edges { node { recordIds } } }",
            "node: nodes(ids: $files) { ... on File { recordIds } }",
            f'searched: search(text: "{FILED}", objects: ["file"], first: 500) '
            "{ nodes { ... on File { recordIds } } }",
        ]
    )

    def of(files: Iterable[Any]) -> list[str]:
        return [id_ for file in files if file for id_ in file["recordIds"] if id_ in reader.by_id]

    return {
        "below it its file": reader.seen(
            data, "below", lambda page: of(file for node in page["nodes"] for file in node["files"]["nodes"])
        ),
        "in the list of files": reader.seen(data, "listed", lambda page: of(edge["node"] for edge in page["edges"])),
        "node of its file": reader.seen(data, "node", of),
        "searched for by its file": reader.seen(data, "searched", lambda page: of(page["nodes"])),
    }


def _told_with_record(page: Any) -> list[str]:
    """What is told as there; what is told as gone comes without its record."""
    return [node["id"] for node in page["nodes"] if node["record"]]


def _ids(page: Any) -> list[str]:
    return [node["id"] for node in page["nodes"]]


def _below(reader: Reader, questions: dict[str, tuple[str, Callable[[Any], Any]]]) -> dict[str, Seen]:
    """In the list of what all records refer to; a question for each, whether that has such a one, is added."""
    above, api = BELOW[reader.one.single]
    hub = next(id_ for thing, id_ in reader.place.ids.items() if _is_hub(thing, above))
    some = f'{{ id: {{ eq: "{hub}" }}, {api}: {{ some: {{ id: {{ eq: ID }} }} }} }}'
    questions["filtered through a list"] = (
        f"{above}s(filter: {some}) {{ nodes {{ id }} }}",
        lambda page: page["nodes"],
    )
    listed = f"{api}(first: 500) {{ nodes {{ id }} totalCount {{ value }} }}"
    data = reader.ask([f'below: {above}(id: "{hub}") {{ {listed} }}'])
    if data["below"]:
        assert data["below"][api]["totalCount"]["value"] == len(data["below"][api]["nodes"])
    return {"below what it refers to": reader.seen(data, "below", lambda page: _ids(page[api]) if page else [])}


def _is_hub(thing: Thing, one: str) -> bool:
    return thing.object == one and thing.name.endswith(HUB.name) and thing.name in (HUB.name, f"at {HUB.name}")


def _lines(reader: Reader) -> dict[str, Seen]:
    """Each has one line: inside it, and in the list of all lines."""
    data = reader.ask(
        [
            "inside: opportunities(first: 500) { nodes { id lines { id } } }",
            "listed: opportunityLines(first: 500) { nodes { opportunity { id } } }",
        ]
    )
    return {
        "with its line": reader.seen(
            data, "inside", lambda page: [node["id"] for node in page["nodes"] if len(node["lines"]) == 1]
        ),
        "its line": reader.seen(data, "listed", lambda page: [node["opportunity"]["id"] for node in page["nodes"]]),
    }


def _behind(reader: Reader) -> dict[str, Seen]:
    """Behind opportunities that refer to them and are known to all."""
    leading = {f"{WORD} {thing.name}" for thing in reader.place.ids if thing.name.startswith("to ")}
    ids = {f"{WORD} to {thing.name}": id_ for id_, thing in reader.by_id.items()}
    by_name = {name: id_ for name, id_ in ids.items() if name in leading}
    to = f'name: {{ startsWith: "{WORD} to " }}'
    data = reader.ask(
        [
            f"behind: opportunities(first: 500, filter: {{ {to} }}) "
            "{ nodes { customer { id } access { hiddenFields } } }",
            f"through: opportunities(first: 500, filter: {{ {to}, customer: {{ id: {{ in: $ids }} }} }}) "
            "{ nodes { name } }",
            f"groups: opportunityGroups(by: [{{ customer: {{ id: VALUE }} }}], filter: {{ {to} }}, first: 500) "
            "{ nodes { keys { customer { id record { id } } } } }",
        ]
    )
    for node in data["behind"]["nodes"] if data["behind"] else ():
        assert (node["customer"] is None) is ("customer" in node["access"]["hiddenFields"])
    for row in data["groups"]["nodes"] if data["groups"] else ():
        assert (row["keys"]["customer"]["id"] is None) is (row["keys"]["customer"]["record"] is None)
    behind: dict[str, Callable[[Any], list[Any]]] = {
        "behind": lambda page: [node["customer"]["id"] for node in page["nodes"] if node["customer"]],
        "through": lambda page: [by_name[node["name"]] for node in page["nodes"]],
        "groups": lambda page: [
            row["keys"]["customer"]["id"] for row in page["nodes"] if row["keys"]["customer"]["id"]
        ],
    }
    names = {"behind": "behind a reference", "through": "filtered through a reference"}
    names["groups"] = "grouped by a reference"
    found = {names[alias]: reader.seen(data, alias, of) for alias, of in behind.items()}
    return {door: _only(seen, by_name) for door, seen in found.items()}


def _only(seen: Seen, by_name: Collection[str]) -> Seen:
    """Those to which an opportunity leads."""
    if isinstance(seen, str):
        return seen
    return {thing: told for thing, told in seen.items() if f"{WORD} to {thing.name}" in by_name}


def fields(place: Place, person: Person, one: str, group: str) -> dict[str, Any]:
    """By door what shows of one field of the group, and `access`; empty where the records are refused."""
    reader = Reader(place, person, one)
    api, _, value = FIELDS[one, group]
    plural, is_money = reader.one.plural, not isinstance(value, str)
    selected = f"{api} {{ amount }}" if is_money else api
    by = f'{api}: {{ step: "1000" }}' if is_money else f"{api}: VALUE"
    access = "access { canUpdate canDelete allowedActions hiddenFields maskedFields writableFields }"

    def page(alias: str, condition: str = "", more: str = "", asked: str = "id") -> str:
        of = f"first: 500, filter: {{ id: {{ in: $ids }} {condition} }} {more}"
        return f"{alias}: {plural}({of}) {{ nodes {{ {asked} }} }}"

    in_ids = "filter: { id: { in: $ids } }"
    data = reader.ask(
        [
            page("shown", asked=f"id {selected} {access}"),
            page("eq", f'{api}: {{ eq: "{value}" }}'),
            page("ne", f'not: {{ {api}: {{ ne: "{value}" }} }}'),
            page("known", f"{api}: {{ isNull: false }}"),
            page("missing", f"{api}: {{ isNull: true }}"),
            page("ordered", more=f"orderBy: [{{ {api}: ASC }}]"),
            *([] if is_money else [page("searched", more=f'search: "{value}"')]),
            f"groups: {reader.one.single}Groups(by: [{{ {by} }}], {in_ids}) "
            f"{{ nodes {{ count keys {{ {selected} }} }} }}",
            f"figures: {plural}({in_ids}) {{ aggregate {{ {api} {{ count }} }} }}",
        ]
    )
    if "shown" in reader.errors:
        return {}
    filters = {
        door: reader.seen(data, door, _ids) for door in ("eq", "ne", "known", "missing", "searched") if door in data
    }
    rows = data["groups"]["nodes"] if data["groups"] else ()
    return {
        "filters": filters,
        "nodes": {reader.by_id[node["id"]]: {**node, "value": _plain(node[api])} for node in data["shown"]["nodes"]},
        "order": [reader.by_id[id_] for id_ in _ids(data["ordered"])] if data["ordered"] else REFUSED,
        "groups": {_plain(row["keys"][api]): row["count"] for row in rows} if data["groups"] else REFUSED,
        "figures": data["figures"]["aggregate"][api] and data["figures"]["aggregate"][api]["count"],
    }


def _plain(value: Any) -> Any:
    return value["amount"] if isinstance(value, dict) else value
