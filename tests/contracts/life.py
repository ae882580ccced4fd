"""A record of an object from its making to the trash and back, told once: one contract after the other looks at it.

Every step is a request of the administrator, and what became of it stands under the step's name.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from saas.engine.registry import ObjectType
from saas.kit import clock, ids
from saas.kit.text import camel
from tests.contracts.bulk import bulk
from tests.contracts.factory import Values, changeable, create, different, given, references_in, tried, write
from tests.contracts.ledger import Marks, Rows, audited, marks
from tests.contracts.selections import selection
from tests.world import World

STALE = (3, 0, -1)  # of a record that has its second version; the first is tried beside them
_CONFLICT = """fragment conflict on Problem {
  __typename code path ... on VersionConflict { currentVersion fields { field current mine original } }
}"""
IMPOSSIBLE = (
    "another layout",
    "no layout",
    "the code of another object",
    "a clock far ahead",
    "a clock of the last century",
    "no id",
    "something hostile",
)


@dataclass
class Life:
    """What was given, what was answered to it, and what was kept."""

    world: World
    one: ObjectType
    given: dict[str, Values] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    audits: dict[str, Rows] = field(default_factory=dict)
    before: Marks = field(default_factory=dict)  # all that is refused or changes nothing
    after: Marks = field(default_factory=dict)  # it

    @property
    def id(self) -> str:
        """Of the record that lives this life."""
        return str(self.answers["created"]["id"])

    @property
    def now(self) -> Values:
        """Its values once it was changed."""
        return self.given["first"] | self.given["second"]

    def write(self, verb: str, id_: str = "", **arguments: Any) -> Values:
        return write(self.world.garage.ada, self.one, verb, id=id_ or self.id, **arguments)

    def tried(self, verb: str, id_: str = "", **arguments: Any) -> Values:
        return tried(self.world.garage.ada, self.one, verb, id=id_ or self.id, **arguments)

    def read(self) -> Values:
        """The record, and what the trash has of it."""
        one = self.one
        query = (
            f"query($id: ID!) {{ found: {one.single}(id: $id) {{ {selection(one)} }} trash: {one.plural}(trash: ONLY, "
            "filter: { id: { eq: $id } }) { nodes { id } } }"
        )
        return self.world.garage.ada.ask(query, id=self.id)


def lived(world: World, one: ObjectType) -> Life:
    life = Life(world, one)
    _born(life)
    _refused(life)
    _in_the_trash_and_back(life)
    _cleared(life)
    return life


def _born(life: Life) -> None:
    """Made and changed, after two that have no more than is required and the ids of a client."""
    garage, one, code = life.world.garage, life.one, life.one.record.facts.code
    for name, id_ in (("required", ids.new_id(code)), ("ahead", at(code, timedelta(hours=23)))):
        life.given[name] = given(garage, one, required_only=True) | {"id": str(id_)}
    query = (
        f"mutation($a: {one.type_name}CreateInput!, $b: {one.type_name}CreateInput!) "
        f"{{ required: {one.single}Create(input: $a) {{ id record: {one.single} {{ {selection(one)} }} "
        f"problems {{ code }} }} ahead: {one.single}Create(input: $b) {{ id problems {{ code }} }} }}"
    )
    life.answers = garage.ada.ask(query, a=life.given["required"], b=life.given["ahead"])
    life.audits = {name: audited(life.world, garage, life.answers[name]["id"]) for name in ("required", "ahead")}
    life.given["first"] = given(garage, one)
    life.answers["created"] = create(garage.ada, one, life.given["first"])
    life.answers["read"] = life.read()
    life.given["second"] = different(garage, one, life.given["first"])
    life.answers["changed"] = life.write("Update", version=1, input=life.given["second"])
    life.answers["read again"] = life.read()


def _refused(life: Life) -> None:
    """All that must leave no trace; only `same` and `undone` are no mistakes."""
    garage, one, answers, title = life.world.garage, life.one, life.answers, life.one.record.facts.title
    life.given["mine"] = different(garage, one, life.given["first"])
    spare = given(garage, one)
    impossible = _impossible(one, [given(garage, one, **references_in(one, spare)) for _ in IMPOSSIBLE])
    life.before = marks(life.world, garage)
    answers["same"] = life.write("Update", version=2, input=changeable(one, life.now))
    answers["undone"] = life.write("Update", version=1, input=changeable(one, life.given["first"]))
    answers["emptied"] = life.write("Update", input=dict.fromkeys(required_in(one)))
    answers["stale update"] = life.write("Update", version=1, input={title: f"mine {life.id}"})
    answers["stale delete"] = life.write("Delete", version=1)
    answers["stale otherwise"] = _stale(life)
    answers["clash"] = life.tried("Update", version=1, input=life.given["mine"])
    answers["restored alive"] = life.tried("Restore")
    answers["impossible"] = bulk(garage.ada, one, "Create", impossible, onError="SKIP_FAILED")
    answers["impossible alone"] = create(garage.ada, one, spare | {"id": str(uuid4())})
    answers["taken"] = create(garage.ada, one, spare | {"id": life.id})
    life.after = marks(life.world, garage)


def _in_the_trash_and_back(life: Life) -> None:
    """Its twin has the same values while it is away; then the twin is changed by two people at once."""
    garage, one, answers, title = life.world.garage, life.one, life.answers, life.one.record.facts.title
    answers["deleted"] = life.write("Delete", version=2)
    answers["restored unseen"] = life.tried("Restore", version=2)
    answers["twin"] = tried(garage.ada, one, "Create", input=life.now)
    id_ = answers["twin"]["id"]
    if one.unique_keys:
        answers["restored beside its twin"] = life.tried("Restore")
        answers["in the trash"] = life.read()
    life.given["theirs"] = {name: value for name, value in different(garage, one, life.now).items() if name != title}
    life.given["ours"] = {title: f"ours {id_}"}
    answers["theirs"] = life.tried("Update", id_, version=1, input=life.given["theirs"])
    answers["ours"] = life.write("Update", id_, version=1, input=changeable(one, life.now) | life.given["ours"])
    life.audits["twin"] = audited(life.world, garage, id_)
    if one.unique_keys:
        life.tried("Delete", id_)
    answers["restored"] = life.write("Restore", version=3)
    answers["out of the trash"] = life.read()
    life.audits["life"] = audited(life.world, garage, life.id)


def _cleared(life: Life) -> None:
    """All that is not required is cleared; then somebody cleans up the audit of the second version, and removes it."""
    fields = [(name, each) for name, each in life.one.all_fields.items() if each.is_input(creating=False)]
    life.given["nothing"] = {camel(name): None for name, each in fields if not each.required}
    cleared = life.answers["cleared"] = life.write("Update", input=life.given["nothing"])
    life.answers["left"] = life.write("Update", version=cleared["record"]["version"], input={})
    for name, lost in (("emptied audit", "UPDATE audit SET changes = NULL"), ("no audit", "DELETE FROM audit")):
        life.world.sql(life.world.garage, f"{lost} WHERE record_id = %s AND version = 2", life.id)
        life.answers[name] = life.tried("Update", version=1, input={})
    life.answers["audit since"] = life.tried("Update", version=2, input={})


def required_in(one: ObjectType) -> list[str]:
    """What an update cannot clear."""
    fields = one.all_fields.items()
    return sorted(camel(name) for name, each in fields if each.is_input(creating=False) and each.required)


def _stale(life: Life) -> dict[str, Values]:
    """Both verbs with every other version that the record does not have."""
    one, update, remove = life.one, f"{life.one.type_name}BulkUpdateInput!", "TargetInput!"
    declared, fields, variables = [], [], {}
    for i, version in enumerate(STALE):
        for verb, kind in (("Update", update), ("Delete", remove)):
            declared.append(f"${verb}{i}: {kind}")
            fields.append(
                f"{verb}{i}: {one.single}Bulk{verb}(items: [${verb}{i}], onError: SKIP_FAILED) "
                f"{{ written items {{ id problems {{ ...conflict }} }} }}"
            )
            changes = {"input": {one.record.facts.title: "lost"}} if verb == "Update" else {}
            variables[f"{verb}{i}"] = {"id": life.id, "version": version, **changes}
    query = f"mutation({', '.join(declared)}) {{ {' '.join(fields)} }} {_CONFLICT}"
    return life.world.garage.ada.ask(query, **variables)


def _impossible(one: ObjectType, rows: list[Values]) -> list[Values]:
    """Inputs with one id after the other that cannot be ours."""
    code = one.record.facts.code
    made = (
        uuid4(),
        UUID(int=0),
        ids.new_id(code + 0x100),
        at(code, timedelta(hours=25)),
        at(code, timedelta(days=-365 * 30)),
        "42",
        "'; DROP TABLE customer; --",
    )
    return [row | {"id": str(id_)} for row, id_ in zip(rows, made, strict=True)]


def at(code: int, shift: timedelta) -> UUID:
    """An id as a clock that goes wrong by so much would make it."""
    milliseconds = int((clock.now() + shift).timestamp() * 1000)
    return UUID(int=milliseconds << 80 | ids.new_id(code).int & (1 << 80) - 1)
