"""Doing jobs: as their actor, in their tenant, with their effects in the database exactly once."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.job_table import PREFIX
from saas.engine.jobs import LONG, Job, job_named
from saas.kit import about, clock, metrics
from saas.kit.errors import AtriumError, BadConfig, NotFound, TenantUnavailable, Unavailable
from saas.kit.log import logger
from saas.kit.report import capture
from saas.tenants.tenant import Tenant
from saas.workers import leases
from saas.workers.attempt import request_id, traced
from saas.workers.bundles import NotTogether, do_together
from saas.workers.dead import tell_if_dead
from saas.workers.failure import described
from saas.workers.leases import Held
from saas.workers.outside import CallFailed, UnknownResult, do_outside
from saas.workers.recent_tenants import RecentTenants
from saas.workers.renewals import Renewals
from saas.workers.timing import Timing
from saas.workers.transactions import do_atomic, do_chunk

log = logger(__name__)
_ROLLING = timedelta(days=1)  # so long another release may be about to come, which has jobs that this one has not
UNKNOWN = (
    "UNKNOWN_RESULT: a worker ended while it called outside, and whether the call was done cannot be looked up."
    " Find out, then retry the job to have it done, or drop it."
)


def _nothing() -> None:
    return None


class _HandOver(Exception):  # no failure: this worker was told to stop, others wait, or its lease ran out
    """Another worker goes on from the checkpoint."""


def _nobody_waits(_queue: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Performer:
    """Does jobs for one worker process."""

    name: str
    cell_of: Callable[[str], sa.Engine]
    timing: Timing
    stopping: Event
    others_wait: Callable[[str], bool] = _nobody_waits  # whether messages wait in a queue
    more: Callable[[], None] = _nothing  # tells the dispatchers that a tenant's share is free again
    cells: Callable[[], dict[str, sa.Engine]] = dict  # all of them, by name
    tenants: RecentTenants = field(default_factory=RecentTenants)
    renewals: Renewals = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "renewals", Renewals(self.timing.lease))

    def perform(self, tenant_id: UUID, *job_ids: UUID) -> None:
        """Do these jobs as far as they are there, due and free. Never raises: what goes wrong is written down."""
        about.start(door="worker", tenant=str(tenant_id), job=str(job_ids[0]))
        try:
            self._perform(tenant_id, list(job_ids))
        except NotFound as error:
            log.warning("job of nobody", error=described(error))
        except Unavailable as error:
            # Nothing is lost: the lease runs out and the job is sent again.
            log.warning("job interrupted", error=described(error))
        except Exception as error:  # noqa: BLE001  # whatever it was, the thread has other jobs to do
            capture(error)

    def _perform(self, tenant_id: UUID, job_ids: list[UUID]) -> None:
        try:
            tenant = self.tenants.get(tenant_id)
        except NotFound as error:
            self._give_up(tenant_id, job_ids, error)
            raise
        cell = self.cell_of(tenant.cell)
        holder = f"{self.name}:{secrets.token_hex(4)}"  # each attempt its own: also twins in one process are told apart
        held = leases.hold(cell, tenant_id, job_ids, holder, self.timing.lease)
        if not held:
            log.debug("job is gone, dead, not due or somebody else's")
            return
        about.note(tenant=tenant.slug, task=held[0].task, request_id=request_id(held[0]))
        job = job_named(held[0].task)
        if len(held) > 1 and job is not None and self._bundle(tenant, cell, held, job):
            return
        for one in held:
            about.note(job=str(one.id), request_id=request_id(one))
            self._one(tenant, cell, one)

    def _give_up(self, tenant_id: UUID, job_ids: list[UUID], error: NotFound) -> None:
        """Jobs of a tenant that is no more are dead, in whichever cell they are: an operator sees and drops them."""
        for cell in self.cells().values():
            leases.give_up(cell, tenant_id, job_ids, described(error))

    def _one(self, tenant: Tenant, cell: sa.Engine, held: Held) -> None:
        began = time.monotonic()
        with traced(tenant, held) as span:
            outcome = self._outcome(tenant, cell, held)
            span.note(outcome=outcome)
            _told(held, outcome, time.monotonic() - began)
            tell_if_dead(tenant, held, outcome)

    def _outcome(self, tenant: Tenant, cell: sa.Engine, held: Held) -> str:
        try:
            self._do(tenant, cell, held)
            outcome = "done"
        except (TenantUnavailable, Unavailable) as error:  # no fault of the job: no attempt is used up
            outcome = self._put_back(cell, held, error)
        except _HandOver:
            leases.hand_back(cell, [held], 0)
            outcome = "handed over"
        except UnknownResult:
            leases.fail(cell, held, UNKNOWN, 0, for_good=True, forget=True)
            log.error("job failed", attempt=held.attempts, error=UNKNOWN)
            outcome = "dead"
        except CallFailed as failed:
            if isinstance(failed.error, TenantUnavailable | Unavailable):
                outcome = self._put_back(cell, held, failed.error)
            else:
                outcome = self._failed(cell, held, failed.error, forget=failed.is_not_done)
        except Exception as error:  # noqa: BLE001  # a job may fail in any way; it is kept and told
            outcome = self._failed(cell, held, error)
        return outcome

    def _do(self, tenant: Tenant, cell: sa.Engine, held: Held) -> None:
        job = job_named(held.task)
        if job is None:
            is_new = held.created_at > clock.now() - _ROLLING
            if is_new or (held.key is not None and held.key.startswith(PREFIX)):
                raise Unavailable(f"This release has no {held.task}.")  # a newer one has it, or it is tidied away
            raise BadConfig(f"This release has no job {held.task}.", remedy="Retry it under a release that has it.")
        if job.kind is LONG:
            self._do_long(tenant, cell, held, job)
        elif job.outside is not None:
            is_ours = partial(leases.renew, cell, held, self.timing.lease, forgive=False)
            with self.renewals.of(cell, held):
                do_outside(tenant, held, job, job.outside, is_ours)
        else:
            do_atomic(tenant, held, job)

    def _do_long(self, tenant: Tenant, cell: sa.Engine, held: Held, job: Job[Any]) -> None:
        until = time.monotonic() + self.timing.slice
        while more := do_chunk(tenant, held, job):
            if self.stopping.is_set() or (time.monotonic() > until and self.others_wait(held.queue)):
                raise _HandOver
            if not leases.renew(cell, held, self.timing.lease, forgive=True):
                raise _HandOver
        if more is None:
            raise _HandOver

    def _bundle(self, tenant: Tenant, cell: sa.Engine, held: list[Held], job: Job[Any]) -> bool:
        """Do them in one transaction; False where each has to be tried alone."""
        began = time.monotonic()
        try:
            bundle = do_together(tenant, held, job, self.stopping.is_set)
        except NotTogether as reason:
            log.info("jobs are done one by one", jobs=len(held), reason=described(reason.__cause__ or reason))
            return False
        except (TenantUnavailable, Unavailable) as error:
            leases.hand_back(cell, held, self.timing.put_back)
            log.info("jobs put back", jobs=len(held), reason=described(error))
            return True
        leases.hand_back(cell, bundle.untouched, 0)
        self.more()
        each = (time.monotonic() - began) / max(1, len(bundle.done) + len(bundle.failed))
        for one in bundle.done:
            metrics.job_done(one.task, "done", each)
        log.info("jobs done", jobs=len(bundle.done), seconds=round(time.monotonic() - began, 3))
        for one, fault in bundle.failed:
            about.note(job=str(one.id), request_id=request_id(one))
            outcome = self._failed(cell, one, fault)
            _told(one, outcome, each)
            tell_if_dead(tenant, one, outcome)
        return True

    def _put_back(self, cell: sa.Engine, held: Held, error: Exception) -> str:
        leases.hand_back(cell, [held], self.timing.put_back)
        log.info("job put back", reason=described(error))
        return "put back"

    def _failed(self, cell: sa.Engine, held: Held, error: Exception, *, forget: bool = False) -> str:
        what = described(error)
        dead = leases.fail(cell, held, what, self.timing.retry(held.attempts), forget=forget)
        log.error("job failed", attempt=held.attempts, error=what)
        if not isinstance(error, AtriumError):
            capture(error)
        return "dead" if dead else "failed"


def _told(held: Held, outcome: str, seconds: float) -> None:
    metrics.job_done(held.task, outcome, seconds)
    log.info(f"job {outcome}", attempt=held.attempts, seconds=round(seconds, 3))
