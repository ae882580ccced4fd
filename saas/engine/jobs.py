"""Work for later, written in the same transaction as the change that asks for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Session

from saas.engine.job_registry import ATOMIC, IDS, LONG, MOST_IDS, Job, JobKind, Step, job, job_named, job_queues
from saas.gateways.doorbell import doorbell
from saas.kit import ids as kit_ids
from saas.kit.errors import BadInput, Conflict
from saas.tenants.waiting import wait

job_table = sa.Table(
    "job",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("tenant_id", sa.Uuid()),
    sa.Column("tenant_role", sa.Text(), server_default=sa.text("current_user")),
    sa.Column("queue", sa.Text()),
    sa.Column("kind", sa.Text()),
    sa.Column("task", sa.Text()),
    sa.Column("payload", pg.JSONB()),
    sa.Column("key", sa.Text()),
    sa.Column("actor_id", sa.Uuid()),
    sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("attempts", sa.Integer(), server_default="0"),
    sa.Column("max_attempts", sa.Integer()),
    sa.Column("lease_until", sa.DateTime(timezone=True)),
    sa.Column("holder", sa.Text()),
    sa.Column("dead_at", sa.DateTime(timezone=True)),
    sa.Column("last_error", sa.Text()),
    sa.Column("checkpoint", pg.JSONB(none_as_null=True)),
    sa.Column("progress", pg.JSONB(none_as_null=True)),
    sa.Column("cancel_at", sa.DateTime(timezone=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("trace", sa.Text()),
    schema="platform",
)

_ALONE = """
    INSERT INTO platform.job (id, tenant_id, queue, kind, task, payload, actor_id, max_attempts, trace, run_at)
    VALUES (
        %(id)s, %(tenant_id)s, %(queue)s, %(kind)s, %(task)s, %(payload)s::jsonb, %(actor_id)s, %(max_attempts)s,
        %(trace)s, COALESCE(%(run_at)s, now())
    )"""
_TO_RING = "atrium_doorbell"
_SCOPES = "@scopes"  # no name of an argument


class JobState(StrEnum):
    """What a person is told of a job; a job that ended well is no longer there."""

    QUEUED = "queued"
    RUNNING = "running"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as its tenant sees it."""

    id: UUID
    task: str
    state: JobState
    run_at: datetime
    attempts: int
    progress: dict[str, Any]
    cancelling: bool
    last_error: str | None


def enqueue(
    session: Session,
    tenant_id: UUID,
    job: Job[Any],
    *,
    actor_id: UUID | None = None,
    key: str | None = None,
    run_at: datetime | None = None,
    trace: str | None = None,
    scopes: frozenset[str] | None = None,
    **ids: Any,
) -> UUID:
    """Write the job beside the business change; a second one with the same key is the first one.

    What an app asked for is done with no more than its `scopes` allow.
    """
    payload = _payload(job, ids)
    if scopes is not None:
        payload[_SCOPES] = " ".join(sorted(scopes))
    row: dict[str, Any] = {
        "id": kit_ids.new_id(kit_ids.JOB),
        "tenant_id": tenant_id,
        "queue": job.queue,
        "kind": job.kind.value,
        "task": job.name,
        "payload": payload,
        "key": key,
        "actor_id": actor_id,
        "max_attempts": job.attempts,
        "trace": trace,
        "run_at": run_at,
    }
    id_ = _insert(session, row)
    _ring_after_commit(session)
    return id_


def _insert(session: Session, row: dict[str, Any]) -> UUID:
    if row["key"] is None:  # nothing to be in its way
        wait(session, _ALONE, row | {"payload": orjson.dumps(row["payload"]).decode()})
        return cast("UUID", row["id"])
    insert = pg.insert(job_table).values({name: value for name, value in row.items() if value is not None})
    insert = insert.on_conflict_do_nothing(index_elements=["tenant_id", "key"])
    same_key = sa.select(job_table.c.id).where(job_table.c.tenant_id == row["tenant_id"], job_table.c.key == row["key"])
    for _ in range(3):  # the twin may end between the two statements; then there is room for ours
        id_: UUID | None = session.execute(insert.returning(job_table.c.id)).scalar_one_or_none()
        id_ = id_ or session.execute(same_key).scalar_one_or_none()
        if id_ is not None:
            return id_
    raise Conflict(f"Job {row['task']}: the key {row['key']!r} is taken and let go again and again.")


