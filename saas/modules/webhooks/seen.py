"""What changes mean to the one in whose name they are sent: with their rights of now, each change by itself."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import Condition
from saas.engine.changes.told import RecordChange, Told
from saas.engine.changes.window import Judge, Judges
from saas.engine.live.changes import Happened
from saas.engine.registry import objects
from saas.engine.scope import Scope

_FROM_THE_START = 0
_MOST_KEPT = 50  # by thread
_threads = threading.local()


@dataclass(frozen=True, slots=True)
class _These:
    """Certain rows of the audit, in place of a part of the feed."""

    ids: list[UUID]

    def holds(self, _transaction: object, row: sa.ColumnElement[UUID]) -> Condition:
        return row.in_(self.ids)


def seen(scope: Scope, rows: Iterable[tuple[str, UUID]]) -> Mapping[UUID, Happened]:
    """Of changes, given by object and id in the audit, those that they may be told, and what each is to them.

    What they see no longer is not told, nor what they never saw, nor a change of fields that are hidden from them.
    """
    by_object: dict[str, list[UUID]] = defaultdict(list)
    for name, id_ in rows:
        by_object[name].append(id_)
    known = {one.name: one for one in objects()}
    found: dict[UUID, Happened] = {}
    for name, ids in by_object.items():
        one = known.get(name)
        if one is None or not scope.profile.may(f"{one.rights}.read"):
            continue
        judge = _judges(scope).judge(scope.profile, one, (), _FROM_THE_START)
        found |= _judged(scope, judge, ids)
    return found


def _judges(scope: Scope) -> Judges:
    """Those of the one in whose name it is sent, in this thread: to make one takes longer than to ask it."""
    # A judge knows the day on which it was made: shares end with days.
    key = (scope.tenant.id, scope.actor_id, scope.today)
    kept: OrderedDict[tuple[UUID, UUID, date], Judges] = _threads.__dict__.setdefault("kept", OrderedDict())
    found = kept.setdefault(key, Judges())
    kept.move_to_end(key)
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
    return found


def _judged(scope: Scope, judge: Judge, ids: list[UUID]) -> dict[UUID, Happened]:
    rows = judge.rows(scope.session, _These(ids))
    heard = [judge.names.told(row.fields, row.groups) for row in rows]
    hiding = {UUID(row.id): each.groups for row, each in zip(rows, heard, strict=True) if each.hides_lines}
    lines_told = judge.names.lines_told(scope, hiding)
    found = {}
    for row, each in zip(rows, heard, strict=True):
        hides = each.hides_lines and UUID(row.id) not in lines_told
        change = RecordChange(row.one, row.record_id)
        change.add(row, each.names - {"lines"} if hides else each.names, _FROM_THE_START)
        happened = Happened.of(change)
        if happened is not None and happened.kind is not Told.OUT_OF_SIGHT:
            found[UUID(row.id)] = happened
    return found
