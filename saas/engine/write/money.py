"""Base amounts of records that are not in effect yet, at today's rates."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.changed import write_changed
from saas.engine.money import price
from saas.engine.problem import Problem
from saas.engine.record import Record, touch
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.lines import lines_of, living


def recompute_base(scope: Scope, one: ObjectType, ids: Sequence[UUID]) -> list[Problem]:
    """Compute the base amounts of these records and their lines anew; nothing is written where a rate is missing.

    For drafts: what is in effect keeps the rate of its day. A decision of the system, so no right is asked.
    """
    statement = sa.select(one.record).where(one.table.c.id.in_(ids)).order_by(one.table.c.id).with_for_update()
    records = list(scope.session.execute(statement.execution_options(populate_existing=True)).scalars())
    every = lines_of(scope, one, [record.id for record in records], [None] * len(records), stored=True)
    parts = [[record, *living(lines)] for record, lines in zip(records, every, strict=True)]
    with scope.session.no_autoflush:
        before = {part.id: _base_amounts(part) for document in parts for part in document}
        problems = [problem for found in price(scope, one, [(each, None) for each in records]) for problem in found]
        if one.lines is not None:
            of_lines = [(line, None) for _, *lines in parts for line in lines]
            problems += [problem for found in price(scope, one.lines, of_lines) for problem in found]
        if problems:
            for part in (part for document in parts for part in document):
                scope.session.expire(part)
            return problems
        changes = [change for document in parts if (change := _change(scope, document, before)) is not None]
    write_changed(scope.session)
    write_audit(scope, changes)
    return []


def _base_amounts(record: Record) -> dict[str, Any]:
    return {field.base: getattr(record, field.base) for field in record.fields.values() if field.is_money}


def _change(scope: Scope, document: Sequence[Record], before: Mapping[UUID, Mapping[str, Any]]) -> Change | None:
    """What is new in a document, its record first, then its lines; None: a newer day with the same rates is no news."""
    record, *lines = document
    differences: list[dict[str, tuple[Any, Any]]] = []
    for part in document:
        was, now = before[part.id], _base_amounts(part)
        differences.append({name: (was[name], now[name]) for name in now if was[name] != now[name]})
        if not differences[-1]:
            scope.session.expire(part)
    values, *of_lines = differences
    changed = [(line.id, values) for line, values in zip(lines, of_lines, strict=True) if values]
    if changed:
        sides = [
            [{"id": id_} | {name: pair[side] for name, pair in each.items()} for id_, each in changed]
            for side in (0, 1)
        ]
        values["lines"] = (sides[0], sides[1])
    if not values:
        return None
    touch(record)
    return Change(record, ChangeKind.UPDATED, values, scope_keys(record))
