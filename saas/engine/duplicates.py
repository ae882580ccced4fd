"""Records that may be the same thing: their keys, kept with every write, and who shares them."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.access.fields import readable
from saas.engine.access.rows import place_of, reached
from saas.engine.audit import Change, ChangeKind
from saas.engine.duplicate_keys import duplicate_key
from saas.engine.duplicate_rules import DuplicateReaction, kinds_with
from saas.engine.field import DuplicateKind, Field
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, metadata
from saas.engine.registry import ObjectType, object_of, objects
from saas.engine.rows import insert_rows
from saas.engine.rowsource import fresh
from saas.engine.scope import Scope
from saas.engine.sql.question import answers, given
from saas.kit.text import camel
from saas.tenants.waiting import ask, wait

MOST_SHARING = 500
Asked = tuple[UUID, Field, str]  # a record, a field of it, the key that its value makes
_WARNED = (ChangeKind.CREATED, ChangeKind.UPDATED)
MOST_TOLD = 3  # others for each field: a name of which there are hundreds is told as well by a few

duplicate_keys = sa.Table(
    "duplicate_key",
    metadata,
    sa.Column("record_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("kind", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("key", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("object", sa.Text(collation="C"), nullable=False),
    sa.Index("ix_duplicate_key_object_kind_key_record_id", "object", "kind", "key", "record_id"),
    comment="Normalised keys by which records that may be the same thing are found.",
)
_WITH_OTHERS = """
    SELECT given.number
    FROM unnest(%(records)s::uuid[], %(kinds)s::text[], %(keys)s::text[])
        WITH ORDINALITY AS given (record_id, kind, key, number)
    WHERE EXISTS (
        SELECT FROM duplicate_key AS other
        WHERE other.object = %(object)s AND other.kind = given.kind AND other.key = given.key
            AND other.record_id <> given.record_id AND other.record_id <> ALL (%(besides)s::uuid[])
    )
    ORDER BY given.number
"""
_FEW = 4
_WITH_ANOTHER = """(
        SELECT {number} FROM duplicate_key
        WHERE object = %(object)s AND kind = %(kind_{number})s AND key = %(key_{number})s
            AND record_id <> %(record_{number})s
        LIMIT 1
    )"""
# Two who write the same at once wait for each other; in one order, so that neither waits for good.
_ONE_AT_A_TIME = """
    SELECT pg_advisory_xact_lock(each.hash)
    FROM (
        SELECT DISTINCT hashtextextended(current_schema() || '.duplicate.' || %(object)s || given.text, 0) AS hash
        FROM unnest(%(texts)s::text[]) AS given (text)
        ORDER BY 1
    ) AS each
