"""Jobs as the API tells them."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from saas.engine.export.wish import Language
from saas.engine.job_sight import SeenJob
from saas.engine.job_words import task_label
from saas.kit import ids
from saas.schema.handmade import Problem, described_enum


class JobState(Enum):
    """How a job stands, also once it is no longer there."""

    QUEUED = "queued"
    RUNNING = "running"
    DEAD = "dead"
    DONE = "done"


described_enum(
    JobState,
    "JobState",
    "How a job stands.",
    {
        "QUEUED": "It waits for its time, for a worker, or for its next attempt.",
        "RUNNING": "A worker is at it.",
        "DEAD": "It failed for good; it can be tried again, or dropped.",
        "DONE": "It is no longer there: it ended, or was called off or dropped. Told by `jobChanged` only.",
    },
)
InLanguage = Annotated[Language | None, strawberry.argument(description="In which language; the company's if absent.")]


@strawberry.type(description="How far a job is, where it tells that.")
class JobProgress:
    done: int = strawberry.field(description="How much is done, in its own units: rows, records.")
    total: int | None = strawberry.field(description="How much there is to do; null: that shows at the end.")
    percent: float | None = strawberry.field(description="The part that is done, 0 to 100; null without `total`.")


def _label(self: "Job", info: Info, language: InLanguage = None) -> str | None:
    return task_label(self.task or "").in_language(language or info.context.scope.tenant.language)


@strawberry.type(description="Something that is done later; what ended well is no longer there.")
class Job:
    id: strawberry.ID = strawberry.field(description="Its id.")
    task: str | None = strawberry.field(description="What is done, for programs, such as `import_run_perform`.")
    label: str | None = strawberry.field(resolver=_label, description="What is done, for people.")
    state: JobState | None = strawberry.field(description="How it stands.")
    progress: JobProgress | None = strawberry.field(description="How far it is; null where it does not tell.")
    attempts: int | None = strawberry.field(description="How often it was begun.")
    max_attempts: int | None = strawberry.field(description="After how many failures it is dead.")
    created_at: datetime | None = strawberry.field(description="When it was asked for.")
    run_at: datetime | None = strawberry.field(description="When it is to begin, or to be tried again.")
    cancelling: bool | None = strawberry.field(description="Whether it was called off, and is about to end.")
    dead_at: datetime | None = strawberry.field(description="Since when it is dead.")
    last_error: str | None = strawberry.field(
        description="Why the last attempt failed: a class and a sentence, never what is written in a record."
    )
    asked_by_id: strawberry.ID | None = strawberry.field(
        description="The employee who asked for it, or whose change it follows; null: the company itself."
    )
    import_run_id: strawberry.ID | None = strawberry.field(description="The import that it does, or takes back.")
    export_run_id: strawberry.ID | None = strawberry.field(description="The export that it does.")
    can_manage: bool | None = strawberry.field(description="Whether you may call it off, try it again, drop it.")


@strawberry.type(description="What became of the wish to call a job off, to try it again, or to drop it.")
class JobPayload:
    id: strawberry.ID | None = strawberry.field(description="The job; null if and only if nothing was done.")
    job: Job | None = strawberry.field(description="The job since; null where it is no longer there.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


def job_told(job: SeenJob) -> Job:
    """The job as the API tells it."""
    status = job.status
    code = None if job.run_id is None else ids.code_of(job.run_id)
    run_id = None if job.run_id is None else strawberry.ID(str(job.run_id))
    return Job(
        id=strawberry.ID(str(status.id)),
        task=status.task,
        state=JobState[status.state.name],
        progress=progress_told(status.progress),
        attempts=status.attempts,
        max_attempts=status.max_attempts,
        created_at=status.created_at,
        run_at=status.run_at,
        cancelling=status.cancelling,
        dead_at=status.dead_at,
        last_error=status.last_error,
        asked_by_id=None if status.actor_id is None else strawberry.ID(str(status.actor_id)),
        import_run_id=run_id if code == ids.IMPORT_RUN else None,
        export_run_id=run_id if code == ids.EXPORT_RUN else None,
        can_manage=job.can_manage,
    )


def progress_told(progress: dict[str, Any]) -> JobProgress | None:
    """What a job says of its progress, as far as people are told that."""
    done, total = progress.get("done"), progress.get("total")
    if not isinstance(done, int):
        return None
    if not isinstance(total, int):
        return JobProgress(done=done, total=None, percent=None)
    percent = 100.0 if total <= 0 else round(min(100.0, 100.0 * done / total), 1)
    return JobProgress(done=done, total=total, percent=percent)
