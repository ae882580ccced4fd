"""Every night of a tenant its invariants are checked, a few seconds at a time."""

import time
from datetime import time as hour
from typing import Any

import sqlalchemy as sa

import saas.engine.holds  # noqa: F401  # declares what holds of every object
from saas.engine.crons import Daily, cron
from saas.engine.field import Label
from saas.engine.findings import findings, forget_unknown, keep
from saas.engine.invariant_check import Place, Result, checked
from saas.engine.invariants import invariants
from saas.engine.jobs import LONG, Step
from saas.engine.scope import Scope

# The transaction of the chunk waits while the statements of the checks, on other connections, take their time.
_PATIENCE = sa.text("SET LOCAL idle_in_transaction_session_timeout = '5min'")
_AT_ONCE = 3.0  # seconds, after which what was found is kept


@cron(Daily(hour(3, 0)), kind=LONG, label=Label("Check the invariants", "检查数据一致性"))
def invariants_check(scope: Scope, step: Step) -> Step | None:
    """Look at what must hold, and keep what is found; operators are told of what is broken newly."""
    if step.cancelled:
        return None
    scope.session.execute(_PATIENCE)
    until = time.monotonic() + _AT_ONCE
    resume = {name: each.resume for name, each in findings(scope).items() if each.resume is not None}
    results: list[Result] = []
    start = next_ = None
    for found in checked(scope.tenant, resume, Place.from_json(step.checkpoint)):
        if isinstance(found, Result):
            results.append(found)
        elif start is None:
            start = found  # nothing has been looked at yet
        elif time.monotonic() >= until:
            next_ = found
            break
    keep(scope, results)
    if next_ is None:
        forget_unknown(scope)
        return None
    return Step(next_.as_json(), _progress(step, results, next_))


def _progress(step: Step, results: list[Result], at: Place) -> dict[str, Any]:
    done = int(step.progress.get("done", 0)) + len(results)
    return {"done": done, "of": len(invariants()), "invariant": at.result.name}
