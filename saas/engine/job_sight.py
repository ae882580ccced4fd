"""Jobs as people see them: those that they asked for; with the right `job.read` all of the company's.

What somebody asked for themselves and takes long (an import, an export) they may call off, try again and drop. What
only follows from a change of theirs is no matter of theirs to stop: that needs the right `job.manage`, as does
everything that an app does in their name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.areas import area
from saas.engine.field import Label
from saas.engine.job_standing import JobState, JobStatus, is_in, standing
from saas.engine.jobs import JobKind, job_cancel, job_drop, job_retry, job_table
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.read.listing import Page, Paged
from saas.engine.read.order import Term
from saas.engine.read.request import DEFAULT_COUNT, PageRequest
from saas.engine.scope import Scope
from saas.engine.selection import Picked
from saas.kit import ids
from saas.kit.errors import Forbidden

JOBS = area(
    "job",
    Label("Jobs", "任务"),
    ("read", "manage"),
    "What the company has done later: seeing all of it; calling it off, trying it again, dropping it.",
)
CONNECTION = "JobConnection"
_NOT_CALLED_OFF = (
    "It cannot be called off: it is being done at this moment, is dead, or comes again by itself for as long as what"
    " it does is wanted."
)


@dataclass(frozen=True, slots=True)
class SeenJob:
    """A job in sight; `run_id` is the import or export that it does."""

    status: JobStatus
    run_id: UUID | None
    can_manage: bool


@dataclass(slots=True)
class WantedJobs:
    """A list of jobs as it was asked for."""

    request: PageRequest
    state: JobState | None = None
    task: str | None = None
    is_read: bool = False
    counts: set[int] = field(default_factory=set)

    def add(self, picked: Iterable[Picked]) -> "WantedJobs":
        for one in picked:
            self.is_read = self.is_read or one.name in ("nodes", "edges", "pageInfo")
            if one.name == "totalCount":
                most = one.arguments(CONNECTION).get("max")
                self.counts.add(DEFAULT_COUNT if most is None else most)
        return self


class _Listing(Paged):
    type_name = "Job"

    def __init__(self, scope: Scope, asked: WantedJobs) -> None:
        super().__init__(scope, asked.request)
        self.table = job_table
        self.order = [Term("id", job_table.c.id, descending=True)]
        self.conditions = [in_sight(scope)]
        if asked.state is not None:
            self.conditions.append(is_in(asked.state))
        if asked.task is not None:
            self.conditions.append(job_table.c.task == asked.task)
        self.signature = f"jobs:{asked.state}:{asked.task}"
        self.bounds = self.find_bounds()


def in_sight(scope: Scope) -> sa.ColumnElement[bool]:
    """The jobs that the actor sees."""
    of_tenant = job_table.c.tenant_id == scope.tenant.id  # an index; whose rows they are the database knows as well
    return of_tenant if scope.profile.may("job.read") else sa.and_(of_tenant, asked_by(scope))


def asked_by(scope: Scope) -> sa.ColumnElement[bool]:
    """The jobs that the actor asked for."""
    return job_table.c.actor_id == scope.actor_id


def read_jobs(scope: Scope, asked: WantedJobs) -> Page:
    """A page of the jobs in sight, the newest first; BadInput for a cursor of another list."""
    listing = _Listing(scope, asked)
    found = None
    if asked.counts:
        rows = listing.counted(max(asked.counts)).subquery()
        found = scope.session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()
    if not asked.is_read:
        return Page(asked.request, found=found)
    jobs = scope.session.execute(listing.page(list(job_table.c))).all()
    page = listing.page_from([{"_key0": row.id, "row": row} for row in jobs], found)
    told = [seen(scope, node["row"]) for node in page.nodes]
    return Page(page.request, told, page.cursors, page.has_next, page.has_previous, page.found)


def job_seen(scope: Scope, job_id: UUID) -> SeenJob | None:
    """The job, or None where there is none in sight: it may have ended."""
    row = _row(scope, job_id)
    return None if row is None else seen(scope, row)


def seen(scope: Scope, row: sa.Row[Any]) -> SeenJob:
    """The job of a row in sight."""
    given = row.payload.get("run_id")
    return SeenJob(standing(row), None if given is None else ids.parse_id(given), _can_manage(scope, row))


def cancel_seen(scope: Scope, job_id: UUID) -> Problem | None:
    """Call a job off; why not, where it cannot be. Forbidden without the right."""
    return _managed(scope, job_id, job_cancel, _NOT_CALLED_OFF)


def retry_seen(scope: Scope, job_id: UUID) -> Problem | None:
    """Have a dead job tried again, likewise."""
    return _managed(scope, job_id, job_retry, "It is not dead: there is nothing to try again.")


def drop_seen(scope: Scope, job_id: UUID) -> Problem | None:
    """Take a dead job away, likewise: it is never done."""
    return _managed(scope, job_id, job_drop, "It is not dead: it can be called off.")


def _managed(scope: Scope, job_id: UUID, do: Callable[[Session, UUID], bool], why_not: str) -> Problem | None:
    row = _row(scope, job_id)
    if row is None:
        return not_found("There is no such job in your sight; it may have ended.", "id")
    if not _can_manage(scope, row):
        if _is_own(scope, row):
            raise Forbidden(
                "An app decides about its person's jobs by the right job.manage only.",
                remedy="The person needs the right, and the app the scope job:manage; or the person does it.",
            )
        scope.need("job.manage")
    return None if do(scope.session, job_id) else Problem(ProblemCode.WRONG_STATE, why_not, ("id",))


def _row(scope: Scope, job_id: UUID) -> sa.Row[Any] | None:
    return scope.session.execute(sa.select(job_table).where(job_table.c.id == job_id, in_sight(scope))).one_or_none()


def _can_manage(scope: Scope, row: sa.Row[Any]) -> bool:
    own = _is_own(scope, row) and scope.via.scopes is None  # the person themselves, and not an app in their name
    return own or scope.profile.may("job.manage")


def _is_own(scope: Scope, row: sa.Row[Any]) -> bool:
    return bool(row.actor_id == scope.actor_id and row.kind == JobKind.LONG)
