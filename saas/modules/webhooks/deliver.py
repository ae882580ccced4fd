"""The job that sends: of each endpoint one at a time, so that it gets things in their order.

Three parts, as an outside call has them: what is to be sent is made in a transaction, sent outside of any, and what
became of it is written down in another one. A worker that is lost in between leaves everything waiting, so that it is
sent again, with the same ids.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from saas.engine.field import Label
from saas.engine.job_declaring import job
from saas.engine.job_registry import OUTSIDE, Again
from saas.engine.scope import Scope
from saas.modules.webhooks.endpoints import Endpoint, endpoint_locked, endpoint_set
from saas.modules.webhooks.identities import as_actor
from saas.modules.webhooks.outcomes import GONE, OFF_AFTER, Tried, wait_after
from saas.modules.webhooks.queue import give_up, is_waiting, next_messages, note_failed, note_tried
from saas.modules.webhooks.sending import Round, send_round
from saas.modules.webhooks.stopping import stopped, why_not
from saas.modules.webhooks.tables import EndpointState, StateReason

KEY = "webhook:{}"  # of the job of an endpoint
_EARLY = timedelta(seconds=1)
_PATIENCE = 60.0  # seconds for which the job waits itself; after a longer wait the pump begins it anew


def _call(work: Round, _key: str) -> list[Tried]:
    """Outside of any transaction. The ids of messages are what tells a receiver that it has one already."""
    return send_round(work)


def _done(scope: Scope, tried: list[Tried], *, endpoint_id: UUID) -> Again | None:
    """Write down what became of it, and say when to go on."""
    row = endpoint_locked(scope, endpoint_id)
    if row is None:
        return None
    note_tried(scope, endpoint_id, tried)
    if any(each.is_good for each in tried):
        row = replace(row, failing_since=None, failures=0)
        endpoint_set(scope, row.id, failing_since=None, failures=0, next_at=None, delivered_at=scope.now)
    failed = next((each for each in tried if not each.is_good), None)
    if failed is not None:
        return _failed(scope, row, failed)
    return Again() if row.state == EndpointState.ACTIVE and is_waiting(scope, endpoint_id) else None


@job(
    kind=OUTSIDE,
    queue="webhook",
    call=_call,
    done=_done,
    repeatable=True,
    label=Label("Send to a webhook", "发送网络回调"),
)
def webhook_deliver(scope: Scope, *, endpoint_id: UUID) -> Round | None:
    """The next messages for this endpoint; None: it is not to be sent anything now."""
    row = endpoint_locked(scope, endpoint_id)
    if row is None or row.state != EndpointState.ACTIVE or not is_due(row, scope.now):
        return None
    if wrong := why_not(scope, row):
        stopped(scope, row, EndpointState.PAUSED, *wrong)
        return None
    messages = next_messages(scope, as_actor(scope, row.actor_id, row.scopes), row)
    if not messages:
        if row.failing_since is not None:  # what failed was given up or left out: who is sent nothing fails no longer
            endpoint_set(scope, row.id, failing_since=None, failures=0)
        return None
    keys, headers = row.keys(scope.now), row.own_headers
    return Round(row.url, tuple(messages), tuple(keys), tuple(headers.items()))


def is_due(row: Endpoint, now: datetime) -> bool:
    """Whether the pause after a failure is over; the clocks of two machines may differ a little."""
    return row.next_at is None or row.next_at <= now + _EARLY


def _failed(scope: Scope, row: Endpoint, failed: Tried) -> Again | None:
    since = row.failing_since or failed.at
    attempts = note_failed(scope, failed)
    # What was left out while it was on its way holds up nothing.
    wait = None if attempts is None else wait_after(failed, attempts)
    endpoint_set(
        scope,
        row.id,
        failing_since=since,
        failures=row.failures + 1,
        next_at=None if wait is None else scope.now + wait,
    )
    if failed.status == GONE:
        stopped(scope, row, EndpointState.SWITCHED_OFF, StateReason.GONE, failed.told)
        return None
    if scope.now - since >= OFF_AFTER:
        stopped(scope, row, EndpointState.SWITCHED_OFF, StateReason.FAILING, failed.told)
        return None
    if wait is None:
        give_up(scope, failed)
        return Again()
    seconds = wait.total_seconds()
    return Again(seconds) if seconds <= _PATIENCE else None
