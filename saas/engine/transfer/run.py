"""An import from its start to its end: chunk after chunk, each a transaction with its counts and issues."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.registry import ObjectType, objects
from saas.engine.scope import Scope, open_scope
from saas.engine.transfer.arranged import Arranged, arranged, drop, keep, kept
from saas.engine.transfer.chunk import Row, write_chunk
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.decode import MAX_BYTES
from saas.engine.transfer.issue import Severity
from saas.engine.transfer.made import note_made
from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.refused import keep_refused, refused_rows
from saas.engine.transfer.sheet import read_sheet
from saas.engine.transfer.tables import import_issue, import_run
from saas.kit import clock, ids
from saas.kit.errors import BadInput, Forbidden, TooLarge
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import Savepoint

CHUNK = 200
MAX_DRY_ROWS = 20_000


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
    """A file to import: its name, its text, how to read it, and whether to only try."""

    file_name: str
    text: str
    mapping: Mapping
    dry_run: bool = False


def start(scope: Scope, upload: Upload) -> UUID:
    """Note down an import; BadInput where mapping and file do not fit, Forbidden without the rights on its object."""
    if len(upload.text) > MAX_BYTES:
        raise TooLarge(f"The file is larger than {MAX_BYTES:,} characters.", remedy="Split it into several.")
    mapping = upload.mapping.model_dump(mode="json", exclude_defaults=True)
    for place, text in (
        ("csv", upload.text),
        ("fileName", upload.file_name),
        ("mapping", json.dumps(mapping, ensure_ascii=False)),
    ):
        _check_characters(place, text)
    made = arranged(upload.mapping, upload.text)
    name = importable(scope, made.plan.one.name).name
    if upload.dry_run and len(made.lines) > MAX_DRY_ROWS:
        raise BadInput(
            f"A dry run takes at most {MAX_DRY_ROWS:,} rows, this file has {len(made.lines):,}.",
            remedy="Try it with a part of the file.",
            path=("dryRun",),
        )
    run_id = ids.new_id(ids.IMPORT_RUN)
    scope.session.execute(
        sa.insert(import_run).values(
            id=run_id,
            object=name,
            file_name=upload.file_name[:255],
            mapping=mapping,
            content=upload.text,
            is_dry_run=upload.dry_run,
            state=RunState.QUEUED,
            counts=Counts(rows=len(made.lines), at=clock.now().isoformat()).as_json(),
            created_by=scope.actor_id,
            created_at=scope.now,
        )
    )
    keep(scope.tenant.id, run_id, made)
    return run_id


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


def _check_characters(place: str, text: str) -> None:
    """Refuse what Postgres cannot keep; a NUL inside the file has a message of its own, with its line."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput(f"{place} holds half a character (a lone surrogate).", path=(place,)) from None
    if place != "csv" and ("\0" in text or "\\u0000" in text):
        raise BadInput(f"{place} holds a NUL character.", path=(place,))


def go_on(scope: Scope, run_id: UUID, *, keeps_refused: bool = False) -> Counts | None:
    """Deal with the next chunk in this transaction; None when there is nothing left to do.

    With `keeps_refused` the end leaves a file of the rows that were refused.
    """
    columns = [column for column in import_run.c if column.name != "content"]
    query = sa.select(*columns).where(import_run.c.id == run_id, import_run.c.state.in_(OPEN))
    found = scope.session.execute(query).one_or_none()
    if found is None:
        return None
    rows = _arranged(scope, found)
    if found.is_dry_run:
        _try_all(scope, found, rows, keeps_refused=keeps_refused)
        return None
    run = scope.session.execute(query.with_for_update()).one_or_none()
    if run is None:
        return None
    counts = Counts(**run.counts)
    lines = rows.lines[counts.done : counts.done + CHUNK]
    done = write_chunk(scope, rows.plan, _of_one_level(lines))
    note_made(scope, run.id, counts.done, done)
    return _note(scope, run, counts, done, keeps_refused=keeps_refused)


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
        return
    counts = Counts(**run.counts)
    stays = "nothing was written" if run.is_dry_run or not counts.done else "what is in stays"
    reason = f"{why} after {counts.done:,} of {counts.rows:,} rows; {stays}."
    _end(scope, run_id, replace(counts, reason=reason), state)


