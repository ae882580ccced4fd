"""An import from its start to its end: first its file is read into the database, then chunk after chunk is written.

Each step is a transaction with its counts and issues.
"""

import io
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import IO, Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.events import emit
from saas.engine.registry import ObjectType, objects
from saas.engine.run_events import ImportRunFinished
from saas.engine.scope import Scope, open_scope
from saas.engine.transfer.chunk import write_chunk
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.entry import Content, rowless
from saas.engine.transfer.made import note_made
from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.order import put_in_order
from saas.engine.transfer.plan import Plan, plan_for
from saas.engine.transfer.reading import Reading, closed_if_refused, drop, fetched, keep, reading_of, told_of_file
from saas.engine.transfer.refused import Keep, refused_rows
from saas.engine.transfer.row import Row
from saas.engine.transfer.rows import delete_rows, next_lines
from saas.engine.transfer.sheet import nul_in
from saas.engine.transfer.source import Manner, content_of, manner_of, text_content
from saas.engine.transfer.stage import Stage
from saas.engine.transfer.tables import import_issue, import_run
from saas.kit import clock, ids
from saas.kit.errors import BadInput, Forbidden, TooLarge
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Savepoint

CHUNK = 500
READ_AT_ONCE = 10_000
MAX_CHARACTERS = 20_000_000  # of a text in a request
MAX_DRY_ROWS = 20_000


_LEFT_BEHIND = sa.text(  # by commands that were killed: nobody goes on with these
    "DELETE FROM import_row WHERE ctid = ANY (ARRAY (SELECT ctid FROM import_row WHERE run_id = ANY (ARRAY ("
    "SELECT id FROM import_run WHERE job_id IS NULL AND state IN ('queued', 'running')"
    " AND (counts->>'at')::timestamptz < now() - interval '1 day')) LIMIT 20000))"
)


class RunState(StrEnum):
    """How an import stands; one that is done may have refused rows."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to import: its name, its content, how to read it, and whether to only try.

    content  its text, or the id of a file in sight, or a file of this machine that is open
    """

    file_name: str
    content: str | UUID | IO[bytes]
    mapping: Mapping
    dry_run: bool = False


def start(scope: Scope, upload: Upload) -> UUID:
    """Note down an import; BadInput where mapping and file do not fit, Forbidden without the rights on its object.

    A text is read into the database at once; a file step by step by `go_on`.
    """
    _check_characters("fileName", upload.file_name)
    _check_characters("mapping", json.dumps(upload.mapping.as_json(), ensure_ascii=False))
    importable(scope, upload.mapping.object)
    scope.session.execute(_LEFT_BEHIND)
    name, file = fetched(scope, upload.content) if isinstance(upload.content, UUID) else ("", upload.content)
    run_id = ids.new_id(ids.IMPORT_RUN)
    if isinstance(file, str):
        content = opened_text(file, manner_of(upload.mapping))
        stage = _noted(scope, run_id, upload, content, name)
        stage.take(scope, content.entries, MAX_CHARACTERS)
        _all_read(scope, run_id, stage, is_dry_run=upload.dry_run)
        return run_id
    with closed_if_refused(file), told_of_file() if isinstance(upload.content, UUID) else nullcontext():
        content = content_of(file, manner_of(upload.mapping))
        stage = _noted(scope, run_id, upload, content, name)
        keep(scope, run_id, Reading(file, content.entries, stage))
    return run_id


def _noted(scope: Scope, run_id: UUID, upload: Upload, content: Content, name: str) -> Stage:
    """Write the import down; where its rows are put."""
    plan = plan_for(upload.mapping, content.header)
    scope.session.execute(
        sa.insert(import_run).values(
            id=run_id,
            object=plan.one.name,
            file_name=(upload.file_name or name)[:255],
            mapping=upload.mapping.as_json(),
            header=list(content.header),
            file_id=upload.content if isinstance(upload.content, UUID) else None,
            is_read=False,
            is_dry_run=upload.dry_run,
            state=RunState.QUEUED,
            counts=Counts(at=clock.now().isoformat()).as_json(),
            created_by=scope.actor_id,
            created_at=scope.now,
        )
    )
    return Stage(run_id, plan)


def importable(scope: Scope, name: str) -> ObjectType:
    """The object of this name; BadInput where there is none, Forbidden without the rights that an import needs."""
    one = next((each for each in objects() if each.name == name), None)
    if one is None:
        known = ", ".join(each.name for each in objects())
        raise BadInput(f"There is no object {name[:60]!r}.", remedy=f"Objects are: {known}.", path=("object",))
    scope.need(f"{name}.read")
    if not scope.profile.may(f"{name}.create") and not scope.profile.may(f"{name}.update"):
        raise Forbidden(f"You need the right {name}.create or {name}.update.", remedy="An administrator can grant it.")
    return one


