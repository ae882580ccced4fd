"""What ends sending besides people: nobody in whose name it is sent, an unfit document, failing for too long.

Whoever made the endpoint is told by one mail: the row is locked, and is active until the first who stops it.
"""

from uuid import UUID

from saas.engine.field import Label
from saas.engine.jobs import enqueue
from saas.engine.notifications import notification_kind, notify
from saas.engine.scope import Scope
from saas.modules.webhooks.endpoints import Endpoint, endpoint_set
from saas.modules.webhooks.identities import as_actor, is_here
from saas.modules.webhooks.mail_texts import REASONS
from saas.modules.webhooks.mails import webhook_stop_send
from saas.modules.webhooks.tables import EndpointState, StateReason
from saas.modules.webhooks.telling import teller

WEBHOOK_STOPPED = notification_kind(
    "webhook_stopped",
    Label("A webhook has stopped", "网络回调已停止"),
    text=Label("The webhook {name} has stopped: {reason}", "网络回调“{name}”已停止：{reason}"),
    to=Label("Whoever made it.", "创建人。"),
    facts={"webhook_id": UUID, "name": str, "reason": {each.value: REASONS[each] for each in StateReason}},
)
_LONGEST_DETAIL = 500


def why_not(scope: Scope, row: Endpoint) -> tuple[StateReason, str] | None:
    """Why nothing can be sent there whoever answers; None: it can."""
    if not is_here(scope, row.actor_id):
        return StateReason.IDENTITY_LEFT, "The one in whose name it is sent works here no longer."
    if row.document is not None:
        wrong = teller().problems(as_actor(scope, row.actor_id, row.scopes), row.document)
        if wrong:
            return StateReason.DOCUMENT_UNFIT, wrong[0]
    return None


def stopped(scope: Scope, row: Endpoint, state: EndpointState, reason: StateReason, detail: str) -> None:
    """Stop sending, of ourselves; whoever made it is told, once: the row is locked, and was active until now."""
    if row.state != EndpointState.ACTIVE:
        return
    set_stopped(scope, row, state, reason, detail)
    scope.act(f"webhook.{'pause' if state is EndpointState.PAUSED else 'switch_off'}", str(row.id), reason=reason.value)
    notify(scope, [row.created_by], WEBHOOK_STOPPED, webhook_id=row.id, name=row.name, reason=reason.value)
    enqueue(
        scope.session,
        scope.tenant.id,
        webhook_stop_send,
        trace=scope.request_id or None,
        endpoint_id=row.id,
        since=scope.now.isoformat(),
    )


def set_stopped(scope: Scope, row: Endpoint, state: EndpointState, reason: StateReason, detail: str) -> None:
    """Write down that nothing is sent there, and why."""
    kept = detail[:_LONGEST_DETAIL] or None
    endpoint_set(scope, row.id, state=state.value, reason=reason.value, reason_detail=kept, state_since=scope.now)