def perform(
    tenant: Tenant, actor_id: UUID | None, run_id: UUID, progress: Callable[[Counts], None] | None = None
) -> None:
    """Do an import from where it is to its end in this process, without a worker."""
    try:
        while True:
            with open_scope(tenant, actor_id, write=True, request_id=str(run_id)) as scope:
                counts = go_on(scope, run_id)
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


def _arranged(scope: Scope, run: Any) -> Arranged:
    made = kept(scope.tenant.id, run.id)
    if made is None:
        text = scope.session.execute(sa.select(import_run.c.content).where(import_run.c.id == run.id)).scalar_one()
        made = arranged(Mapping.model_validate(run.mapping), text)
        keep(scope.tenant.id, run.id, made)
    return made


def _of_one_level(lines: tuple[Any, ...]) -> tuple[Any, ...]:
    """Only rows that cannot refer to each other are written together."""
    return tuple(line for line in lines if line.level == lines[0].level)


def _try_all(scope: Scope, run: Any, rows: Arranged, *, keeps_refused: bool) -> None:
    """Every chunk in one savepoint that is rolled back: later rows find the earlier ones, and nothing stays."""
    run_id, counts = run.id, Counts(rows=len(rows.lines))
    issues: list[dict[str, Any]] = []
    state = sa.select(import_run.c.state).where(import_run.c.id == run_id)
    trial = Savepoint(scope.session)
    while counts.done < counts.rows:
        if scope.session.execute(state).scalar_one() not in OPEN:
            break
        lines = rows.lines[counts.done : counts.done + CHUNK]
        done = write_chunk(scope, rows.plan, _of_one_level(lines))
        issues += _issue_rows(run_id, done)
        counts = counts.after(done, clock.now().isoformat())
        scope.session.expunge_all()
    trial.undo()
    _keep_issues(scope, issues)
    refused = _kept_refused(scope, run) if keeps_refused and counts.refused else None
    if not _end(scope, run_id, counts, RunState.DONE, refused):  # called off meanwhile
        scope.session.execute(sa.delete(import_issue).where(import_issue.c.run_id == run_id))


def _note(scope: Scope, run: Any, before: Counts, done: list[Row], *, keeps_refused: bool) -> Counts | None:
    _keep_issues(scope, _issue_rows(run.id, done))
    counts = before.after(done, clock.now().isoformat())
    if counts.done >= counts.rows:
        refused = _kept_refused(scope, run) if keeps_refused and counts.refused else None
        _end(scope, run.id, counts, RunState.DONE, refused)
        return None
    values = {"counts": counts.as_json(), "state": RunState.RUNNING}
    scope.session.execute(sa.update(import_run).where(import_run.c.id == run.id).values(**values))
    return counts


def _kept_refused(scope: Scope, run: Any) -> UUID | None:
    """The file of the rows that were refused; None where the store does not take it, for the import is done."""
    issue = import_issue.c
    errors = sa.select(issue.line, issue.message).where(issue.run_id == run.id, issue.severity == Severity.ERROR.value)
    refusals = [(line, message) for line, message in scope.session.execute(errors.order_by(issue.line, issue.number))]
    text = scope.session.execute(sa.select(import_run.c.content).where(import_run.c.id == run.id)).scalar_one()
    sheet = read_sheet(text, Mapping.model_validate(run.mapping).delimiter)
    return keep_refused(scope, run.file_name, refused_rows(sheet, refusals))


def _end(scope: Scope, run_id: UUID, counts: Counts, state: RunState, refused: UUID | None = None) -> bool:
    """Write down the end; the file itself, which may hold personal data, is not kept any longer."""
    values = {"counts": counts.as_json(), "state": state, "content": "", "finished_at": clock.now()}
    values["refused_file_id"] = refused
    open_ = (import_run.c.id == run_id, import_run.c.state.in_(OPEN))
    ended = sa.update(import_run).where(*open_).values(**values).returning(import_run.c.id)
    drop(scope.tenant.id, run_id)
    return scope.session.execute(ended).scalar_one_or_none() is not None


def _issue_rows(run_id: UUID, rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run_id,
            "line": row.line.number,
            "number": number,
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
