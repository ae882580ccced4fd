"""Outside calls: a transaction that says what to call with, the call, and a transaction that ends the job.

Before the call the row says that it begins. A worker that finds such a mark does not know what became of the call, and
looks it up, or calls again where the other side does the same key once only, or leaves it to a person.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

import sqlalchemy as sa

from saas.engine.job_registry import Outside
from saas.engine.jobs import Again, Job, NotDone, arguments, job_again, job_table
from saas.kit.clock import now
from saas.kit.errors import AtriumError, Unavailable
from saas.kit.log import logger
from saas.tenants.tenant import Tenant
from saas.workers.attempt import end, lock, scope_of
from saas.workers.leases import Held

log = logger(__name__)
_CALLED = "called"
_LONG = 2.0  # seconds without a sign of life, after which the lease is renewed before the call


class UnknownResult(Exception):
    """Whether the call was done nobody can tell but a person."""


class CallFailed(Exception):
    """The call raised; what, and whether that says that the other side has not done it.

    A server that does not answer may have done it all the same; one that refused, or was never reached, has not.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error
        is_told = isinstance(error, AtriumError) and not isinstance(error, Unavailable)
        self.is_not_done = is_told or isinstance(error, NotDone)


def _always() -> bool:
    return True


def do_outside(
    tenant: Tenant, held: Held, job: Job[Any], outside: Outside, is_ours: Callable[[], bool] = _always
) -> None:
    """One round of the job; CallFailed, or UnknownResult where it must not go on by itself.

    `is_ours` renews the lease, which may have run out where the first transaction took long; False: another has it.
    """
    since = monotonic()
    begun = _begin(tenant, held, job)
    if begun is None:
        return
    if monotonic() - since > _LONG and not is_ours():
        log.warning("a call is left to another worker")
        return
    request, is_unknown = begun
    result = _result(outside, request, str(held.id), is_unknown=is_unknown)
    ids = {name: value for name, value in arguments(job, held.payload).items() if name in outside.ids}
    with scope_of(tenant, held) as scope:
        if lock(scope, held) is None:
            log.warning("the result of a call came too late")
            return
        again = outside.done(scope, result, **ids)
        if isinstance(again, Again):
            job_again(scope.session, held.id, again.after)
        else:
            end(scope, held)


def _begin(tenant: Tenant, held: Held, job: Job[Any]) -> tuple[Any, bool] | None:
    """What to call with, and whether an earlier call may have been done; None where there is nothing to do."""
    with scope_of(tenant, held) as scope:
        row = lock(scope, held)
        if row is None:
            return None
        request = job(scope, **arguments(job, held.payload))
        if request is None:
            end(scope, held)
            return None
        if row.checkpoint:
            return request, True
        mark = sa.update(job_table).where(job_table.c.id == held.id)
        scope.session.execute(mark.values(checkpoint={_CALLED: now().isoformat()}))
    return request, False


def _result(outside: Outside, request: Any, key: str, *, is_unknown: bool) -> Any:
    if is_unknown and outside.look_up is not None:
        found = outside.look_up(request, key)
        if not isinstance(found, NotDone):
            return found
    elif is_unknown and not outside.repeatable:
        raise UnknownResult
    try:
        return outside.call(request, key)
    except Exception as error:
        raise CallFailed(error) from error
