"""Merges as the contracts ask for them, and two of each object that are told once."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from saas.engine.field import Field, Kind
from saas.engine.followers import Follower, followers
from saas.engine.registry import ObjectType, listers, referrers
from saas.kit.text import camel
from tests.contracts.bulk import bulk
from tests.contracts.factory import Values, given, made_many, made_with, tried
from tests.contracts.ledger import Marks, Rows, audited, audited_each, contents, kept, marks
from tests.contracts.statements import counted
from tests.world import Person, World

Referring = tuple[ObjectType, Field, UUID, UUID]  # the field of the one record that refers to the other
Keys = dict[str, list[tuple[Any, ...]]]  # what the rows of each follower are about
SURVIVOR = "survivor"
# What the other columns of a row that follows a record are given.
_WORDS = {
    "access": "read",
    "operation": "read",
    "scope": "own",
    "relation": "others",
    "value": "1",
    **dict.fromkeys(("object", "field_group", "key"), "nothing {}"),
}


def _document(one: ObjectType) -> str:
    return f"""
        mutation Merge(
          $into: ID!, $away: [ID!]!, $input: {one.type_name}UpdateInput, $dryRun: Boolean, $version: Int
        ) {{
          x: {one.single}Merge(into: $into, from: $away, input: $input, dryRun: $dryRun, version: $version) {{
            ...told
          }}
        }}
        mutation Tried($into: ID!, $nothing: [ID!]!, $many: [ID!]!, $twice: [ID!]!) {{
          nothing: {one.single}Merge(into: $into, from: $nothing, dryRun: true) {{ ...told }}
          many: {one.single}Merge(into: $into, from: $many, dryRun: true) {{ ...told }}
          twice: {one.single}Merge(into: $into, from: $twice, dryRun: true) {{ ...told }}
        }}
        mutation Unmerge($id: ID!) {{
          x: {one.single}Unmerge(id: $id) {{ id record: {one.single} {{ id }} problems {{ code path message }} }}
        }}
        query Nodes($ids: [ID!]!, $a: ID!, $b: ID!) {{
          a: node(id: $a) {{ id }} b: node(id: $b) {{ id }} nodes(ids: $ids) {{ id }}
        }}
        fragment told on {one.type_name}MergePayload {{
          id record: {one.single} {{ id version }}
          changed {{ field before after }} moved {{ object field count }} problems {{ code path }}
        }}"""


def merge(person: Person, one: ObjectType, into: UUID | str, away: list[Any], **more: Any) -> Values:
    ids = [str(each) for each in away]
    found: Values = person.perform(_document(one), "Merge", into=str(into), away=ids, **more)["x"]
    return found


def merge_in_vain(person: Person, one: ObjectType, into: UUID, away: UUID) -> dict[str, Values]:
    """Previews of what nobody can mean: of nothing, of too many, and of the same one twice."""
    asked = {"nothing": [], "many": [str(away)] * 101, "twice": [str(away)] * 2}
    return person.perform(_document(one), "Tried", into=str(into), **asked)


def unmerge(person: Person, one: ObjectType, id_: UUID | str) -> Values:
    found: Values = person.perform(_document(one), "Unmerge", id=str(id_))["x"]
    return found


def referring(field: Field, id_: object) -> Any:
    """The value of a field that refers to this record, one of them or a list of them."""
    return [str(id_)] if field.kind is Kind.REFERENCES else id_


def followed(world: World, one: ObjectType, *ids: UUID) -> list[Referring]:
    """For each of these records one that refers to it by each field that may; those that may change."""
    by: dict[ObjectType, list[tuple[Field, UUID]]] = {}
    for other, each in (*referrers(one), *listers(one)):
        by.setdefault(other, []).extend((each, id_) for id_ in ids if not each.fixed)
    found: list[Referring] = []
    for other, pairs in by.items():
        made_ids = made_with(world.garage, other, [{field.name: referring(field, id_)} for field, id_ in pairs])
        found += [(other, field, id_, to) for (field, to), id_ in zip(pairs, made_ids, strict=True)]
    return found


def targets(world: World, referrers_: list[Referring]) -> list[list[UUID]]:
    """What each of these refers to now."""
    lists = "SELECT target_id FROM link WHERE record_id = %s AND field = %s ORDER BY position"
    found = []
    for other, by, id_, _ in referrers_:
        if by.kind is Kind.REFERENCES:
            rows = world.sql(world.garage, lists, id_, f"{other.name}.{by.name}")
        else:
            rows = world.sql(world.garage, f"SELECT {by.name} FROM {other.name} WHERE id = %s", id_)
        found.append([target for (target,) in rows])
    return found


def said(world: World, *ids: UUID) -> None:
    """Have every table say something of each of these records in each column that follows, and the same of all."""
    for follower in followers():
        rows: list[dict[str, Any]] = []
        for column in follower.columns:
            common = _row(follower)
            for id_ in ids:
                again = common | ({"id": uuid4()} if "id" in common else {})
                rows += [row | {column: id_} for row in (_row(follower), again)]
        columns = dict.fromkeys(name for row in rows for name in row)
        names, placed = ", ".join(columns), ", ".join(["%s"] * len(columns))
        values = [row.get(name) for row in rows for name in columns]
        places = ", ".join([f"({placed})"] * len(rows))
        world.sql(world.garage, f"INSERT INTO {follower.table.name} ({names}) VALUES {places}", *values)


def unsaid(world: World, *ids: UUID) -> None:
    """Take back what tables say of these records: whoever looks at all of it has less to look at."""
    for follower in followers():
        leads = " OR ".join(f'"{column}" = ANY(%s)' for column in follower.columns)
        world.sql(
            world.garage, f"DELETE FROM {follower.table.name} WHERE {leads}", *[list(ids)] * len(follower.columns)
        )


def _row(follower: Follower) -> dict[str, Any]:
    def value(column: sa.Column[Any]) -> Any:
        if isinstance(column.type, sa.Uuid):
            return uuid4()
        if isinstance(column.type, sa.DateTime):
            return datetime(2020, 1, 1, tzinfo=UTC)
        if isinstance(column.type, sa.Date):
            return date(2020, 1, 1)
        return _WORDS[column.name].format(uuid4())

    return {column.name: value(column) for column in follower.table.columns if not column.nullable}


def keys(world: World, follower: Follower, turned: dict[str, str]) -> list[tuple[Any, ...]]:
    """What the rows of a table are about, where some ids stand for others."""
    rows = [row for (row,) in world.sql(world.garage, f"SELECT to_jsonb(one) FROM {follower.table.name} one")]
    return [tuple(turned.get(row[each.name], row[each.name]) for each in follower.key) for row in rows]


def nodes(person: Person, one: ObjectType, *ids: UUID | str) -> Values:
    """What the first two ids lead to, and all of them at once."""
    asked = [str(each) for each in ids]
    return person.perform(_document(one), "Nodes", a=asked[0], b=asked[1], ids=asked)


@dataclass
class Merged:
    """Two records merged into a third, with all that refers to them and all that is said of them, and apart again."""

    into: UUID
    away: list[UUID]
    referring: list[Referring]  # to the two
    rows: dict[str, Values]  # of the three, as they were
    answers: dict[str, Values] = field(default_factory=dict)
    audits: dict[str, Rows] = field(default_factory=dict)  # by record
    contents: list[Marks] = field(default_factory=list)  # before, merged, and apart again
    marks: list[Marks] = field(default_factory=list)  # around the preview, and around what is refused when merged
    keys: list[Keys] = field(default_factory=list)  # before, where the two stand for the third already, and merged
    lead_to: list[list[UUID]] = field(default_factory=list)  # what referred to the two
    row: Values = field(default_factory=dict)  # of the survivor
    statements: int = 0


def merged(world: World, one: ObjectType) -> Merged:
    garage, ada, new = world.garage, world.garage.ada, {camel(one.record.facts.title): SURVIVOR}
    into, *away = _three(world, one)
    found = [each for each in followed(world, one, *away, into) if each[3] != into]
    said(world, into, *away)
    story = Merged(into, away, found, {row["id"]: row for row in kept(world, garage, one)})
    story.keys.append(_all_keys(world, dict.fromkeys(map(str, away), str(into))))
    story.contents.append(contents(world, garage))
    story.marks.append(marks(world, garage))
    story.answers["preview"] = merge(ada, one, into, away, input=new, dryRun=True)
    story.marks.append(marks(world, garage))
    with counted() as sent:
        story.answers["merged"] = merge(ada, one, into, away, input=new)
    story.statements = len(sent)
    _look_around(world, one, story)
    story.answers["undone"] = unmerge(ada, one, away[1])
    story.contents.append(contents(world, garage))
    story.audits["apart"] = audited(world, garage, away[0])
    unsaid(world, into, *away)
    return story


def _three(world: World, one: ObjectType) -> list[UUID]:
    """A record with what it must have, and two with everything."""
    made = bulk(world.garage.ada, one, "Create", [given(world.garage, one) for _ in range(2)], shown=False)
    return [*made_many(world.garage, one, 1), *(UUID(item["id"]) for item in made["items"])]


def _all_keys(world: World, turned: dict[str, str]) -> Keys:
    return {each.table.name: keys(world, each, turned) for each in followers()}


def _look_around(world: World, one: ObjectType, story: Merged) -> None:
    """While they are merged: what refers, what is said, what their ids lead to, and what is refused now."""
    garage, away = world.garage, story.away
    story.contents.append(contents(world, garage))
    story.keys.append(_all_keys(world, {}))
    story.lead_to = targets(world, story.referring)
    story.audits = audited_each(world, garage, (story.into, *away, *(r[2] for r in story.referring)))
    (story.row,) = [row for row in kept(world, garage, one) if row["id"] == str(story.into)]
    story.marks.append(marks(world, garage))
    story.answers["survivor apart"] = unmerge(garage.ada, one, story.into)
    story.answers["apart by another company"] = unmerge(world.rival.rita, one, away[0])
    story.answers["apart without a right"] = unmerge(garage.nick, one, away[0])
    story.answers["restored"] = tried(garage.ada, one, "Restore", id=str(away[0]))
    story.marks.append(marks(world, garage))


@dataclass
class MovedOn:
    """A record merged into another, on which life went on; which was merged into a third in turn."""

    ids: list[UUID]  # the first, the second, and the third
    moved: int  # what refers to something else by now
    statements: int
    refused: Values
    marks: tuple[Marks, Marks]  # around it
    answers: list[Values]
    nodes: dict[str, Values]  # by who asks


def moved_on(world: World, one: ObjectType) -> MovedOn:
    garage, ada, title = world.garage, world.garage.ada, camel(one.record.facts.title)
    into, away, third = _three(world, one)
    (elsewhere,) = made_many(garage, one, 1)
    found = followed(world, one, away)
    said(world, into, away)
    ada.ask("{ __typename }")  # whose rights are read anew where what was just made changed some
    with counted() as sent:
        answers = [merge(ada, one, into, [away], input={title: SURVIVOR})]
    answers.append(tried(ada, one, "Update", id=str(into), input={title: "again"}))
    moved = 0
    for other, ours in groupby(found, key=itemgetter(0)):
        items = [{"id": str(id_), "input": {camel(f.name): referring(f, str(elsewhere))}} for _, f, id_, _ in ours]
        moved += bulk(ada, other, "Update", items, shown=False, onError="SKIP_FAILED")["written"]
    before = marks(world, garage)
    refused = unmerge(ada, one, away)
    after = marks(world, garage)
    answers.append(merge(ada, one, third, [into]))
    people = (ada, garage.nick, world.rival.rita)
    led = {person.name: nodes(person, one, away, into, third) for person in people}
    unsaid(world, into, away, third)
    return MovedOn([away, into, third], moved, len(sent), refused, (before, after), answers, led)