"""


@cache
def telling_fields(one: ObjectType) -> tuple[Field, ...]:
    """The fields that tell who or what a record is about."""
    return tuple(field for field in one.fields.values() if field.duplicate)


def keep_keys(scope: Scope, changes: Iterable[Change]) -> None:
    """Bring the keys of changed records in line, with at most two statements for each object."""
    touched: dict[ObjectType, dict[UUID, Change]] = {}
    for change in changes:
        one = object_of(type(change.record))
        if any(field.name in change.values for field in telling_fields(one)):
            touched.setdefault(one, {})[change.record.id] = change
    for one, of_object in touched.items():
        old = [id_ for id_, change in of_object.items() if change.scope_before is not None]
        if old:
            scope.session.execute(sa.delete(duplicate_keys).where(duplicate_keys.c.record_id.in_(old)))
        rows = [
            {"record_id": id_, "kind": kind.value, "key": key, "object": one.name}
            for id_, change in of_object.items()
            for kind, key in keys_of(one, change.record)
        ]
        if rows:
            insert_rows(scope.session, duplicate_keys, rows)


def keys_of(one: ObjectType, record: Record | sa.Row[Any]) -> set[tuple[DuplicateKind, str]]:
    """What tells of the record, by what it tells."""
    return {(field.duplicate, key) for field in telling_fields(one) if field.duplicate and (key := _key(field, record))}


def _key(field: Field, record: Record | sa.Row[Any]) -> str | None:
    value = getattr(record, field.name)
    return duplicate_key(field.duplicate, value) if value and field.duplicate else None


def duplicate_warnings(scope: Scope, changes: Iterable[Change]) -> dict[UUID, list[Problem]]:
    """By record, for the fields that a write has just given it, the others that have the same in them.

    The whole tenant is looked at. Another one is named to who sees it and what it says there; else only its owner is.
    """
    warnings: dict[UUID, list[Problem]] = {}
    touched: dict[ObjectType, list[Asked]] = {}
    for change in changes:
        one = object_of(type(change.record))
        for field in telling_fields(one) if change.kind in _WARNED else ():
            if field.name in change.values and (key := _key(field, change.record)):
                touched.setdefault(one, []).append((change.record.id, field, key))
    for one, of_object in touched.items():
        kinds = kinds_with(scope, one, DuplicateReaction.WARN)
        warnings |= _told(scope, one, [each for each in of_object if each[1].duplicate in kinds], ())
    return warnings


def duplicate_refusals(
    scope: Scope, one: ObjectType, writing: Sequence[tuple[Record, Container[str]]]
) -> list[list[Problem]]:
    """For each record and the names of its fields about to be written the others, as far as the tenant refuses that.

    The records of the batch count as they will be, and of two that are the same the later one is refused. No statement
    where the tenant refuses nothing.
    """
    kinds = kinds_with(scope, one, DuplicateReaction.REFUSE)
    fields = [field for field in telling_fields(one) if field.duplicate in kinds]
    asked = [
        (record.id, field, key)
        for record, names in writing
        for field in fields
        if field.name in names and (key := _key(field, record))
    ]
    if not asked:
        return [[] for _ in writing]
    texts = [f".{field.duplicate}.{key}" for _, field, key in asked]
    wait(scope.session, _ONE_AT_A_TIME, {"object": one.name, "texts": texts})
    records = [record for record, _ in writing]
    told = _told(scope, one, asked, [record.id for record in records])
    within = _within(one, records, asked)
    return [told.get(record.id) or within.get(record.id, []) for record in records]


def _within(one: ObjectType, records: Sequence[Record], asked: Sequence[Asked]) -> dict[UUID, list[Problem]]:
    """By record the fields in which another one of the batch has the same: an earlier one, or one that keeps it."""
    touched = {(id_, field.duplicate, key) for id_, field, key in asked}
    holders: dict[tuple[DuplicateKind | None, str], list[UUID]] = {}
    for record in records:
        for what in keys_of(one, record):
            holders.setdefault(what, []).append(record.id)
    found: dict[UUID, list[Problem]] = {}
    for id_, field, key in asked:
        others = holders[field.duplicate, key]
        kept = any((each, field.duplicate, key) not in touched for each in others)
        if kept or others[0] != id_:
            found.setdefault(id_, []).append(_problem(one, field, " in this batch"))
    return found


def _told(scope: Scope, one: ObjectType, asked: Sequence[Asked], besides: Sequence[UUID]) -> dict[UUID, list[Problem]]:
    """By record the others that have the same, but for those `besides`."""
    told: dict[UUID, list[Problem]] = {}
    asked = _with_others(scope, one, asked, besides) if asked else ()
    if not asked:
        return told
    rows = answers(
        scope,
        ("others that may be the same", one.name),
        lambda: _others(scope, one),
        records=[id_ for id_, _, _ in asked],
        kinds=[str(field.duplicate) for _, field, _ in asked],
        keys=[key for _, _, key in asked],
        besides=besides,
    )
    for number, id_, owner, is_told in rows:
        record_id, field, _ = asked[number - 1]
        problem = _problem(one, field, f"; it belongs to {owner}" if owner else "")
        problem = replace(problem, existing_id=id_ if is_told else None, owner=owner)
        told.setdefault(record_id, []).append(problem)
    return told


def _problem(one: ObjectType, field: Field, where: str) -> Problem:
    message = f"Another {one.record.facts.label.en.lower()} has the same {field.label.en.lower()}, or nearly{where}."
    return Problem(ProblemCode.DUPLICATE, message, (camel(field.name),), kind="Duplicate")


def _with_others(scope: Scope, one: ObjectType, asked: Sequence[Asked], besides: Sequence[UUID]) -> Sequence[Asked]:
    """Those whose key another record has too: seldom any, so that the costly question about it is seldom asked."""
    if len(asked) <= _FEW and not besides:
        return _few_with_others(scope, one, asked)
    values = {
        "object": one.name,
        "records": [record_id for record_id, _, _ in asked],
        "kinds": [str(field.duplicate) for _, field, _ in asked],
        "keys": [key for _, _, key in asked],
        "besides": list(besides),
    }
    return [asked[number - 1] for (number,) in ask(scope.session, _WITH_OTHERS, values)]


def _few_with_others(scope: Scope, one: ObjectType, asked: Sequence[Asked]) -> list[Asked]:
    """The same of a few: Postgres plans a look for each in two thirds of the time."""
    values: dict[str, Any] = {"object": one.name}
    for number, (record_id, field, key) in enumerate(asked):
        values |= {f"record_{number}": record_id, f"kind_{number}": str(field.duplicate), f"key_{number}": key}
    looks = " UNION ALL ".join([_WITH_ANOTHER.format(number=number) for number in range(len(asked))])
    return [asked[number] for (number,) in ask(scope.session, looks, values)]


def _others(scope: Scope, one: ObjectType) -> sa.Select[Any]:
    """Living records with one of these keys, a few for each, their owner's name, and whether they may be named.

    The first column is the place of what was asked.
    """
    asked = (
        sa.func.unnest(
            given("records", ARRAY(sa.Uuid())), given("kinds", ARRAY(sa.Text())), given("keys", ARRAY(sa.Text()))
        )
        .table_valued("record_id", "kind", sa.column("key", sa.Text(collation="C")), with_ordinality="row")
        .render_derived(name="asked")
    )
    table, keys = fresh(one.table), duplicate_keys
    owner = place_of(one, table, "owner")
    told = [sa.and_(keys.c.kind == kind.value, _seen(scope, one, kind, table)) for kind in DuplicateKind]
    found = (  # in the order of the index: of a key that a whole company shares only the first few are looked at
        sa.select(
            table.c.id,
            (sa.cast(sa.null(), sa.Uuid()) if owner is None else owner).label("owner"),
            sa.and_(reached(scope.profile, one, "read", table), sa.or_(*told)).label("told"),
        )
        .select_from(keys.join(table, table.c.id == keys.c.record_id))
        .where(keys.c.object == one.name, keys.c.kind == asked.c.kind, keys.c.key == asked.c.key)
        .where(keys.c.record_id != asked.c.record_id, table.c.deleted_at.is_(None))
        .where(keys.c.record_id != sa.all_(given("besides", ARRAY(sa.Uuid()))))
        .order_by(keys.c.record_id)
        .limit(MOST_TOLD)
        .lateral("found")
    )
    all_found = asked.join(found, sa.true())
    person = next((each for each in objects() if each.record.facts.owner == "id"), None)
    name: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.Text())
    if person is not None:  # names of colleagues are no secret here
        people = fresh(person.table)
        all_found = all_found.outerjoin(people, people.c.id == found.c.owner)
        name = people.c[person.record.facts.title]
    return (
        sa.select(asked.c.row, found.c.id, name, found.c.told).select_from(all_found).order_by(asked.c.row, found.c.id)
    )


def _seen(scope: Scope, one: ObjectType, kind: DuplicateKind, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether the actor sees every field of the record that tells this."""
    answers = (readable(scope.profile, one, field, table) for field in telling_fields(one) if field.duplicate is kind)
    return sa.and_(sa.true(), *(sa.literal(each) if isinstance(each, bool) else each for each in answers))