def _payload(job: Job[Any], ids: dict[str, Any]) -> dict[str, Any]:
    """The ids as JSON; anything but ids is refused, because a row may have changed when the job runs."""
    unknown, missing = ids.keys() - job.ids.keys(), job.ids.keys() - ids.keys() - job.optional
    if unknown or missing:
        raise BadInput(
            f"Job {job.name}: {', '.join(sorted(unknown | missing))} {'is unknown' if unknown else 'is missing'}.",
            remedy=f"It takes {', '.join(job.ids) or 'no ids'}.",
        )
    for name, value in ids.items():
        if type(value) not in job.ids[name] and not (IDS in job.ids[name] and _are_ids(value)):
            raise BadInput(f"Job {job.name}: {name} is a {type(value).__name__}.", remedy="Hand over its id.")
    return {name: _plain(value) for name, value in ids.items()}


def _are_ids(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) <= MOST_IDS and all(type(each) is UUID for each in value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return str(value) if isinstance(value, UUID) else value


def arguments(job: Job[Any], payload: dict[str, Any]) -> dict[str, Any]:
    """The ids of a payload as the function wants them; what this release no longer takes is left out."""
    return {name: _typed(value, job.ids[name]) for name, value in payload.items() if name in job.ids}


def _typed(value: Any, types: tuple[Any, ...]) -> Any:
    if isinstance(value, list):
        return tuple(UUID(each) for each in value)
    return UUID(value) if isinstance(value, str) and UUID in types else value


def scopes_of(payload: dict[str, Any]) -> frozenset[str] | None:
    """The scopes by which the job is bound; None: by nothing but its actor's rights."""
    told = payload.get(_SCOPES)
    return None if told is None else frozenset(str(told).split())


def _ring_after_commit(session: Session) -> None:
    """Wake the dispatchers once per transaction, and only when the rows can be seen."""
    if _TO_RING not in session.info:
        event.listen(session, "after_commit", _ring)
    session.info[_TO_RING] = True


def _ring(session: Session) -> None:
    if session.info[_TO_RING] and not session.in_nested_transaction():  # the end of a savepoint is told as a commit too
        session.info[_TO_RING] = False
        doorbell().ring()


def job_status(session: Session, job_id: UUID) -> JobStatus | None:
    """How a job stands, or None where it is done, was never written or belongs to another tenant."""
    row = session.execute(sa.select(job_table).where(job_table.c.id == job_id)).one_or_none()
    if row is None:
        return None
    waiting = JobState.QUEUED if row.holder is None else JobState.RUNNING
    return JobStatus(
        id=row.id,
        task=row.task,
        state=waiting if row.dead_at is None else JobState.DEAD,
        run_at=row.run_at,
        attempts=row.attempts,
        progress=row.progress or {},
        cancelling=row.cancel_at is not None,
        last_error=row.last_error,
    )


def job_cancel(session: Session, job_id: UUID) -> bool:
    """Call a job off: an atomic one that waits is taken away, a long one is told between two chunks.

    False: there is nothing to call off, or an atomic job is being done at this moment.
    """
    found = sa.select(job_table.c.kind).where(job_table.c.id == job_id, job_table.c.dead_at.is_(None))
    kind = session.execute(found).scalar_one_or_none()
    if kind == JobKind.ATOMIC:
        idle = sa.select(job_table.c.id).where(job_table.c.id == job_id).with_for_update(skip_locked=True)
        stop: sa.Delete | sa.Update = sa.delete(job_table).where(job_table.c.id.in_(idle.scalar_subquery()))
    else:
        stop = sa.update(job_table).values(cancel_at=sa.func.coalesce(job_table.c.cancel_at, sa.func.now()))
        stop = stop.where(job_table.c.id == job_id, job_table.c.dead_at.is_(None))
    told = session.execute(stop.returning(job_table.c.id)).scalar_one_or_none() is not None
    if told and kind == JobKind.LONG:
        _ring_after_commit(session)
    return told


__all__ = [
    "ATOMIC",
    "LONG",
    "Job",
    "JobKind",
    "JobState",
    "JobStatus",
    "Step",
    "arguments",
    "enqueue",
    "job",
    "job_cancel",
    "job_named",
    "job_queues",
    "job_status",
    "job_table",
    "scopes_of",
]
