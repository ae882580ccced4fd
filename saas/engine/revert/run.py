"""A revert from its start to its end: what the import wrote last goes first, chunk after chunk, each a transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.registry import ObjectType, object_named
from saas.engine.revert.counts import RevertCounts
from saas.engine.revert.judged import REVERTED, Taken
from saas.engine.revert.start import OPEN_REVERT, Revert, RevertState, end, end_revert_early, whose
from saas.engine.revert.tables import import_revert, import_revert_issue
from saas.engine.revert.take_back import take_back
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope, open_scope
from saas.engine.transfer.made import Made, import_record
from saas.engine.transfer.run import CHUNK
from saas.engine.transfer.tables import import_run
from saas.kit import clock
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Savepoint


def go_on(scope: Scope, revert: Revert) -> RevertCounts | None:
    """Deal with the next chunk in this transaction; None when there is nothing left to do.

    The audit tells of which import it is, as the request: `import-revert:` and its id.
    """
    asked = sa.select(import_revert, import_run.c.object).join(import_run, import_run.c.id == import_revert.c.run_id)
    row = scope.session.execute(asked.where(revert.is_open())).one_or_none()
    if row is None:
        return None
    named = replace(scope, request_id=f"import-revert:{revert.run_id}")
    one = object_named(row.object)
    if row.is_dry_run:
        _try_all(named, revert, one, RevertCounts(**row.counts))
        return None
    row = scope.session.execute(asked.where(revert.is_open()).with_for_update(of=import_revert)).one_or_none()
    return None if row is None else _next_chunk(named, revert, one, row)


def cancel(scope: Scope, run_id: UUID) -> bool:
    """Call off what takes an import back: what is back stays so. False where there is nothing to call off."""
    asked = (
        sa.select(import_revert.c.number)
        .join(import_run, import_run.c.id == import_revert.c.run_id)
        .where(import_run.c.id == run_id, whose(scope), import_revert.c.state.in_(OPEN_REVERT))
    )
    numbers = scope.session.execute(asked).scalars().all()
    for number in numbers:
        end_revert_early(scope, Revert(run_id, number), RevertState.CANCELLED, "Called off")
    return bool(numbers)


def perform(
    tenant: Tenant, actor_id: UUID | None, revert: Revert, progress: Callable[[RevertCounts], None] | None = None
) -> None:
    """Do a revert from where it is to its end in this process, without a worker."""
    try:
        while True:
            with open_scope(tenant, actor_id, write=True, request_id=str(revert.run_id)) as scope:
                counts = go_on(scope, revert)
            if counts is None:
                return
            if progress is not None:
                progress(counts)
    except BaseException as error:
        state, why = RevertState.FAILED, f"Failed ({type(error).__name__})"  # never the values of fields
        if isinstance(error, KeyboardInterrupt):
            state, why = RevertState.CANCELLED, "Stopped"
        with open_scope(tenant, None, write=True, request_id=str(revert.run_id)) as scope:
            end_revert_early(scope, revert, state, why)
        raise


def _next_chunk(scope: Scope, revert: Revert, one: ObjectType, row: Any) -> RevertCounts | None:
    notes = _next_notes(scope, revert.run_id, row.place)
    taken = take_back(scope, one, notes)
    _keep_issues(scope, revert, taken)
    back = [each.made.number for each in taken if each.became == REVERTED]
    of_these = (import_record.c.run_id == revert.run_id, import_record.c.number.in_(back))
    scope.session.execute(sa.update(import_record).where(*of_these).values(reverted_by=revert.number))
    counts = RevertCounts(**row.counts).after(taken, clock.now().isoformat())
    if not notes or counts.done >= counts.records:
        end(scope, revert, RevertState.DONE, counts=counts)
        return None
    values = {"counts": counts.as_json(), "place": notes[-1].number, "state": RevertState.RUNNING}
    scope.session.execute(sa.update(import_revert).where(revert.is_it()).values(**values))
    return counts


def _try_all(scope: Scope, revert: Revert, one: ObjectType, counts: RevertCounts) -> None:
    """Every chunk in one savepoint that is rolled back: what refers to a record goes before it, and nothing stays."""
    place: int | None = None
    every: list[Taken] = []
    state = sa.select(import_revert.c.state).where(revert.is_it())
    trial = Savepoint(scope.session)
    while counts.done < counts.records and scope.session.execute(state).scalar_one() in OPEN_REVERT:
        notes = _next_notes(scope, revert.run_id, place)
        if not notes:
            break
        taken = take_back(scope, one, notes)
        counts, place = counts.after(taken, clock.now().isoformat()), notes[-1].number
        every += [each for each in taken if each.issue is not None]
        scope.session.expunge_all()
    trial.undo()
    if end(scope, revert, RevertState.DONE, counts=counts):  # else it was called off meanwhile
        _keep_issues(scope, revert, every)


def _next_notes(scope: Scope, run_id: UUID, place: int | None) -> list[Made]:
    """What the import wrote before that place and is not taken back, the last first; each of another record."""
    note = import_record.c
    asked = sa.select(note.number, note.line, note.record_id, note.version, note.became)
    asked = asked.where(note.run_id == run_id, note.reverted_by.is_(None))
    if place is not None:
        asked = asked.where(note.number < place)
    notes: dict[UUID, Made] = {}
    for row in scope.session.execute(asked.order_by(note.number.desc()).limit(CHUNK)):
        if row.record_id in notes:
            break  # what was written before it is looked at when this is done
        notes[row.record_id] = Made(*row)
    return list(notes.values())


def _keep_issues(scope: Scope, revert: Revert, taken: Sequence[Taken]) -> None:
    rows = [
        {
            "run_id": revert.run_id,
            "revert": revert.number,
            "number": each.made.number,
            "line": each.made.line,
            "record_id": each.made.record_id,
            "code": each.issue.code,
            "message": each.issue.message,
            "fields": each.fields,
        }
        for each in taken
        if each.issue is not None
    ]
    if rows:
        insert_rows(scope.session, import_revert_issue, rows)
