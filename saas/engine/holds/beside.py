"""What is kept beside records is what follows from them: folded texts, keys of duplicates, derived fields, amounts."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.derived import computations_of, compute
from saas.engine.duplicates import duplicate_keys, keys_of, telling_fields
from saas.engine.invariants import REBUILD, Broken, Window, invariant_of_each
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.engine.rules import Broken as Refused
from saas.engine.scope import Scope
from saas.engine.twins import made_of

_IN_PYTHON = 2_000  # rows of a window that the program itself looks at


@invariant_of_each("texts_match", lambda one: bool(one.record.texts), remedy=REBUILD, window=_IN_PYTHON)
def texts_match(scope: Scope, one: ObjectType, window: Window) -> Broken:
    """What is kept beside texts, to compare, order and search by, is what the texts say."""
    texts, table = one.record.texts, one.table
    kept = made_of(texts, {})
    columns = [table.c[name] for name in ("id", *(text.name for text in texts), *kept)]
    rows = scope.session.execute(sa.select(*columns).where(window.of(table.c.id)))
    return [
        row.id for row in rows if _differs(row, made_of(texts, {each.name: row._mapping[each.name] for each in texts}))
    ]


def _differs(row: sa.Row[Any], made: dict[str, Any]) -> bool:
    return any(row._mapping[name] != value for name, value in made.items())


@invariant_of_each("duplicate_keys_match", lambda one: bool(telling_fields(one)), remedy=REBUILD, window=_IN_PYTHON)
def duplicate_keys_match(scope: Scope, one: ObjectType, window: Window) -> Broken:
    """The keys by which duplicates are found are those of the records."""
    table, keys = one.table, duplicate_keys.c
    columns = [table.c.id, *(table.c[field.name] for field in telling_fields(one))]
    rows = scope.session.execute(sa.select(*columns).where(window.of(table.c.id)))
    wanted = {(row.id, kind.value, key) for row in rows for kind, key in keys_of(one, row)}
    asked = sa.select(keys.record_id, keys.kind, keys.key)
    there = scope.session.execute(asked.where(keys.object == one.name, window.of(keys.record_id)))
    return dict.fromkeys(id_ for id_, _, _ in wanted ^ {(row.record_id, row.kind, row.key) for row in there})


@invariant_of_each(
    "derived_fields_match",
    lambda one: bool(computations_of(one.record)),
    remedy="Save the record anew: what is derived is computed at every write.",
    window=500,
)
def derived_fields_match(scope: Scope, one: ObjectType, window: Window) -> Broken:
    """Derived fields, such as the totals of lines, are what the record and its lines come to."""
    living = one.table.c.deleted_at.is_(None)
    documents = scope.session.execute(sa.select(one.record).where(window.of(one.table.c.id), living)).scalars().all()
    of_document = _lines_of(scope, one, [document.id for document in documents])
    broken: list[UUID] = []
    with scope.session.no_autoflush:
        for document in documents:
            of_this = of_document[document.id]
            before = _derived(document, of_this)
            try:
                compute(document, of_this)
            except Refused:  # what the rule of today refuses was right when it was written
                continue
            if _derived(document, of_this) != before:
                broken.append(document.id)
        scope.session.expunge_all()
    return broken


def _lines_of(scope: Scope, one: ObjectType, documents: Sequence[UUID]) -> dict[UUID, list[Record]]:
    found: dict[UUID, list[Record]] = defaultdict(list)
    if one.lines is not None and documents:
        table, name = one.lines.table, str(one.lines.record.facts.line_of)
        which = sa.select(one.lines.record).where(table.c[name].in_(documents), table.c.deleted_at.is_(None))
        for line in scope.session.execute(which.order_by(table.c.position, table.c.id)).scalars():
            found[getattr(line, name)].append(line)
    return found


def _derived(document: Record, of_document: Sequence[Record]) -> list[Any]:
    records = (document, *of_document)
    return [getattr(each, field.name) for each in records for field in each.fields.values() if field.derived]


@invariant_of_each(
    "base_amounts_match",
    lambda one: bool(one.money),
    remedy="Save the amount anew: its base amount is computed at every write.",
)
def base_amounts_match(scope: Scope, one: ObjectType, window: Window) -> Broken:
    """An amount has a base amount; one in the base currency is its own."""
    table, base = one.table, scope.tenant.base_currency
    wrong = [
        sa.or_(
            table.c[field.name].is_(None) != table.c[field.base].is_(None),
            sa.and_(
                sa.func.coalesce(table.c[field.currency], base) == base, table.c[field.name] != table.c[field.base]
            ),
        )
        for field in one.money
    ]
    return sa.select(table.c.id).where(window.of(table.c.id), table.c.deleted_at.is_(None), sa.or_(*wrong))