def opened_text(text: str, manner: Manner) -> Content:
    """A text of a request as header and records; TooLarge, BadInput."""
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(
            f"The file is larger than {MAX_CHARACTERS:,} characters.",
            remedy="Send it with fileCreate, and import it by its fileId.",
        )
    _check_characters("csv", text)
    if "\0" in text:
        raise nul_in(text.count("\n", 0, text.index("\0")) + 1)
    return text_content(io.StringIO(text, newline=""), manner)


def _check_characters(place: str, text: str) -> None:
    """Refuse what Postgres cannot keep; a NUL inside the file has a message of its own, with its line."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput(f"{place} holds half a character (a lone surrogate).", path=(place,)) from None
    if place != "csv" and ("\0" in text or "\\u0000" in text):
        raise BadInput(f"{place} holds a NUL character.", path=(place,))


def go_on(scope: Scope, run_id: UUID, *, keep_refused: Keep | None = None) -> Counts | None:
    """Read on, or deal with the next chunk, in this transaction; None when there is nothing left to do.

    With `keep_refused` the rows that were refused are kept at the end.
    """
    query = sa.select(import_run).where(import_run.c.id == run_id, import_run.c.state.in_(OPEN))
    found = scope.session.execute(query).one_or_none()
    if found is None:
        drop(scope, run_id)
        return None
    if found.is_read and found.is_dry_run:
        if (plan := _plan_if_it_fits(scope, found)) is not None:
            _try_all(scope, found, plan, keep_refused)
        return None
    run = scope.session.execute(query.with_for_update()).one_or_none()
    if run is None:
        return None
    if not run.is_read:
        return _read_on(scope, run)
    plan, counts = _plan_if_it_fits(scope, run), Counts.of(run.counts)
    if plan is None:
        return None
    done = write_chunk(scope, plan, next_lines(scope, run_id, plan, counts.place, CHUNK))
    note_made(scope, run_id, counts.done, done)
    return _note(scope, run, counts, done, keep_refused)


def cancel(scope: Scope, run_id: UUID) -> bool:
    """Call an import off: what is in stays, what is not stays out. False where there is nothing to call off."""
    mine = (import_run.c.id == run_id, import_run.c.created_by == scope.actor_id, import_run.c.state.in_(OPEN))
    run = scope.session.execute(sa.select(import_run.c.counts).where(*mine).with_for_update()).one_or_none()
    if run is None:
        return False
    end_early(scope, run_id, RunState.CANCELLED, "Called off")
    return True


def end_early(scope: Scope, run_id: UUID, state: RunState, why: str) -> None:
    """Write down that an import ended before its file did, and how far it came."""
    open_ = (import_run.c.id == run_id, import_run.c.state.in_(OPEN))
    run = scope.session.execute(sa.select(import_run).where(*open_).with_for_update()).one_or_none()
    if run is None:
        drop(scope, run_id)  # it was called off elsewhere
        return
    counts = Counts.of(run.counts)
    stays = "nothing was written" if run.is_dry_run or not counts.done else "what is in stays"
    reason = f"{why} after {counts.done:,} of {counts.rows:,} rows; {stays}."
    _end(scope, run_id, replace(counts, reason=reason), state)


def perform(
    tenant: Tenant,
    actor_id: UUID | None,
    run_id: UUID,
    progress: Callable[[Counts], None] | None = None,
    keep_refused: Keep | None = None,
) -> None:
    """Do an import from where it is to its end in this process, without a worker."""
    try:
        while True:
            with open_scope(tenant, actor_id, write=True, request_id=str(run_id)) as scope:
                counts = go_on(scope, run_id, keep_refused=keep_refused)
            if counts is None:
                return
            if progress is not None:
                progress(counts)
    except BaseException as error:
        state, why = RunState.FAILED, f"Failed ({type(error).__name__})"  # never the values of fields
        if isinstance(error, KeyboardInterrupt):
            state, why = RunState.CANCELLED, "Stopped"
        with open_scope(tenant, None, write=True, request_id=str(run_id)) as scope:
            end_early(scope, run_id, state, why)
        raise


def _plan_if_it_fits(scope: Scope, run: Any) -> Plan | None:
    """The plan; where the object no longer has what the mapping names, the import ends, and says so."""
    try:
        return plan_for(Mapping.model_validate(run.mapping), tuple(run.header))
    except BadInput as wrong:
        end_early(scope, run.id, RunState.FAILED, f"The mapping no longer fits ({wrong.message.rstrip('.')}): ended")
        return None


def _read_on(scope: Scope, run: Any) -> Counts | None:
    """Put the next rows of the file away; what cannot be read ends the import before anything is written."""
    counts = Counts.of(run.counts)
    try:
        reading = reading_of(scope, run, counts.rows)
        if reading.stage.take(scope, reading.entries, READ_AT_ONCE) < READ_AT_ONCE:
            drop(scope, run.id)
            return _all_read(scope, run.id, reading.stage, is_dry_run=run.is_dry_run)
        _check_dry_rows(reading.stage.done, is_dry_run=run.is_dry_run)
    except (BadInput, TooLarge) as wrong:
        _end(scope, run.id, replace(counts, reason=f"Nothing was written. {wrong}"), RunState.FAILED)
        return None
    except BaseException:
        drop(scope, run.id)  # what was read and not put away would be missing for whoever reads on
        raise
    counts = replace(counts, rows=reading.stage.done, at=clock.now().isoformat())
    _update(scope, run.id, counts=counts.as_json(), state=RunState.RUNNING)
    return counts


def _all_read(scope: Scope, run_id: UUID, stage: Stage, *, is_dry_run: bool) -> Counts:
    """The file is read to its end: its rows are put in order. BadInput where there are none, or too many to try."""
    if not stage.done:
        raise rowless()
    _check_dry_rows(stage.done, is_dry_run=is_dry_run)
    counts = Counts(rows=put_in_order(scope, run_id, stage.plan, stage.done), at=clock.now().isoformat())
    _update(scope, run_id, counts=counts.as_json(), is_read=True)
    return counts


def _check_dry_rows(rows: int, *, is_dry_run: bool) -> None:
    if is_dry_run and rows > MAX_DRY_ROWS:
        raise BadInput(
            f"A dry run takes at most {MAX_DRY_ROWS:,} rows, this file has more.",
            remedy="Try it with a part of the file.",
            path=("dryRun",),
        )


def _try_all(scope: Scope, run: Any, plan: Plan, keep_refused: Keep | None) -> None:
    """Every chunk in one savepoint that is rolled back: later rows find the earlier ones, and nothing stays."""
    counts = Counts.of(run.counts)
    issues: list[dict[str, Any]] = []
    state = sa.select(import_run.c.state).where(import_run.c.id == run.id)
    trial = Savepoint(scope.session)
    while counts.done < counts.rows:
        if scope.session.execute(state).scalar_one() not in OPEN:
            break
        done = write_chunk(scope, plan, next_lines(scope, run.id, plan, counts.place, CHUNK))
        issues += _issue_rows(run.id, done)
        counts = counts.after(done, clock.now().isoformat())
        scope.session.expunge_all()
    trial.undo()
    _keep_issues(scope, issues)
    if not _end(scope, run.id, counts, RunState.DONE, keep_refused):  # called off meanwhile
        scope.session.execute(sa.delete(import_issue).where(import_issue.c.run_id == run.id))


def _note(scope: Scope, run: Any, before: Counts, done: list[Row], keep_refused: Keep | None) -> Counts | None:
    _keep_issues(scope, _issue_rows(run.id, done))
    counts = before.after(done, clock.now().isoformat())
    if counts.done >= counts.rows or not done:
        _end(scope, run.id, counts, RunState.DONE, keep_refused)
        return None
    _update(scope, run.id, counts=counts.as_json(), state=RunState.RUNNING)
    return counts


def _update(scope: Scope, run_id: UUID, **values: Any) -> None:
    scope.session.execute(sa.update(import_run).where(import_run.c.id == run_id).values(**values))


def _end(scope: Scope, run_id: UUID, counts: Counts, state: RunState, keep_refused: Keep | None = None) -> bool:
    """Write down the end; the rows themselves, which may hold personal data, are not kept any longer."""
    open_ = (import_run.c.id == run_id, import_run.c.state.in_(OPEN))
    values = {"counts": counts.as_json(), "state": state, "finished_at": clock.now()}
    ended = sa.update(import_run).where(*open_).values(**values).returning(import_run)
    run = scope.session.execute(ended).one_or_none()
    drop(scope, run_id)
    if run is None:
        return False
    if keep_refused is not None and counts.refused:
        file_id = keep_refused(scope, run.file_name, refused_rows(scope, run_id, run.header))
        _update(scope, run_id, refused_file_id=file_id)
    delete_rows(scope, run_id)
    emit(scope, ImportRunFinished(run_id=run_id, started_by=run.created_by, object=run.object, state=state.value))
    return True


def _issue_rows(run_id: UUID, rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run_id,
            "row": row.line.row,
            "number": number,
            "line": row.line.number,
            "severity": issue.severity.value,
            "field": issue.field,
            "code": issue.code,
            "message": issue.message,
        }
        for row in rows
        for number, issue in enumerate(row.issues, start=1)
    ]


def _keep_issues(scope: Scope, rows: list[dict[str, Any]]) -> None:
    if rows:
        scope.session.execute(sa.insert(import_issue), rows)
