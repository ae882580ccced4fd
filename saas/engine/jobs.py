"""Work for later, written in the same transaction as the change that asks for it."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Session

from saas.engine.job_declaring import job
from saas.engine.job_registry import (
    ATOMIC,
    IDS,
    LONG,
    MOST_IDS,
    OUTSIDE,
    QUEUES,
    Again,
    Job,
    JobKind,
    NotDone,
    Step,
    job_named,
)
from saas.engine.job_standing import JobState, JobStatus, job_list, job_status
from saas.engine.job_table import comes_again, job_table
from saas.gateways.doorbell import doorbell
from saas.kit import ids as kit_ids
from saas.kit import trace as traces
from saas.kit.errors import BadInput, Conflict
from saas.tenants.waiting import wait

_ALONE = """
    INSERT INTO platform.job (
        id, tenant_id, queue, kind, task, payload, actor_id, max_attempts, trace, traceparent, run_at, ripe
    ) VALUES (
        %(id)s, %(tenant_id)s, %(queue)s, %(kind)s, %(task)s, %(payload)s::jsonb, %(actor_id)s, %(max_attempts)s,
        %(trace)s, %(traceparent)s, COALESCE(%(run_at)s, now()), %(ripe)s
    )"""
_KEPT = (  # of a job that begins anew
    "id", "tenant_id", "queue", "kind", "task", "payload", "key", "actor_id", "max_attempts", "last_error",
    "checkpoint", "progress", "created_at", "trace", "traceparent",
)  # fmt: skip
_ROUNDS = 8  # each behind another one that is at work
_TO_RING = "atrium_doorbell"
_SCOPES = "@scopes"  # no name of an argument


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
    """Write the job beside the business change; a second one with the same key is the first one, unless that is begun.

    An atomic job that is being done may not see this change any more, so one more is queued behind it, once.
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
        "traceparent": None,
        "run_at": run_at,
        "ripe": run_at is None,
    }
    with traces.span("enqueue", traces.Kind.PRODUCER, task=job.name, queue=job.queue, job=str(row["id"])):
        if trace is not None:  # what nobody asked for, such as what comes again every night, is no part of a request
            row["traceparent"] = traces.traceparent()
        id_ = _insert(session, row)
    ring_after_commit(session)
    return id_


def _insert(session: Session, row: dict[str, Any]) -> UUID:
    if row["key"] is None:  # nothing to be in its way
        wait(session, _ALONE, row | {"payload": orjson.dumps(row["payload"]).decode()})
        return cast("UUID", row["id"])
    for _ in range(_ROUNDS):  # the twin may end between two statements; then there is room for ours
        insert = pg.insert(job_table).values({name: value for name, value in row.items() if value is not None})
        insert = insert.on_conflict_do_nothing(index_elements=["tenant_id", "key"])
        id_: UUID | None = session.execute(insert.returning(job_table.c.id)).scalar_one_or_none()
        id_ = id_ or _waiting(session, row)
        if id_ is not None:
            return id_
        at_work = session.execute(_same_key(row)).scalar_one_or_none()
        if at_work is not None:  # what it has read may be older than what this transaction writes
            row |= {"key": f"{row['key']}:after:{at_work}"}
    raise Conflict(f"Job {row['task']}: the key {row['key']!r} is taken and let go again and again.")


def _same_key(row: dict[str, Any]) -> sa.Select[Any]:
    columns = job_table.c
    return sa.select(columns.id).where(columns.tenant_id == row["tenant_id"], columns.key == row["key"])


def _waiting(session: Session, row: dict[str, Any]) -> UUID | None:
    """The job with this key that does what is asked for: one that begins when this transaction has ended.

    Its row is kept from beginning until then; nobody waits for that, and it is begun a moment later. Of a call or a
    long job the key names what is done, so that one at work is as good; what comes again by itself has a next time.
    """
    twin = _same_key(row)
    if row["kind"] == JobKind.ATOMIC.value and not comes_again(row["key"]):
        is_idle = sa.or_(job_table.c.holder.is_(None), job_table.c.dead_at.is_not(None))
        twin = twin.where(is_idle).with_for_update(read=True, key_share=True, skip_locked=True)
    return session.execute(twin).scalar_one_or_none()


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


def ring_after_commit(session: Session) -> None:
    """Wake the dispatchers once per transaction, and only when the rows can be seen."""
    if _TO_RING not in session.info:
        event.listen(session, "after_commit", _ring)
    session.info[_TO_RING] = True


