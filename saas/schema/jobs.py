"""Jobs in the API: one of them, calling it off, trying it again, dropping it."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.job_sight import cancel_seen, drop_seen, job_seen, retry_seen
from saas.engine.problem import Problem as EngineProblem
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.schema.job_types import Job, JobPayload, job_told
from saas.schema.operation import Operation
from saas.schema.sharing import done

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of a job in your sight.")]


def _job(info: Info, id: Id) -> Job | None:
    found = job_seen(info.context.scope, ids.parse_id(id))
    return None if found is None else job_told(found)


def _cancel(info: Info, id: Id) -> JobPayload | None:
    return _payload(info, id, cancel_seen)


def _retry(info: Info, id: Id) -> JobPayload | None:
    return _payload(info, id, retry_seen)


def _drop(info: Info, id: Id) -> JobPayload | None:
    return _payload(info, id, drop_seen)


def _payload(info: Info, id: str, do: Callable[[Scope, UUID], EngineProblem | None]) -> JobPayload:
    def work(operation: Operation) -> list[Outcome]:
        job_id = ids.parse_id(id)
        problem = do(operation.scope, job_id)
        return [Outcome(id=job_id, changed=True) if problem is None else Outcome(problems=[problem])]

    id_, problems = done(info, work)
    return JobPayload(id=id_, job=None if id_ is None else _job(info, id_), problems=problems)


@strawberry.type(description="Looking at a job.")
class JobQuery:
    job: Job | None = strawberry.field(
        resolver=_job, description="A job that you asked for, or any with the right job.read; null once it has ended."
    )


@strawberry.type(description="Managing jobs.")
class JobMutation:
    job_cancel: JobPayload | None = strawberry.mutation(
        resolver=_cancel,
        description="Call a job off: one that waits is taken away, one that takes long ends soon. Of your own those"
        " that take long; others need the right job.manage.",
    )
    job_retry: JobPayload | None = strawberry.mutation(
        resolver=_retry, description="Have a dead job tried again, with all its attempts; rights as for jobCancel."
    )
    job_drop: JobPayload | None = strawberry.mutation(
        resolver=_drop,
        description="Take a dead job away: it is never done, but one that takes long writes its end. Rights as for"
        " jobCancel.",
    )
