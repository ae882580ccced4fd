"""Writers who have not seen the newest version: their own changes go through, those that meet others' are told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import reached
from saas.engine.address import parts_of
from saas.engine.audit import audit, typed
from saas.engine.field import REFERENCE_KINDS
from saas.engine.problem import Clash
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.links import Held, Lists
from saas.engine.write.load import Target, version_conflict
from saas.engine.write.outcome import Outcome

MOST_BEHIND = 1_000  # further back nobody remembers what they saw
Values = dict[str, Any]


def reconcile(
    scope: Scope,
    one: ObjectType,
    targets: Sequence[Target],
    records: Mapping[UUID, Record],
    given: Sequence[Values],
    lists: Sequence[Lists],
    there: Held,
    outcomes: Sequence[Outcome],
) -> None:
    """Take from `given` and `lists` what the writer left as seen; what they and others changed goes to the outcomes.

    They hold only fields that the writer may write, and so may see. Two statements, and one for each reference
    field in conflict.
    """
    stale: dict[int, tuple[Record, int]] = {
        i: (records[target.id], target.version)
        for i, target in enumerate(targets)
        if target.version is not None and target.id in records and target.version != records[target.id].version
    }
    since = _changed_since(scope, [each for each in stale.values() if _remembered(*each)])
    clashes: dict[int, list[Clash]] = {}
    for i, (record, version) in stale.items():
        seen = since.get(record.id)
        if seen is None:
            outcomes[i].problems.append(version_conflict(one, record, version))
            continue
        found = _clashes(one, record, given[i], seen) + _list_clashes(record.id, lists[i], seen, there)
        if found:
            clashes[i] = sorted(found, key=lambda clash: list(one.all_fields).index(clash.field))
    for i, shown in in_sight(scope, one, clashes).items():
        outcomes[i].problems.append(version_conflict(one, *stale[i], shown))


def _clashes(one: ObjectType, record: Record, given: Values, seen: Values) -> list[Clash]:
    """What the writer and others changed; an amount with its currency, and an address, is one value."""
    found: list[Clash] = []
    for whole in {whole.name: whole for whole in map(one.whole, given)}.values():
        columns = [name for name in whole.columns if name in one.fields]  # a document has one currency for all
        names = [name for name in columns if name in given]
        if not seen.keys() & set(columns):
            continue
        current = {name: getattr(record, name) for name in columns}
        original = {name: typed(one.table.c[name], seen[name]) if name in seen else current[name] for name in current}
        mine = {name: given.get(name, original[name]) for name in current}
        if mine == original:
            for name in names:
                del given[name]
        elif any(given[name] != current[name] for name in names):
            if whole.parts:
                found.append(Clash(whole.name, *(parts_of(whole, each) for each in (current, mine, original))))
            else:
                differing = (name for name in names if given[name] != current[name])
                found += [Clash(name, current[name], mine[name], original[name]) for name in differing]
    return found


def _list_clashes(id_: UUID, lists: Lists, seen: Values, there: Held) -> list[Clash]:
    """The same of many references; of these the writer knows only what is in their sight."""
    found: list[Clash] = []
    for name in lists.keys() & seen.keys():
        now = there.get((name, id_), ())
        unseen = {each for each, is_shown in now if not is_shown}
        original = [each for each in map(UUID, seen[name] or ()) if each not in unseen]
        current, mine = [each for each, is_shown in now if is_shown], list(dict.fromkeys(lists[name]))
        if mine == original:
            del lists[name]
        elif mine != current:
            found.append(Clash(name, current=current, mine=mine, original=original))
    return found


def _remembered(record: Record, version: int) -> bool:
    return 1 <= version < record.version <= version + MOST_BEHIND


def _changed_since(scope: Scope, stale: Sequence[tuple[Record, int]]) -> dict[UUID, dict[str, Any]]:
    """By record the fields changed since the version seen, each with its value at that version as the audit has it.

    A record of which the audit has lost a version or its values is left out.
    """
    if not stale:
        return {}
    seen = sa.values(sa.column("id", sa.Uuid()), sa.column("version", sa.Integer()), name="seen")
    seen = seen.data([(record.id, version) for record, version in stale])
    statement = (
        sa.select(audit.c.record_id, audit.c.version, audit.c.changes)
        .join(seen, sa.and_(audit.c.record_id == seen.c.id, audit.c.version > seen.c.version))
        .order_by(audit.c.record_id, audit.c.version)
    )
    rows: dict[UUID, list[tuple[int, dict[str, Any] | None]]] = {}
    for id_, after, changes in scope.session.execute(statement):
        rows.setdefault(id_, []).append((after, changes))
    found: dict[UUID, dict[str, Any]] = {}
    for record, version in stale:
        of_record = rows.get(record.id, [])
        kept = [(after, changes) for after, changes in of_record if changes is not None]
        if [after for after, _ in kept] == list(range(version + 1, record.version + 1)):
            found[record.id] = {name: before for _, changes in reversed(kept) for name, (before, _) in changes.items()}
    return found


def in_sight(scope: Scope, one: ObjectType, clashes: Mapping[int, Sequence[Clash]]) -> dict[int, list[Clash]]:
    """The same with references to what the writer does not see read as null."""
    shown: dict[str, set[UUID]] = {}
    for name in {clash.field for each in clashes.values() for clash in each}:
        field = one.all_fields[name]
        if field.kind not in REFERENCE_KINDS:
            continue
        target = one.target_of(field)
        table = target.outermost
        of_field = [clash for each in clashes.values() for clash in each if clash.field == name]
        asked = {id_ for clash in of_field for value in (clash.current, clash.original) for id_ in _ids_in(value)}
        shown[name] = set(
            scope.session.execute(
                sa.select(table.c.id).where(
                    table.c.id.in_(asked), table.c.deleted_at.is_(None), reached(scope.profile, target, "read", table)
                )
            ).scalars()
        )

    def as_seen(clash: Clash) -> Clash:
        if clash.field not in shown:
            return clash
        ids = shown[clash.field]
        return replace(clash, current=_only(clash.current, ids), original=_only(clash.original, ids))

    return {i: [as_seen(clash) for clash in each] for i, each in clashes.items()}


def _ids_in(value: UUID | list[UUID] | None) -> list[UUID]:
    return value if isinstance(value, list) else [value] if value else []


def _only(value: UUID | list[UUID] | None, ids: set[UUID]) -> UUID | list[UUID] | None:
    if isinstance(value, list):
        return [each for each in value if each in ids]
    return value if value in ids else None