def _ring(session: Session) -> None:
    if session.info[_TO_RING] and not session.in_nested_transaction():  # the end of a savepoint is told as a commit too
        session.info[_TO_RING] = False
        doorbell().ring()


def job_cancel(session: Session, job_id: UUID) -> bool:
    """Call a job off: one that waits is taken away, a long one is told between two chunks.

    False: there is nothing to call off, or a job that is not a long one is being done at this moment. Of what comes
    again by itself only a long run is called off, which has its next time all the same.
    """
    found = sa.select(job_table.c.kind, job_table.c.key)
    row = session.execute(found.where(job_table.c.id == job_id, job_table.c.dead_at.is_(None))).one_or_none()
    kind = None if row is None else row.kind
    if row is not None and kind != JobKind.LONG and comes_again(row.key):
        return False
    if kind == JobKind.LONG:
        told_once = sa.func.coalesce(job_table.c.cancel_at, sa.func.now())
        stop: sa.Delete | sa.Update = (
            sa.update(job_table)
            .values(cancel_at=told_once)
            .where(job_table.c.id == job_id, job_table.c.dead_at.is_(None))
        )
    else:
        # While somebody is at an atomic job its row is locked; at an outside call it is only held.
        idle = sa.select(job_table.c.id).where(job_table.c.id == job_id, job_table.c.dead_at.is_(None))
        if kind == JobKind.OUTSIDE:
            idle = idle.where(job_table.c.holder.is_(None))
        stop = sa.delete(job_table).where(job_table.c.id.in_(idle.with_for_update(skip_locked=True).scalar_subquery()))
    told = session.execute(stop.returning(job_table.c.id)).scalar_one_or_none() is not None
    if told and kind == JobKind.LONG:
        ring_after_commit(session)
    return told


def job_retry(session: Session, job_id: UUID) -> bool:
    """Have a dead job tried anew, at once and with all its attempts; False where there is no such dead job."""
    if not _written_anew(session, job_id, job_table.c.dead_at.is_not(None)):
        return False
    ring_after_commit(session)
    return True


def job_drop(session: Session, job_id: UUID) -> bool:
    """Take away a dead job, which is then never done; its key is free. False where there is no such dead job.

    A long one writes its end before it goes, as one that is called off does, unless it died at that. What comes again
    by itself is not dropped before it has its next time: a few seconds after its death.
    """
    found = sa.select(job_table.c.kind, job_table.c.key, job_table.c.cancel_at)
    row = session.execute(found.where(job_table.c.id == job_id, job_table.c.dead_at.is_not(None))).one_or_none()
    if row is None or comes_again(row.key):
        return False
    if row.kind == JobKind.LONG and row.cancel_at is None:
        return _ended(session, job_id)
    gone = sa.delete(job_table).where(job_table.c.id == job_id, job_table.c.dead_at.is_not(None))
    return session.execute(gone.returning(job_table.c.id)).scalar_one_or_none() is not None


def _ended(session: Session, job_id: UUID) -> bool:
    """Have a dead long job write its end: what it works at would stay begun for ever."""
    if not job_retry(session, job_id):
        return False
    called_off = sa.update(job_table).where(job_table.c.id == job_id)
    session.execute(called_off.values(cancel_at=sa.func.now()))
    return True


def job_again(session: Session, job_id: UUID, after: float) -> None:
    """In the transaction that would end a job: it begins anew in so many seconds, under the same id and key."""
    begun = sa.update(job_table).where(job_table.c.id == job_id)
    session.execute(begun.values(checkpoint=None))
    _written_anew(session, job_id, sa.true(), after)


def _written_anew(session: Session, job_id: UUID, only: sa.ColumnElement[bool], after: float = 0.0) -> bool:
    """The same job in a new row, without lease and attempts, which a tenant may not write in the old one."""
    taken = sa.delete(job_table).where(job_table.c.id == job_id, only).returning(*(job_table.c[name] for name in _KEPT))
    found = session.execute(taken).mappings().one_or_none()
    if found is None:
        return False
    at = sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, after)
    session.execute(sa.insert(job_table).values(**found, run_at=at, ripe=after <= 0))
    return True


__all__ = [
    "ATOMIC",
    "LONG",
    "OUTSIDE",
    "QUEUES",
    "Again",
    "Job",
    "JobKind",
    "JobState",
    "JobStatus",
    "NotDone",
    "Step",
    "arguments",
    "enqueue",
    "job",
    "job_again",
    "job_cancel",
    "job_drop",
    "job_list",
    "job_named",
    "job_retry",
    "job_status",
    "job_table",
    "ring_after_commit",
    "scopes_of",
]
