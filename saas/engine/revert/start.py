"""Whether an import can be taken back, and the row with which that begins."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.tables import SYSTEM_PRINCIPAL
from saas.engine.events import emit
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.revert.counts import RevertCounts
from saas.engine.revert.tables import import_revert
from saas.engine.run_events import ImportRunRevertFinished
from saas.engine.scope import Scope
from saas.engine.transfer.counts import Counts
from saas.engine.transfer.made import import_record
from saas.engine.transfer.report import lost, lost_import
from saas.engine.transfer.run import MAX_DRY_ROWS, OPEN, RunState, end_early
from saas.engine.transfer.tables import import_run
from saas.kit import clock
from saas.kit.errors import BadInput, Forbidden


class RevertState(StrEnum):
    """How a revert stands; one that is done may have left records as they are."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_REVERT = (RevertState.QUEUED, RevertState.RUNNING)


@dataclass(frozen=True, slots=True)
class Revert:
    """One time that an import is taken back."""

    run_id: UUID
    number: int

    def is_it(self) -> sa.ColumnElement[bool]:
        """The row of it."""
        return sa.and_(import_revert.c.run_id == self.run_id, import_revert.c.number == self.number)

    def is_open(self) -> sa.ColumnElement[bool]:
        """The row of it while it has not ended."""
        return sa.and_(self.is_it(), import_revert.c.state.in_(OPEN_REVERT))


def whose(scope: Scope) -> sa.ColumnElement[bool]:
    """The imports that the actor may take back: their own; the tenant's own identity any."""
    return sa.true() if scope.actor_id == SYSTEM_PRINCIPAL else import_run.c.created_by == scope.actor_id


def start(scope: Scope, run_id: UUID, *, dry_run: bool = False, by_command: bool = False) -> Revert | Problem:
    """Note down that an import is to be taken back, or tell why it cannot be.

    Forbidden without the right to see the records and to delete or update them.
    by_command  what a command began, which was killed perhaps, is gone on with: its chunks can be done by several
    """
    asked = sa.select(import_run).where(import_run.c.id == run_id, whose(scope)).with_for_update()
    run = scope.session.execute(asked).one_or_none()
    if run is None:
        return not_found("You have no import with this id.", "id")
    scope.need(f"{run.object}.read")
    if not scope.profile.may(f"{run.object}.delete") and not scope.profile.may(f"{run.object}.update"):
        raise Forbidden(
            f"You need the right {run.object}.delete or {run.object}.update.", remedy="An administrator can grant it."
        )
    problem = _import_problem(scope, run)
    found = problem or _under_way(scope, run_id, by_command=by_command and not dry_run)
    if found is not None:
        return found
    wrote, left = _noted(scope, run_id)
    if not left:
        return _nothing_left(Counts(**run.counts), wrote)
    if dry_run and left > MAX_DRY_ROWS:
        raise BadInput(
            f"A dry run looks at {MAX_DRY_ROWS:,} records at most, this import wrote {left:,}.",
            remedy="Take it back: what has moved on stays, and what is in the trash can be restored.",
            path=("dryRun",),
        )
    return _noted_down(scope, run_id, left, dry_run=dry_run)


def _wrong_state(message: str) -> Problem:
    return Problem(ProblemCode.WRONG_STATE, message, ("id",))


def _import_problem(scope: Scope, run: Any) -> Problem | None:
    """Why there is nothing to take back, or not yet; an import that nobody goes on with ends here."""
    if run.is_dry_run:
        return _wrong_state("This import was a dry run: it wrote nothing.")
    if run.state not in OPEN:
        return None
    if not lost_import(scope, run, Counts(**run.counts)):
        return _wrong_state("The import is still going on: wait until it ends, or call it off first.")
    end_early(scope, run.id, RunState.FAILED, "Given up, to be taken back,")
    return None


def _under_way(scope: Scope, run_id: UUID, *, by_command: bool) -> Revert | Problem | None:
    """The revert to go on with, or why none can begin: somebody is at it. A dry run is not in the way.

    One that nobody goes on with ends here.
    """
    column = import_revert.c
    asked = sa.select(import_revert).where(column.run_id == run_id, column.state.in_(OPEN_REVERT), ~column.is_dry_run)
    row = scope.session.execute(asked.with_for_update()).one_or_none()
    if row is None:
        return None
    revert = Revert(run_id, row.number)
    if by_command and row.job_id is None and row.created_by == scope.actor_id:
        return revert
    reason = lost_revert(scope, row)
    if not reason:
        return _wrong_state("The import is being taken back already.")
    end(scope, revert, RevertState.FAILED, reason)
    return None


def lost_revert(scope: Scope, row: Any) -> str:
    """Why nobody goes on with a revert that has not ended; empty where somebody does."""
    told = "The command that did it ended before it was done; started again, it takes back the rest."
    return lost(scope, row.job_id, row.counts["at"], told)


def _noted(scope: Scope, run_id: UUID) -> tuple[int, int]:
    """How many records the import noted down, and how many of them are not taken back."""
    left = sa.func.count().filter(import_record.c.reverted_by.is_(None))
    row = scope.session.execute(sa.select(sa.func.count(), left).where(import_record.c.run_id == run_id)).one()
    return row[0], row[1]


def _nothing_left(counts: Counts, wrote: int) -> Problem:
    if wrote:
        return _wrong_state("All that the import wrote was taken back already.")
    if counts.created + counts.updated:
        return _wrong_state("The import is older than imports that can be taken back: nobody noted what it wrote.")
    return _wrong_state("The import wrote nothing.")


def _noted_down(scope: Scope, run_id: UUID, records: int, *, dry_run: bool) -> Revert:
    last = sa.select(sa.func.coalesce(sa.func.max(import_revert.c.number), 0)).where(import_revert.c.run_id == run_id)
    made = Revert(run_id, scope.session.execute(last).scalar_one() + 1)
    scope.session.execute(
        sa.insert(import_revert).values(
            run_id=made.run_id,
            number=made.number,
            is_dry_run=dry_run,
            state=RevertState.QUEUED,
            counts=RevertCounts(records=records, at=clock.now().isoformat()).as_json(),
            created_by=scope.actor_id,
            created_at=scope.now,
        )
    )
    return made


def end(
    scope: Scope, revert: Revert, state: RevertState, reason: str | None = None, counts: RevertCounts | None = None
) -> bool:
    """Write down the end; False where it had ended before."""
    values: dict[str, Any] = {"state": state, "reason": reason, "finished_at": clock.now()}
    if counts is not None:
        values["counts"] = counts.as_json()
    ended = sa.update(import_revert).where(revert.is_open()).values(**values).returning(import_revert.c.created_by)
    started_by = scope.session.execute(ended).scalar_one_or_none()
    if started_by is None:
        return False
    emit(scope, ImportRunRevertFinished(run_id=revert.run_id, started_by=started_by, state=state.value))
    return True


def end_revert_early(scope: Scope, revert: Revert, state: RevertState, why: str) -> None:
    """Write down that a revert ended before it came to all records, and how far it came."""
    asked = sa.select(import_revert).where(revert.is_open()).with_for_update()
    row = scope.session.execute(asked).one_or_none()
    if row is None:
        return
    counts = RevertCounts(**row.counts)
    stays = "nothing was written" if row.is_dry_run or not counts.done else "what is taken back stays so"
    end(scope, revert, state, f"{why} after {counts.done:,} of {counts.records:,} records; {stays}.")
