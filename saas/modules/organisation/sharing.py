"""A record is shared with people, departments or roles, and people take part in it, beside the rights of roles."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.access.let_in import let_in
from saas.engine.access.rows import Shape, reached
from saas.engine.access.tables import ShareAccess, record_participant, record_share
from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.events import Event, emit
from saas.engine.field import Label
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.record import Record
from saas.engine.registry import object_of, object_with_code
from saas.engine.scope import Scope
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.kit.errors import NotFound
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.role import Role
from saas.tenants.stamp import bump_policy


class RecordShared(Event, name="record.shared", label=Label("Record shared", "记录已共享")):
    """A record is shared with somebody with whom it was not before: a person, a department or a role."""

    record_id: UUID
    holder_id: UUID


HOLDERS: tuple[type[Record], ...] = (Employee, Department, Role)


def record_shared(
    scope: Scope, record_id: UUID, holder_id: UUID, access: ShareAccess, until: date | None
) -> list[Outcome]:
    """Share the record until the end of a day, or for good; shared already, it is now shared so.

    Whoever shares for writing may write it themselves. Forbidden without `object.share`.
    """
    operations = ("share", "update") if access is ShareAccess.WRITE else ("share",)
    values = {"record_id": record_id, "holder_id": holder_id, "access": access.value, "until": until}
    written = (
        insert(record_share)
        .values(values)
        .on_conflict_do_update(
            index_elements=["record_id", "holder_id"], set_={"access": values["access"], "until": until}
        )
    )
    return _changed(scope, record_id, operations, (holder_id, HOLDERS, "withId"), shares_of, written)


def record_unshared(scope: Scope, record_id: UUID, holder_id: UUID) -> list[Outcome]:
    """Share the record with them no longer. Forbidden without `object.share`."""
    gone = sa.delete(record_share).where(record_share.c.record_id == record_id, record_share.c.holder_id == holder_id)
    return _changed(scope, record_id, ("share",), None, shares_of, gone)


def participant_added(scope: Scope, record_id: UUID, person_id: UUID) -> list[Outcome]:
    """The person takes part in the record from now on. Forbidden without `object.share`."""
    values = {"record_id": record_id, "principal_id": person_id, "since": scope.now}
    written = insert(record_participant).values(values).on_conflict_do_nothing()
    return _changed(scope, record_id, ("share",), (person_id, (Employee,), "personId"), participants_of, written)


def participant_removed(scope: Scope, record_id: UUID, person_id: UUID) -> list[Outcome]:
    """The person no longer takes part in the record. Forbidden without `object.share`."""
    part = record_participant
    gone = sa.delete(part).where(part.c.record_id == record_id, part.c.principal_id == person_id)
    return _changed(scope, record_id, ("share",), None, participants_of, gone)


def shares_in_sight(scope: Scope, record_id: UUID) -> Mapping[UUID, tuple[ShareAccess, date | None]]:
    """The shares of a record that the actor may share; NotFound where there is none."""
    _check(scope, record_id)
    return shares_of(scope, record_id)


def participants_in_sight(scope: Scope, record_id: UUID) -> Mapping[UUID, datetime]:
    """Likewise who takes part in it."""
    _check(scope, record_id)
    return participants_of(scope, record_id)


def _check(scope: Scope, record_id: UUID) -> None:
    one = object_with_code(ids.code_of(record_id) or 0)
    if one is None or not one.is_shared or not _in_sight(scope, record_id, (one.record,), "share"):
        raise NotFound("There is no such record that you may share.")


def shares_of(scope: Scope, record_id: UUID) -> Mapping[UUID, tuple[ShareAccess, date | None]]:
    """With whom the record is shared, for what and until when."""
    rows = scope.session.execute(sa.select(record_share).where(record_share.c.record_id == record_id))
    return {row.holder_id: (ShareAccess(row.access), row.until) for row in rows}


def participants_of(scope: Scope, record_id: UUID) -> Mapping[UUID, datetime]:
    """Who takes part in the record, and since when."""
    part = record_participant
    rows = scope.session.execute(sa.select(part).where(part.c.record_id == record_id))
    return {row.principal_id: row.since for row in rows}


def _changed(
    scope: Scope,
    record_id: UUID,
    operations: tuple[str, ...],
    other: tuple[UUID, tuple[type[Record], ...], str] | None,
    state: Callable[[Scope, UUID], Mapping[UUID, object]],
    statement: sa.Executable,
) -> list[Outcome]:
    """Do the statement to a record that the actor may do these operations to, with its audit."""
    outcome = Outcome()
    record = _record(scope, record_id, operations, outcome)
    if other is not None and not outcome.problems and not _in_sight(scope, *other[:2]):
        outcome.problems.append(not_found("There is no such person, department or role in your sight.", other[2]))
    if record is None or outcome.problems:
        return [outcome]
    before, were_in = state(scope, record_id), let_in(scope.session, [record_id], scope.today)
    scope.session.execute(statement)
    after, are_in = state(scope, record_id), let_in(scope.session, [record_id], scope.today)
    outcome.id, outcome.record, outcome.changed = record.id, record, before != after
    if outcome.changed:
        name = "shares" if state is shares_of else "participants"
        values = {name: (_told(before), _told(after))}
        told = (were_in[record_id], are_in[record_id])
        write_audit(scope, [Change(record, ChangeKind.UPDATED, values, scope_keys(record), let_in=told)])
        bump_policy(scope.session)
        if state is shares_of:
            new = sorted(after.keys() - before.keys())
            emit(scope, *(RecordShared(record_id=record.id, holder_id=holder) for holder in new))
    return [outcome]


def _record(scope: Scope, record_id: UUID, operations: tuple[str, ...], outcome: Outcome) -> Record | None:
    one = object_with_code(ids.code_of(record_id) or 0)
    if one is None:
        outcome.problems.append(not_found("There is no such record in your sight.", "id"))
        return None
    if not one.is_shared:
        message = f"A {one.record.facts.label.en.lower()} is not shared by itself."
        outcome.problems.append(Problem(ProblemCode.BAD_INPUT, message, ("id",)))
        return None
    found: Record | None = None
    for operation in operations:
        if not outcome.problems:
            rows = load(scope, one, operation, [Target(record_id)], [outcome])
            found = rows[record_id][0] if record_id in rows else None
    return found


def _in_sight(scope: Scope, id_: UUID, kinds: tuple[type[Record], ...], operation: str = "read") -> bool:
    """Whether it is a living record of one of these kinds that the actor may read, and do this operation to."""
    one = object_with_code(ids.code_of(id_) or 0)
    if one is None or one not in [object_of(kind) for kind in kinds]:
        return False
    table = one.table
    reaches = [reached(scope.profile, one, each, table, Shape.WIDE) for each in {"read", operation}]
    found = sa.select(table.c.id).where(table.c.id == id_, table.c.deleted_at.is_(None), *reaches)
    return scope.session.execute(found).first() is not None


def _told(state: Mapping[UUID, object]) -> list[str]:
    """As sorted words, for the audit."""
    told = []
    for id_, kept in state.items():
        access, until = kept if isinstance(kept, tuple) else ("", None)
        told.append(" ".join(filter(None, [str(id_), access, f"until {until}" if until else ""])))
    return sorted(told)