def sharing(scope: Scope, one: ObjectType, id_: UUID) -> list[UUID]:
    """The living records that have a key in common with this one, where the actor sees on both what it comes from."""
    mine, theirs = one.table.alias(), one.table.alias()
    left, right = duplicate_keys.alias(), duplicate_keys.alias()
    seen = [
        sa.and_(left.c.kind == kind.value, _seen(scope, one, kind, mine), _seen(scope, one, kind, theirs))
        for kind in sorted(kinds_with(scope, one, DuplicateReaction.WARN, DuplicateReaction.REFUSE))
    ]
    statement = (
        sa.select(theirs.c.id)
        .select_from(mine)
        .join(left, left.c.record_id == mine.c.id)
        .join(right, sa.and_(*(right.c[name] == left.c[name] for name in ("object", "kind", "key"))))
        .join(theirs, theirs.c.id == right.c.record_id)
        .where(
            mine.c.id == id_,
            theirs.c.id != id_,
            theirs.c.deleted_at.is_(None),
            reached(scope.profile, one, "read", mine),
            reached(scope.profile, one, "read", theirs),
            sa.or_(sa.false(), *seen),
        )
        .distinct()
        .order_by(theirs.c.id)
        .limit(MOST_SHARING)
    )
    return list(scope.session.execute(statement).scalars())
