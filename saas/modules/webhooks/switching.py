"""Paused by hand, and resumed: what happened meanwhile is sent then, for the place in the feed is kept."""

from uuid import UUID

from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.modules.webhooks.endpoints import MANAGE, endpoint_locked, endpoint_set
from saas.modules.webhooks.identities import need_name
from saas.modules.webhooks.pump import webhooks_begin
from saas.modules.webhooks.stopping import set_stopped, why_not
from saas.modules.webhooks.tables import EndpointState, StateReason
from saas.modules.webhooks.waking import wake


def webhook_pause(scope: Scope, id_: UUID) -> list[Outcome]:
    """Send nothing until it is resumed; what happens meanwhile is sent then. Forbidden without webhook.manage."""
    scope.need(MANAGE)
    row = endpoint_locked(scope, id_)
    if row is None:
        return [_unknown()]
    if row.state == EndpointState.ACTIVE:
        set_stopped(scope, row, EndpointState.PAUSED, StateReason.BY_HAND, "")
        scope.act("webhook.pause", str(id_), name=row.name)
    return [Outcome(id=id_, changed=row.state == EndpointState.ACTIVE)]


def webhook_resume(scope: Scope, id_: UUID) -> list[Outcome]:
    """Go on where it stopped. Also needs the right to have things sent in its name."""
    scope.need(MANAGE)
    webhooks_begin(scope)  # before the row is locked, as the pump does it
    row = endpoint_locked(scope, id_)
    if row is None:
        return [_unknown()]
    need_name(scope, row.actor_id, row.scopes)
    if wrong := why_not(scope, row):
        return [Outcome(problems=[Problem(ProblemCode.RULE_BROKEN, wrong[1], ("id",), rule=wrong[0].value)])]
    endpoint_set(scope, id_, state=EndpointState.ACTIVE.value, state_since=scope.now, reason=None, reason_detail=None)
    endpoint_set(scope, id_, next_at=None, failing_since=None, failures=0)
    wake(scope, id_)
    scope.act("webhook.resume", str(id_), name=row.name)
    return [Outcome(id=id_, changed=row.state != EndpointState.ACTIVE)]


def _unknown() -> Outcome:
    return Outcome(problems=[not_found("There is no such webhook.", "id")])
