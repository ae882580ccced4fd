"""What a storm counts: each customer that was made is marked by a reaction, a timer, an outside call and a long job.

Nothing keeps a mark from being set twice: what happened twice is seen.
"""

import os
import random
from collections.abc import Sequence
from datetime import timedelta
from urllib.request import Request, urlopen
from uuid import UUID

import sqlalchemy as sa

from saas.engine.events import created, on
from saas.engine.jobs import LONG, OUTSIDE, Step, job
from saas.engine.scope import Scope
from saas.kit.ids import new_id
from saas.modules.customers.customer import Customer
from tests.storm.counts import ONE_IN, STEPS

_CODE = 0x6FF
_mark = sa.table("mark", sa.column("id"), sa.column("kind"), sa.column("what"))


@on(created(Customer), later=True, attempts=50)
def customer_storm(scope: Scope, customers: Sequence[Customer]) -> None:
    """Mark each, and have the rest done later."""
    for customer in customers:
        _set(scope, "reaction", str(customer.id))
        run_at = scope.now + timedelta(seconds=random.uniform(0, 3))
        scope.later(storm_timer, run_at=run_at, customer_id=customer.id)
        scope.later(storm_call, customer_id=customer.id)
        if customer.id.int % ONE_IN == 0:
            scope.later(storm_steps, customer_id=customer.id)


@job(batch=20, attempts=50)
def storm_timer(scope: Scope, customer_id: UUID) -> None:
    """Something due at its time."""
    _set(scope, "timer", str(customer_id))


@job(kind=LONG, queue="bulk", attempts=50)
def storm_steps(scope: Scope, step: Step, customer_id: UUID) -> Step | None:
    """Chunks, each counted."""
    done = int(step.checkpoint.get("done", 0))
    _set(scope, "step", f"{customer_id} {done}")
    return Step(checkpoint={"done": done + 1}) if done + 1 < STEPS else None


def _call(request: str, key: str) -> str:
    """Tell the receiver, which honours the key."""
    sent = Request(f"{os.environ['STORM_RECEIVER']}/call", request.encode(), {"idempotency-key": key})  # noqa: S310  # the test's own receiver
    with urlopen(sent, timeout=5) as answer:  # noqa: S310  # the test's own receiver
        answer.read()
    return request


def _called(scope: Scope, result: str, *, customer_id: UUID) -> None:
    _set(scope, "call", str(customer_id))


@job(kind=OUTSIDE, queue="mail", call=_call, done=_called, repeatable=True, attempts=50)
def storm_call(scope: Scope, *, customer_id: UUID) -> str | None:
    """A call of the outside."""
    return str(customer_id)


def _set(scope: Scope, kind: str, what: str) -> None:
    scope.session.execute(_mark.insert().values(id=new_id(_CODE), kind=kind, what=what))
