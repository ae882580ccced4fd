"""Undo a merge: everything is as it was before, or nothing is done and it is told what has moved on since."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.merges import Journal, forget, journal_of
from saas.engine.money import price
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.record import Record, write_together
from saas.engine.registry import ObjectType, object_named
from saas.engine.rules import Broken
from saas.engine.scope import Scope
from saas.engine.write.finish import finish
from saas.engine.write.load import Target, load
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
    first, others = [Outcome()], [Outcome() for _ in journal.away]
    back = load(scope, one, "restore", [Target(id_) for id_ in journal.away], others, deleted=True)
    outcome.problems = [problem for each in others for problem in each.problems]
    if outcome.problems:
        return not_written([outcome])[0]
    found = load(scope, one, "update", [Target(journal.into_id)], first)
    outcome.problems = first[0].problems
    if outcome.problems:
        return outcome
    survivor: Record = found[journal.into_id][0]
    turned = _turned(scope, journal)
    outcome.problems = [*_changed_since(one, survivor, journal), *_moved_since(journal, turned)]
    if outcome.problems:
        return outcome
    changes: list[Change] = []

    def write() -> None:
        with scope.session.no_autoflush:
            _give_back(scope, one, survivor, journal, changes)
        scope.session.flush()  # the unique values that it had taken are free from here on
        quiet = _turn_back(scope, journal, turned, changes)
        for id_ in journal.away:
            _bring_back(back[id_][0], journal, changes)
        scope.session.flush()
        write_audit(scope, quiet)
        forget(scope, journal)

    if finish(scope, [outcome], lambda: changes, write):
        outcome.id, outcome.record, outcome.changed = merged_id, back[merged_id][0], True
    return outcome


def _turned(scope: Scope, journal: Journal) -> dict[str, dict[UUID, Record]]:
    """The records whose references the merge turned, by object and id, locked."""
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for move in journal.moves:
        wanted[move.object].add(move.record_id)
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


def _changed_since(one: ObjectType, survivor: Record, journal: Journal) -> list[Problem]:
    """The fields that the merge changed and somebody changed again."""
    return [
        Problem(ProblemCode.MOVED_ON, f"{one.fields[name].label.en} was changed again since the merge.", (camel(name),))
        for name, (_, after) in journal.fields.items()
        if getattr(survivor, name) != after
    ]


def _moved_since(journal: Journal, turned: dict[str, dict[UUID, Record]]) -> list[Problem]:
    """The references that lead elsewhere by now."""
    lost: dict[tuple[str, str], int] = defaultdict(int)
    for move in journal.moves:
        record = turned[move.object].get(move.record_id)
        if record is None or getattr(record, move.field) != journal.into_id:
            lost[move.object, move.field] += 1
    problems: list[Problem] = []
    for (name, field), number in lost.items():
        one = object_named(name)
        facts, label = one.record.facts, one.fields[field].label.en.lower()
        what = f"1 {facts.label.en.lower()} has" if number == 1 else f"{number} {facts.plural.en.lower()} have"
        problems.append(Problem(ProblemCode.MOVED_ON, f"{what} another {label} since the merge.", ("id",)))
    return problems


def _give_back(scope: Scope, one: ObjectType, survivor: Record, journal: Journal, changes: list[Change]) -> None:
    """Give the survivor the values that it had, amounts at the rates of today."""
    scope_before = scope_keys(survivor)
    told = {name: (after, before) for name, (before, after) in journal.fields.items()}
    for name, (_, before) in told.items():
        setattr(survivor, name, before)
    for problems in price(scope, one, [(survivor, told)]):
        for problem in problems:
            raise Broken(problem.message)
    if told:
        changes.append(Change(survivor, ChangeKind.UPDATED, told, scope_before))


def _turn_back(
    scope: Scope, journal: Journal, turned: dict[str, dict[UUID, Record]], changes: list[Change]
) -> Sequence[Change]:
    """Turn the references back; the changes of what is in the trash, to which nobody reacts."""
    told: dict[UUID, Change] = {}
    with scope.session.no_autoflush:
        for move in journal.moves:
            record = turned[move.object][move.record_id]
            change = told.setdefault(record.id, Change(record, ChangeKind.UPDATED, {}, scope_keys(record)))
            change.values[move.field] = (journal.into_id, move.was_id)
            setattr(record, move.field, move.was_id)
        for name, records in turned.items():
            write_together(records.values(), {move.field for move in journal.moves if move.object == name})
    changes += [change for change in told.values() if change.record.deleted_at is None]
    return [change for change in told.values() if change.record.deleted_at is not None]


def _bring_back(record: Record, journal: Journal, changes: list[Change]) -> None:
    told: dict[str, tuple[Any, Any]] = {
        "deleted_at": (record.deleted_at, None),
        "merged_into_id": (journal.into_id, None),
    }
    changes.append(Change(record, ChangeKind.UNMERGED, told, scope_keys(record)))
    record.deleted_at = record.deletion_id = None
