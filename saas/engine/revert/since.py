"""What became of a record since an import wrote it, and what the import had changed, as the audit has both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.audit import ChangeKind, audit, typed
from saas.engine.field import Derived, Kind
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.transfer.made import Made

LINES = "lines"
Pair = tuple[Any, Any]
_GONE = object()  # a value that the audit no longer has: like no other


@dataclass(slots=True)
class Since:
    """The audit of one record from the version that an import left.

    wrote   what the import changed: field to (before, after); None of a new one, and where that is no longer kept
    moved   what differs from what the import left; what follows from other fields is left out
    now     the values of fields that were changed since, also of those that were changed back
    is_whole  whether every version since is told of
    """

    wrote: Mapping[str, Pair] | None = None
    moved: set[str] = field(default_factory=set)
    now: dict[str, Any] = field(default_factory=dict)
    is_whole: bool = True


def since(scope: Scope, one: ObjectType, rows: Sequence[tuple[Made, int]]) -> dict[UUID, Since]:
    """For each record, with the version that it has now, what became of it; one statement."""
    ids = sa.literal([made.record_id for made, _ in rows], ARRAY(sa.Uuid()))
    versions = sa.literal([made.version for made, _ in rows], ARRAY(sa.Integer()))
    given = sa.func.unnest(ids, versions).table_valued("id", "version", name="given").render_derived()
    statement = (
        sa.select(audit.c.record_id, audit.c.version, audit.c.fields, audit.c.changes)
        .join(given, sa.and_(audit.c.record_id == given.c.id, audit.c.version >= given.c.version))
        # What a new record began with is not needed, and is much.
        .where(audit.c.kind != ChangeKind.CREATED.value)
        .order_by(audit.c.record_id, audit.c.version, audit.c.id)
    )
    told: dict[UUID, list[Any]] = {made.record_id: [] for made, _ in rows}
    for row in scope.session.execute(statement) if rows else ():
        told[row.record_id].append(row)
    return {made.record_id: _since(one, made, version, told[made.record_id]) for made, version in rows}


def _since(one: ObjectType, made: Made, version: int, told: Sequence[Any]) -> Since:
    found = Since()
    own = told[0] if told and told[0].version == made.version and not made.is_new else None
    later = told[1:] if own else told
    if own is not None and own.changes is not None and own.changes.keys() >= set(own.fields):
        found.wrote = {name: (before, after) for name, (before, after) in own.changes.items()}
    found.is_whole = {made.version, *(row.version for row in later)} >= set(range(made.version, version + 1))
    left: dict[str, Any] = {}
    for row in later:
        for name in row.fields:
            pair = (row.changes or {}).get(name)
            if name not in one.all_fields:
                if not _follows_lines(one, name, pair) and name not in follows(one):
                    found.moved.add(name)
            elif name not in follows(one):
                before, after = (kept(one, name, value) for value in pair) if pair else (_GONE, _GONE)
                left.setdefault(name, before)
                found.now[name] = after
    found.moved |= {name for name, now in found.now.items() if now is _GONE or left[name] is _GONE or now != left[name]}
    return found


def kept(one: ObjectType, name: str, value: Any) -> Any:
    """A value of the audit as the record has it."""
    if name in one.links:
        return [UUID(each) for each in value or ()]
    return typed(one.table.c[name], value) if name in one.fields else value


@cache
def follows(one: ObjectType) -> frozenset[str]:
    """The names that the audit tells changes of and that nobody writes: computed ones, currencies of a document."""
    names = {each.name for each in one.fields.values() if each.derived is Derived.ALWAYS}
    names |= {column for each in one.money for column in each.follows}
    if one.currency is not None:
        names |= {each.name for each in one.fields.values() if each.kind is Kind.CURRENCY and each.part_of}
    return frozenset(names)


def _follows_lines(one: ObjectType, name: str, pair: Pair | None) -> bool:
    """Whether lines changed with their document only: by its currency, or by a new rate."""
    if name != LINES or one.lines is None or pair is None:
        return False
    own = {"id", *follows(one.lines), *(each.currency for each in one.lines.money)}
    return all(line.keys() <= own for side in pair for line in side)
