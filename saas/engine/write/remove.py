"""Delete to the trash and restore from it; what hangs on a record goes and comes back with it, as declared."""

from collections.abc import Callable, Sequence
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import Change, ChangeKind, scope_keys
from saas.engine.field import Field, Kind, OnDelete
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

    return _finished(scope, one, roots, outcomes, changes, write)


def restore(scope: Scope, one: ObjectType, targets: Sequence[Target]) -> list[Outcome]:
    """Bring records back from the trash, with all that went there with them. Forbidden without `object.restore`."""
    outcomes = [Outcome() for _ in targets]
    found = load(scope, one, "restore", targets, outcomes, deleted=True)
    if any_problem(outcomes):
        return not_written(outcomes)
    roots = [found[target.id][0] for target in targets]
    deletions = [root.deletion_id for root in roots]
    together = _deleted_together(scope, one, deletions)
    problems = _restore_problems(scope, together)
    for root, outcome in zip(roots, outcomes, strict=True):
        outcome.problems += problems.get(root.deletion_id, [])
    if any_problem(outcomes):
        return not_written(outcomes)
    changes: list[Change] = []

    def write() -> None:
        for record in together:
            before = {"deleted_at": (record.deleted_at, None)}
            changes.append(Change(record, ChangeKind.RESTORED, before, scope_keys(record)))
            record.deleted_at = record.deletion_id = None
        scope.session.flush()

    return _finished(scope, one, roots, outcomes, changes, write)


def _finished(
    scope: Scope,
    one: ObjectType,
    roots: Sequence[Record],
    outcomes: list[Outcome],
    changes: list[Change],
    write: Callable[[], None],
) -> list[Outcome]:
    if not finish(scope, one, outcomes, lambda: changes, write):
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
        changes.append(Change(record, ChangeKind.DELETED, {"deleted_at": (None, scope.now)}, scope_keys(record)))
        record.deleted_at = scope.now
    by_id = {record.id: record for record in records}
    scope.session.flush()
    for other, field in referrers(one):
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
        facts = other.record.facts
        what = f"1 {facts.label.en.lower()} refers" if number == 1 else f"{number} {facts.plural.en.lower()} refer"
        message = f"{what} to it as {field.label.en.lower()}."
        problems.setdefault(deletion, []).append(Problem(ProblemCode.REFERENCED, message, ("id",)))


def _deleted_together(scope: Scope, one: ObjectType, deletions: Sequence[UUID | None]) -> list[Record]:
    """The records of these deletions, of any object that a cascade from `one` can reach."""
    found: list[Record] = []
    reachable, level = [one], [one]
    while level:
        level = [
            other
            for each in level
            for other, field in referrers(each)
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


def _restore_problems(scope: Scope, records: Sequence[Record]) -> dict[UUID | None, list[Problem]]:
    """Keys that were taken meanwhile, and owners of the whole that are still in the trash."""
    problems: dict[UUID | None, list[Problem]] = {}
    coming_back = {record.id for record in records}
    for record in records:
        one = object_of(type(record))
        values = {name: getattr(record, name) for name in one.fields}
        found = duplicate_problems(scope, one, [(record.id, values)])[0]
        for field in one.fields.values():
            id_ = values[field.name]
            whole = field.kind is Kind.REFERENCE and field.on_delete is OnDelete.CASCADE
            if whole and id_ not in coming_back and _is_deleted(scope, one.target_of(field), id_):
                message = f"Its {field.label.en.lower()} is in the trash: restore that first."
                found.append(Problem(ProblemCode.PARENT_DELETED, message, (camel(field.name),)))
        problems.setdefault(record.deletion_id, []).extend(found)
    return problems


def _is_deleted(scope: Scope, one: ObjectType, id_: UUID) -> bool:
    statement = sa.select(one.table.c.deleted_at).where(one.table.c.id == id_)
    return scope.session.execute(statement).scalar_one() is not None
