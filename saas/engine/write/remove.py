"""Delete to the trash and restore from it; what hangs on a record goes and comes back with it, as declared."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import Change, ChangeKind, scope_keys
from saas.engine.changed import write_changed
from saas.engine.field import Field, Kind, OnDelete
from saas.engine.merges import merged_away
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record
from saas.engine.registry import ObjectType, object_of, referrers
from saas.engine.scope import Scope
from saas.engine.write.finish import finish
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.uniqueness import duplicate_problems
from saas.kit import ids
from saas.kit.text import camel


def delete(scope: Scope, one: ObjectType, targets: Sequence[Target]) -> list[Outcome]:
    """Move records to the trash. All or nothing; Forbidden without `object.delete`.

    References declare what follows: restrict refuses, cascade takes the referring records along, clear empties.
    """
    outcomes = [Outcome() for _ in targets]
    found = load(scope, one, "delete", targets, outcomes)
    if any_problem(outcomes):
        return not_written(outcomes)
    roots = [found[target.id][0] for target in targets]
    changes: list[Change] = []

    def write() -> None:
        for root in roots:
            root.deletion_id = ids.new_id(one.record.facts.code)
        blocked = _delete_level(scope, one, roots, changes)
        for root, outcome in zip(roots, outcomes, strict=True):
            outcome.problems += blocked.get(root.deletion_id, [])

    return _finished(scope, roots, outcomes, changes, write)


def restore(scope: Scope, one: ObjectType, targets: Sequence[Target]) -> list[Outcome]:
    """Bring records back from the trash, with all that went there with them. Forbidden without `object.restore`."""
    outcomes = [Outcome() for _ in targets]
    found = load(scope, one, "restore", targets, outcomes, deleted=True)
    if any_problem(outcomes):
        return not_written(outcomes)
    roots = [found[target.id][0] for target in targets]
    deletions = [root.deletion_id for root in roots]
    together = _deleted_together(scope, one, deletions)
    lost = _lost_references(scope, together)
    problems = _restore_problems(scope, together, lost)
    merged = merged_away(scope, [root.id for root in roots])
    for root, outcome in zip(roots, outcomes, strict=True):
        if root.id in merged:
            message = f"The {one.record.facts.label.en.lower()} was merged into another one: undo that instead."
            outcome.problems.append(Problem(ProblemCode.MERGED, message, ("id",)))
        outcome.problems += problems.get(root.deletion_id, [])
    if any_problem(outcomes):
        return not_written(outcomes)
    changes: list[Change] = []

    def write() -> None:
        for record in together:
            values: dict[str, tuple[Any, Any]] = {"deleted_at": (record.deleted_at, None)}
            scope_before = scope_keys(record)
            for field in lost.get(record.id, ()):
                values[field.name] = (getattr(record, field.name), None)
                setattr(record, field.name, None)
            if record.facts.line_of is None:
                changes.append(Change(record, ChangeKind.RESTORED, values, scope_before))
            record.deleted_at = record.deletion_id = None
        write_changed(scope.session)

    return _finished(scope, roots, outcomes, changes, write)


def _finished(
    scope: Scope,
    roots: Sequence[Record],
    outcomes: list[Outcome],
    changes: list[Change],
    write: Callable[[], None],
) -> list[Outcome]:
    if finish(scope, outcomes, lambda: changes, write) is None:
        return not_written(outcomes)
    for root, outcome in zip(roots, outcomes, strict=True):
        outcome.id, outcome.record, outcome.changed = root.id, root, True
    return outcomes


def _delete_level(
    scope: Scope, one: ObjectType, records: Sequence[Record], changes: list[Change]
) -> dict[UUID | None, list[Problem]]:
    """Delete `records` and, level by level, what cascades from them; problems by deletion."""
    problems: dict[UUID | None, list[Problem]] = {}
    for record in records:
        if one.document is None:  # a line goes and comes back as a part of its document
            changes.append(Change(record, ChangeKind.DELETED, {"deleted_at": (None, scope.now)}, scope_keys(record)))
        record.deleted_at = scope.now
    by_id = {record.id: record for record in records}
    write_changed(scope.session)
    for other, field in referrers(one, lines_too=True):
        referring = _referring(scope, other, field, list(by_id))
        if not referring:
            continue
        if field.on_delete is OnDelete.RESTRICT:
            _restrict(other, field, referring, by_id, problems)
        elif field.on_delete is OnDelete.CLEAR:
            for each in referring:
                before = getattr(each, field.name)
                changes.append(Change(each, ChangeKind.UPDATED, {field.name: (before, None)}, scope_keys(each)))
                setattr(each, field.name, None)
            write_changed(scope.session)  # the audit tells the version that this makes
        else:
            for each in referring:
                each.deletion_id = by_id[getattr(each, field.name)].deletion_id
            for deletion, found in _delete_level(scope, other, referring, changes).items():
                problems.setdefault(deletion, []).extend(found)
    return problems


def _referring(scope: Scope, other: ObjectType, field: Field, ids_: list[UUID]) -> list[Record]:
    table = other.table
    statement = (
        sa.select(other.record)
        .where(table.c[field.name].in_(ids_), table.c.deleted_at.is_(None))
        .order_by(table.c.id)
        .with_for_update(of=other.record)
    )
    return list(scope.session.execute(statement).scalars())


def _restrict(
    other: ObjectType,
    field: Field,
    referring: Sequence[Record],
    by_id: dict[UUID, Record],
    problems: dict[UUID | None, list[Problem]],
) -> None:
    held: dict[UUID | None, int] = {}
    for each in referring:
        deletion = by_id[getattr(each, field.name)].deletion_id
        held[deletion] = held.get(deletion, 0) + 1
    for deletion, number in held.items():
        problems.setdefault(deletion, []).append(held_by(other, field, number))


def held_by(other: ObjectType, field: Field, number: int) -> Problem:
    """The problem of deleting what so many records of `other` refer to by this field."""
    facts = other.record.facts
    what = f"1 {facts.label.en.lower()} refers" if number == 1 else f"{number} {facts.plural.en.lower()} refer"
    return Problem(ProblemCode.REFERENCED, f"{what} to it as {field.label.en.lower()}.", ("id",))


def _deleted_together(scope: Scope, one: ObjectType, deletions: Sequence[UUID | None]) -> list[Record]:
    """The records of these deletions, of any object that a cascade from `one` can reach."""
    found: list[Record] = []
    reachable, level = [one], [one]
    while level:
        level = [
            other
            for each in level
            for other, field in referrers(each, lines_too=True)
            if field.on_delete is OnDelete.CASCADE and other not in reachable
        ]
        reachable += level
    for each in reachable:
        statement = (
            sa.select(each.record)
            .where(each.table.c.deletion_id.in_(deletions))
            .order_by(each.table.c.id)
            .with_for_update(of=each.record)
        )
        found += scope.session.execute(statement).scalars()
    return found


def _lost_references(scope: Scope, records: Sequence[Record]) -> dict[UUID, list[Field]]:
    """By record the references that lead to what is in the trash and does not come back with it.

    What is not in the trash is held, so that it does not get there before this transaction ends.
    """
    coming_back = {record.id for record in records}
    lost: dict[UUID, list[Field]] = {}
    for one, of_object in _by_object(records).items():
        for field in one.fields.values():
            if field.kind is not Kind.REFERENCE:
                continue
            asked = {getattr(record, field.name) for record in of_object} - coming_back - {None}
            gone = _in_trash(scope, one.target_of(field), asked) if asked else set()
            for record in of_object:
                if getattr(record, field.name) in gone:
                    lost.setdefault(record.id, []).append(field)
    return lost


def _in_trash(scope: Scope, one: ObjectType, ids_: set[UUID]) -> set[UUID]:
    """Those of these records that are in the trash; none of the others gets there meanwhile."""
    table = one.table
    statement = (
        sa.select(table.c.id, table.c.deleted_at)
        .where(table.c.id.in_(ids_))
        .order_by(table.c.id)
        .with_for_update(read=True, key_share=True)
    )
    return {row.id for row in scope.session.execute(statement) if row.deleted_at is not None}


def _restore_problems(
    scope: Scope, records: Sequence[Record], lost: Mapping[UUID, Sequence[Field]]
) -> dict[UUID | None, list[Problem]]:
    """Keys that were taken meanwhile, and what is still in the trash and cannot be left out; by deletion."""
    problems: dict[UUID | None, list[Problem]] = {}
    for one, of_object in _by_object(records).items():
        values = one.fields if one.document is None else {}  # what is unique in a document stays so
        rows = [(record.id, {name: getattr(record, name) for name in values}) for record in of_object]
        for record, found in zip(of_object, duplicate_problems(scope, one, rows), strict=True):
            for field in lost.get(record.id, ()):
                if field.on_delete is not OnDelete.CLEAR:
                    message = f"Its {field.label.en.lower()} is in the trash: restore that first."
                    found.append(Problem(ProblemCode.PARENT_DELETED, message, (camel(field.name),)))
            told = problems.setdefault(record.deletion_id, [])
            told += [problem for problem in found if problem not in told]
    return problems


def _by_object(records: Sequence[Record]) -> dict[ObjectType, list[Record]]:
    found: dict[ObjectType, list[Record]] = {}
    for record in records:
        found.setdefault(object_of(type(record)), []).append(record)
    return found
