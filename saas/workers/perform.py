"""Doing one job: as its actor, in its tenant, with its effects in the database exactly once."""

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.jobs import LONG, Job, Step, arguments, job_named, job_table, scopes_of
from saas.engine.scope import Scope, Via, open_scope
from saas.kit import about, metrics
from saas.kit.errors import AtriumError, BadConfig, NotFound, TenantUnavailable, Unavailable
from saas.kit.log import logger
from saas.kit.report import capture
from saas.tenants.directory import tenant_by_id
from saas.tenants.tenant import Tenant
from saas.workers import leases
from saas.workers.failure import described
from saas.workers.leases import Held
from saas.workers.timing import Timing

log = logger(__name__)


class _HandOver(Exception):  # no failure: this worker was told to stop
    """Another worker goes on from the checkpoint."""


@dataclass(frozen=True, slots=True)
class Performer:
    """Does jobs for one worker process."""

    name: str
    cell_of: Callable[[str], sa.Engine]
    timing: Timing
    stopping: Event

    def perform(self, tenant_id: UUID, job_id: UUID) -> None:
        """Do this job if it is there, due and free. Never raises: what goes wrong is written to the job or logged."""
        about.start(door="worker", tenant=str(tenant_id), job=str(job_id))
        try:
            self._perform(tenant_id, job_id)
        except NotFound as error:
            log.warning("job of nobody", error=described(error))
        except Unavailable as error:
            # Nothing is lost: the lease runs out and the job is sent again.
            log.warning("job interrupted", error=described(error))
        except Exception as error:  # noqa: BLE001  # whatever it was, the thread has other jobs to do
            capture(error)

    def _perform(self, tenant_id: UUID, job_id: UUID) -> None:
        tenant = tenant_by_id(tenant_id)
        cell = self.cell_of(tenant.cell)
        holder = f"{self.name}:{secrets.token_hex(4)}"  # each attempt its own: also twins in one process are told apart
        held = leases.hold(cell, tenant_id, job_id, holder, self.timing.lease)
        if held is None:
            log.debug("job is gone, dead, not due or somebody else's")
            return
        about.note(tenant=tenant.slug, task=held.task, request_id=held.trace or str(held.id))
        began = time.monotonic()
        try:
            self._do(tenant, cell, held)
            outcome = "done"
        except (TenantUnavailable, Unavailable) as error:  # no fault of the job: no attempt is used up
            leases.hand_back(cell, held, self.timing.put_back)
            outcome = "put back"
            log.info("job put back", reason=described(error))
        except _HandOver:
            leases.hand_back(cell, held, 0)
            outcome = "handed over"
        except Exception as error:  # noqa: BLE001  # a job may fail in any way; it is kept and told
            outcome = self._failed(cell, held, error)
        seconds = time.monotonic() - began
        metrics.job_done(held.task, outcome, seconds)
        log.info(f"job {outcome}", attempt=held.attempts, seconds=round(seconds, 3))

    def _do(self, tenant: Tenant, cell: sa.Engine, held: Held) -> None:
        job = job_named(held.task)
        if job is None:
            raise BadConfig(f"This release has no job {held.task}.", remedy="Retry it under a release that has it.")
        if job.kind is LONG:
            self._do_long(tenant, cell, held, job)
        else:
            _do_atomic(tenant, held, job)

    def _do_long(self, tenant: Tenant, cell: sa.Engine, held: Held, job: Job[Any]) -> None:
        while _do_chunk(tenant, held, job):
            if self.stopping.is_set():
                raise _HandOver
            if not leases.renew(cell, held, self.timing.lease):
                log.warning("job went to another worker")
                return

    def _failed(self, cell: sa.Engine, held: Held, error: Exception) -> str:
        what = described(error)
        dead = leases.fail(cell, held, what, self.timing.retry(held.attempts))
        log.error("job failed", attempt=held.attempts, error=what)
        if not isinstance(error, AtriumError):
            capture(error)
        return "dead" if dead else "failed"


def _do_atomic(tenant: Tenant, held: Held, job: Job[Any]) -> None:
    with _scope_of(tenant, held) as scope:
        if _lock(scope, held) is not None:
            job(scope, **arguments(job, held.payload))
            _end(scope, held)


def _do_chunk(tenant: Tenant, held: Held, job: Job[Any]) -> bool:
    """One chunk and its checkpoint in one transaction; True when there is more to do."""
    with _scope_of(tenant, held) as scope:
        row = _lock(scope, held)
        if row is None:
            return False
        step = Step(row.checkpoint or {}, row.progress or {}, row.cancel_at is not None)
        after: Step | None = job(scope, step, **arguments(job, held.payload))
        if after is None or step.cancelled:
            _end(scope, held)
            return False
        mark = sa.update(job_table).where(job_table.c.id == held.id)
        scope.session.execute(mark.values(checkpoint=after.checkpoint, progress=after.progress))
        return True


def _scope_of(tenant: Tenant, held: Held) -> AbstractContextManager[Scope]:
    via = Via(scopes=scopes_of(held.payload))
    return open_scope(tenant, held.actor_id, write=True, request_id=held.trace or str(held.id), via=via)


def _lock(scope: Scope, held: Held) -> sa.Row[Any, Any, Any] | None:
    """The job's row, ours until the transaction ends; None where it was called off or went to another worker.

    This waits rather than skips: only somebody who calls the job off can be holding the row.
    """
    columns = (job_table.c.checkpoint, job_table.c.progress, job_table.c.cancel_at)
    mine = sa.select(*columns).where(job_table.c.id == held.id, job_table.c.holder == held.holder)
    return scope.session.execute(mine.with_for_update()).one_or_none()


def _end(scope: Scope, held: Held) -> None:
    scope.session.execute(sa.delete(job_table).where(job_table.c.id == held.id))
