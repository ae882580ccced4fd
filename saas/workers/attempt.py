"""What all kinds of jobs share: the scope in which one runs, its row, and its end."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import sqlalchemy as sa

from saas.engine.crons import ENOUGH, cron_of, plan_next
from saas.engine.jobs import job_table, scopes_of
from saas.engine.scope import Scope, Via, open_scope
from saas.kit import trace
from saas.kit.clock import now
from saas.tenants.tenant import Tenant
from saas.tenants.waiting import ask, wait
from saas.workers.leases import Held

_ROW = (job_table.c.checkpoint, job_table.c.progress, job_table.c.cancel_at)
_GONE = "DELETE FROM platform.job WHERE id = %(id)s"
_TAKE = "DELETE FROM platform.job WHERE id = %(id)s AND holder = %(holder)s RETURNING id"


def scope_of(tenant: Tenant, held: Held) -> AbstractContextManager[Scope]:
    """A transaction as the job's actor, bound by what it was asked for with."""
    via = Via(scopes=scopes_of(held.payload))
    return open_scope(tenant, held.actor_id, write=True, request_id=request_id(held), via=via)


@contextmanager
def traced(tenant: Tenant, held: Held) -> Iterator[trace.Span]:
    """Inside goes on the trace of the request that asked for it, with a span for this attempt."""
    since = (now() - held.created_at).total_seconds()
    told = {"task": held.task, "kind": str(held.kind), "queue": held.queue, "job": str(held.id)}
    with (
        trace.continued(held.traceparent, since=since),
        trace.span("job", trace.Kind.CONSUMER, tenant=tenant.slug, attempt=held.attempts, **told) as span,
    ):
        yield span


def request_id(held: Held) -> str:
    """The request that asked for it; one of its own where nobody did."""
    return held.trace or str(held.id)


def lock(scope: Scope, held: Held) -> sa.Row[Any, Any, Any] | None:
    """The job's row, ours until the transaction ends; None where it was called off or went to another worker.

    This waits rather than skips: only somebody who calls the job off can be holding the row.
    """
    mine = sa.select(*_ROW).where(job_table.c.id == held.id, job_table.c.holder == held.holder)
    return scope.session.execute(mine.with_for_update()).one_or_none()


def take(scope: Scope, held: Held) -> bool:
    """The same for a job that ends with this transaction, whatever it does: its row is gone already.

    Not where it has a key: whoever asks for it meanwhile would wait for its end.
    """
    return bool(ask(scope.session, _TAKE, {"id": held.id, "holder": held.holder}))


def end(scope: Scope, held: Held, answer: object = None) -> None:
    """The job is gone when this transaction commits; one that comes again has the row of its next time."""
    wait(scope.session, _GONE, {"id": held.id})
    again = cron_of(held.task, held.key)
    if again is not None and answer is not ENOUGH:
        plan_next(scope, again, held.run_at)
