"""What becomes of the writes of a person, many records in one; each mutation ends with a mistake: nothing is kept."""

from collections.abc import Sequence
from typing import Any

from saas.kit.text import camel, pascal
from tests.export.place import typed
from tests.oracle.place import FIELDS, WORD, Place
from tests.oracle.rules import Thing
from tests.oracle.table import ACTIONS
from tests.world import Person

ALLOWED = "allowed"
FORBIDDEN, NOT_FOUND, WRONG_STATE = "FORBIDDEN", "NOT_FOUND", "WRONG_STATE"
NOWHERE = "00000000-0000-8000-8000-000000000000"

# The doors of the contracts, and the operations here that go through them.
COVERED = {
    "exported": ("export",),
    "used_as_input": ("create",),
    "updated": ("update",),
    "updated_with_a_version": ("update",),
    "updated_in_bulk": ("bulk update",),
    "deleted": ("delete",),
    "deleted_in_bulk_with_a_version": ("bulk delete",),
    "acted_on": (*ACTIONS, *(f"bulk {verb}" for verb in ACTIONS)),
    "upserted": ("upsert",),
    "merged_into_another": ("merge",),
    "merged_with_another": ("merge",),
}
Told = dict[Thing, str]


class Writer:
    """One person who writes records of one object; each list of writes is one mutation that fails."""

    def __init__(self, place: Place, person: Person, one: str) -> None:
        self.place, self.person, self.one = place, person, place.type_of(one)

    def send(self, field: str, *, is_undone: bool = True) -> dict[str, Any]:
        """The payload of a root field that must be called `x`; what comes after it fails, unless nothing is to undo."""
        fail = f'fails: customerUpdate(id: "{NOWHERE}", input: {{}}) {{ problems {{ code }} }}' if is_undone else ""
        data = self.person.ask(f"mutation {{ {field} {fail} }}")
        assert not is_undone or data["fails"]["problems"]
        payload: dict[str, Any] = data["x"]
        return payload

    def bulk(self, verb: str, rows: Sequence[str], argument: str = "items", more: str = "") -> dict[str, Any]:
        asked = "problems { code } items { problems { code path } }"
        field = f"x: {self.one.single}Bulk{verb}({argument}: [{', '.join(rows)}] {more}) {{ {asked} }}"
        return self.send(field, is_undone="SKIP_FAILED" not in more)

    def single(self, verb: str, arguments: str) -> dict[str, Any]:
        field = f"x: {self.one.single}{verb}({arguments}) {{ problems {{ code path }} }}"
        return self.send(field, is_undone="dryRun" not in arguments)

    def some(self, things: Sequence[Thing], number: int) -> list[Thing]:
        """Some of them, others for each person."""
        step = max(1, len(things) // number)
        turn = [*self.place.people].index(self.person.name)
        return [*things[turn % step :: step]][:number]

    def id(self, thing: Thing) -> str:
        return f'"{self.place.ids[thing]}"'


def told(payload: dict[str, Any], number: int | None = None) -> str:
    """What the payload, or an item of it, says of the permission; what else is wrong comes after that."""
    codes = {problem["code"] for problem in payload["problems"]}
    if number is not None and payload["items"]:
        codes |= {problem["code"] for problem in payload["items"][number]["problems"]}
    return next((code for code in (FORBIDDEN, NOT_FOUND, WRONG_STATE) if code in codes), ALLOWED)


def changes(place: Place, person: Person, one: str) -> dict[str, Told]:
    """By operation what becomes of it for each record, all at once and, for some, one by one."""
    writer = Writer(place, person, one)
    living, gone = place.things(one), [*place.things(one, deleted=True), *place.things(one)[:3]]
    found = {
        "bulk update": _in_bulk(writer, "Update", living, ", input: {}"),
        "bulk delete": _in_bulk(writer, "Delete", living),
        "bulk restore": _in_bulk(writer, "Restore", gone),
        "update": {
            each: told(writer.single("Update", f"id: {writer.id(each)}, input: {{}}"))
            for each in writer.some(living, 1)
        },
        "delete": {each: told(writer.single("Delete", f"id: {writer.id(each)}")) for each in writer.some(living, 1)},
        "restore": {each: told(writer.single("Restore", f"id: {writer.id(each)}")) for each in writer.some(gone, 1)},
    }
    for verb in ACTIONS if one == "opportunity" else ():
        given = {"lose": ', input: { reason: "no" }', "discount": ', input: { discount: "1" }'}.get(verb, "")
        found[f"bulk {verb}"] = _in_bulk(writer, pascal(verb), living, more=given)
        some = writer.some(living, 1)
        found[verb] = {each: told(writer.single(pascal(verb), f"id: {writer.id(each)} {given}")) for each in some}
    return found


def _in_bulk(writer: Writer, verb: str, things: Sequence[Thing], each_more: str = "", more: str = "") -> Told:
    ids = [*map(writer.id, things), f'"{NOWHERE}"']
    payload = writer.bulk(verb, [f"{{ id: {id_} {each_more} }}" for id_ in ids], more=more)
    return {thing: told(payload, number) for number, thing in enumerate(things)}


def fields(place: Place, person: Person, one: str, group: str) -> Told:
    """What becomes of writing a field of the group."""
    writer = Writer(place, person, one)
    return _in_bulk(writer, "Update", place.things(one), f", input: {{ {_value(one, group)} }}")


def _value(one: str, group: str) -> str:
    api, _, value = FIELDS[one, group]
    return f'{api}: "{value}"' if isinstance(value, str) else f"{api}: {{ amount: 7 }}"


def creations(place: Place, person: Person, one: str, group: str) -> dict[str, Told]:
    """What becomes of new records in the places of those that are there, with and without a field of the group."""
    writer = Writer(place, person, one)
    living = [each for each in place.things(one) if not each.name.startswith("to ")]
    found: dict[str, Told] = {}
    for what, more in (("plain", ""), ("field", _value(one, group))):
        rows = [f'{{ name: "new {i}" {_place(place, each)} {more} }}' for i, each in enumerate(living)]
        payload = writer.bulk("Create", rows, "inputs")
        found[what] = {thing: told(payload, number) for number, thing in enumerate(living)}
    return found


def _place(place: Place, thing: Thing) -> str:
    if thing.of:
        return f'customerId: "{place.ids[thing.of]}"'
    names = {"owner": thing.owner, "department": thing.department, "region": thing.region, "business_line": thing.line}
    known = place.type_of(thing.object).fields
    ids = {
        camel(f"{name}_id"): place.masters[each] if each else None
        for name, each in names.items()
        if f"{name}_id" in known
    }
    return " ".join(f'{name}: "{id_}"' if id_ else f"{name}: null" for name, id_ in ids.items())


def exports(place: Place, person: Person, one: str) -> dict[Thing, bool] | str:
    """Which records a file of all of them holds."""
    found = typed(person, 'fields: ["id"]', place.type_of(one).single)
    if found is None:
        return FORBIDDEN
    ids = {each["id"] for each in found}
    return {thing: str(place.ids[thing]) in ids for thing in place.things(one)}


def upserts(place: Place, person: Person, one: str) -> Told:
    """What becomes of giving a record anew by its code, as somebody does who may not know that it is there.

    Whoever sees it changes nothing by that; nobody else can make it, as the code is taken.
    """
    writer, living = Writer(place, person, one), place.things(one)
    rows = [f'{{ name: "{WORD} {each.name}", code: "T {one} {each.name}" }}' for each in living]
    payload = writer.bulk("Upsert", rows, "inputs", ", by: CODE, onError: SKIP_FAILED")
    return {thing: told(payload, number) for number, thing in enumerate(living)}


def merges(place: Place, person: Person, one: str) -> dict[tuple[Thing, Thing], tuple[str, str]]:
    """What a preview says of merging some records with the next, of the one and of the other."""
    writer, living = Writer(place, person, one), place.things(one)
    found = {}
    for into in writer.some(living[:-1], 2):
        away = living[living.index(into) + 1]
        problems = writer.single("Merge", f"into: {writer.id(into)}, from: [{writer.id(away)}], dryRun: true")[
            "problems"
        ]
        sides = [
            {"problems": [each for each in problems if not each["path"] or each["path"][0] == side]}
            for side in ("into", "from")
        ]
        found[into, away] = told(sides[0]), told(sides[1])
    return found


def shares(place: Place, person: Person, one: str) -> dict[str, Told]:
    """What becomes of sharing some records with the administrator, for reading and for writing."""
    writer = Writer(place, person, one)
    found: dict[str, Told] = {}
    for access in ("READ", "WRITE"):
        given = f'withId: "{place.people["olga"].id}", access: {access}'
        found[access] = {
            each: told(writer.send(f"x: recordShare(id: {writer.id(each)}, {given}) {{ problems {{ code path }} }}"))
            for each in writer.some(place.things(one), 2)
        }
    return found
