"""Undo a merge: everything is as it was before, or nothing is done and it is told what has moved on since."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.changed import write_changed
from saas.engine.merges import Journal, forget, journal_of
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.record import Record, touch, write_together
from saas.engine.registry import ObjectType, object_named
from saas.engine.scope import Scope
from saas.engine.write.finish import finish
from saas.engine.write.links import write_links
from saas.engine.write.load import Target, load
from saas.engine.write.merge_references import Lists, lists_of
from saas.engine.write.merge_rows import Watched, put_back
from saas.engine.write.merge_rows import told as rows_told
from saas.engine.write.outcome import Outcome, not_written
from saas.kit.text import camel


def unmerge(scope: Scope, one: ObjectType, merged_id: UUID) -> Outcome:
    """Undo the merge by which this record went into another one, with all that went with it.

    Needs `object.restore` on what comes back and `object.update` on the survivor.
    """
    outcome = Outcome()
    scope.need(f"{one.name}.restore")
    scope.need(f"{one.name}.update")
    journal = journal_of(scope, one, merged_id)
    if journal is None:
        label = one.record.facts.label.en.lower()
        outcome.problems.append(not_found(f"There is no such {label} that was merged, in your sight.", "id"))
        return outcome
    records = _load(scope, one, journal, outcome)
    if outcome.problems:
        return not_written([outcome])[0]
    survivor = records[journal.into_id]
    turned = _turned(scope, one, journal)
    lists = {name: lists_of(scope, object_named(name), list(found)) for name, found in turned.items()}
    outcome.problems = [
        *_changed_since(one, survivor, journal, lists[one.name][survivor.id]),
        *_moved_since(journal, turned, lists),
    ]
    if outcome.problems:
        return outcome
    changes: list[Change] = []
    watched = Watched(scope, [survivor.id, *journal.away])

    def write() -> None:
        with scope.session.no_autoflush:
            _give_back(scope, one, survivor, journal, changes)
        write_changed(scope.session)  # the unique values that it had taken are free from here on
        quiet = _turn_back(scope, journal, turned, changes)
        for id_ in journal.away:
            _bring_back(records[id_], journal, changes)
        write_changed(scope.session)
        outcome.problems += put_back(scope, journal.id)
        watched.tell(changes)
        write_audit(scope, quiet)
        forget(scope, journal)

    if finish(scope, [outcome], lambda: changes, write) is not None:
        outcome.id, outcome.record, outcome.changed = merged_id, records[merged_id], True
    return outcome


def _load(scope: Scope, one: ObjectType, journal: Journal, outcome: Outcome) -> dict[UUID, Record]:
    """What comes back and the survivor, locked; what is wrong goes to the outcome."""
    first, others = [Outcome()], [Outcome() for _ in journal.away]
    found = load(scope, one, "restore", [Target(id_) for id_ in journal.away], others, deleted=True)
    outcome.problems = [problem for each in others for problem in each.problems]
    if not outcome.problems:
        found |= load(scope, one, "update", [Target(journal.into_id)], first)
        outcome.problems = first[0].problems
    return {id_: row[0] for id_, row in found.items()}


def _turned(scope: Scope, one: ObjectType, journal: Journal) -> dict[str, dict[UUID, Record]]:
    """The survivor and the records whose references the merge turned, by object and id, locked."""
    wanted: dict[str, set[UUID]] = defaultdict(set, {one.name: {journal.into_id}})
    for move in journal.moves:
        wanted[move.object].add(move.record_id)
    for listed in journal.lists:
        wanted[listed.object].add(listed.record_id)
    found: dict[str, dict[UUID, Record]] = {}
    for name, ids_ in wanted.items():
        one = object_named(name)
        statement = (
            sa.select(one.record)
            .where(one.table.c.id.in_(ids_))
            .order_by(one.table.c.id)
            .with_for_update(of=one.record, key_share=True)
            .execution_options(populate_existing=True)
        )
        found[name] = {record.id: record for record in scope.session.execute(statement).scalars()}
    return found


def _changed_since(
    one: ObjectType, survivor: Record, journal: Journal, lists: Mapping[str, list[UUID]]
) -> list[Problem]:
    """The fields that the merge changed and somebody changed again; what follows from a field follows again."""
    after = {name: after for name, (_, after) in journal.fields.items() if name in one.fields}
    after |= {each.field: each.after for each in journal.lists if each.record_id == survivor.id}
    return [
        Problem(
            ProblemCode.MOVED_ON,
            f"{one.all_fields[name].label.en} was changed again since the merge.",
            (camel(name),),
        )
        for name, value in after.items()
        if (lists[name] if name in lists else getattr(survivor, name)) != value
    ]


def _moved_since(
    journal: Journal, turned: Mapping[str, Mapping[UUID, Record]], lists: Mapping[str, Lists]
) -> list[Problem]:
    """The references that lead elsewhere by now."""
    lost: dict[tuple[str, str], int] = defaultdict(int)
    for move in journal.moves:
        record = turned[move.object].get(move.record_id)
        if record is None or getattr(record, move.field) != journal.into_id:
            lost[move.object, move.field] += 1
    for each in journal.lists:
        now = lists[each.object].get(each.record_id)
        if each.record_id != journal.into_id and (now is None or now[each.field] != each.after):
            lost[each.object, each.field] += 1
    problems: list[Problem] = []
    for (name, field), number in lost.items():
        one = object_named(name)
        facts, label = one.record.facts, one.all_fields[field].label.en.lower()
        what = f"1 {facts.label.en.lower()} has" if number == 1 else f"{number} {facts.plural.en.lower()} have"
        problems.append(Problem(ProblemCode.MOVED_ON, f"{what} another {label} since the merge.", ("id",)))
    return problems


def _give_back(scope: Scope, one: ObjectType, survivor: Record, journal: Journal, changes: list[Change]) -> None:
    """Give the survivor what it had: amounts at the rate of the day on which they were written."""
    scope_before = scope_keys(survivor)
    for name, (before, _) in journal.fields.items():
        setattr(survivor, name, before)
    told = {name: (after, before) for name, (before, after) in journal.fields.items() if name in one.fields}
    own = [each for each in journal.lists if each.record_id == survivor.id]
    lists = {each.field: (each.after, each.before) for each in own}
    write_links(scope, one, [(survivor.id, lists)])
    rows = rows_told(scope, journal.id, survivor.id)
    told |= lists | {name: (after, before) for name, (before, after) in rows.items()}
    if told:
        touch(survivor)
        changes.append(Change(survivor, ChangeKind.UPDATED, told, scope_before))


def _turn_back(
    scope: Scope, journal: Journal, turned: Mapping[str, Mapping[UUID, Record]], changes: list[Change]
) -> Sequence[Change]:
    """Turn the references back; the changes of what is in the trash, to which nobody reacts."""
    told: dict[UUID, Change] = {}

    def tell(record: Record, field: str, before: Any, after: Any) -> None:
        change = told.setdefault(record.id, Change(record, ChangeKind.UPDATED, {}, scope_keys(record)))
        change.values[field] = (before, after)

    with scope.session.no_autoflush:
        for move in journal.moves:
            record = turned[move.object][move.record_id]
            tell(record, move.field, journal.into_id, move.was_id)
            setattr(record, move.field, move.was_id)
        for name, records in turned.items():
            moved = [move for move in journal.moves if move.object == name]
            write_together([records[move.record_id] for move in moved], {move.field for move in moved})
            listed = [each for each in journal.lists if each.object == name and each.record_id != journal.into_id]
            for each in listed:
                tell(records[each.record_id], each.field, each.after, each.before)
                touch(records[each.record_id])
            rows = [(each.record_id, {each.field: (each.after, each.before)}) for each in listed]
            write_links(scope, object_named(name), rows)
    changes += [change for change in told.values() if change.record.deleted_at is None]
    return [change for change in told.values() if change.record.deleted_at is not None]


def _bring_back(record: Record, journal: Journal, changes: list[Change]) -> None:
    told: dict[str, tuple[Any, Any]] = {
        "deleted_at": (record.deleted_at, None),
        "merged_into_id": (journal.into_id, None),
    }
    changes.append(Change(record, ChangeKind.UNMERGED, told, scope_keys(record)))
    record.deleted_at = record.deletion_id = None
