"""From the feed to what waits to be sent: each change once for each endpoint that asked for it.

A delivery and the place in the feed are written in one transaction, under the lock of the endpoint's row; the
delivery's id is made of the endpoint's and the change's, so that even a feed that began anew tells nothing twice.
"""

from datetime import timedelta
from functools import partial
from uuid import uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.audit import audit
from saas.engine.crons import ENOUGH, Every, begin, cron
from saas.engine.feed import EPOCH, FeedPage, FeedRow, Position, feed_after
from saas.engine.field import Label
from saas.engine.scope import Scope
from saas.gateways.changed import change_bell
from saas.modules.webhooks.care import webhook_log_clear
from saas.modules.webhooks.deliver import is_due
from saas.modules.webhooks.endpoints import Endpoint, endpoint_set, endpoints_locked
from saas.modules.webhooks.queue import is_waiting
from saas.modules.webhooks.stopping import stopped, why_not
from saas.modules.webhooks.tables import DeliveryState, EndpointState, delivery
from saas.modules.webhooks.topics import topic_of
from saas.modules.webhooks.waking import wake
from saas.tenants.session import after_commit

_AT_ONCE = 500  # changes in one transaction
_AGAIN = timedelta(hours=1)  # how far back one looks where the feed has begun anew


@cron(Every(seconds=15), queue="webhook", everywhere=False, label=Label("Read on for webhooks", "读取网络回调事件"))
def webhook_pump(scope: Scope) -> object:
    """Read on for every endpoint that is active, and have what is due sent; a company that has none needs it no more.

    Where there is more to read it rings for itself, as a change does, so that no transaction takes long.
    """
    _alone(scope)
    has_more = False
    pages: dict[str, FeedPage] = {}
    rows = endpoints_locked(scope)
    for row in rows:
        if not _is_fit(scope, row):
            continue
        position = _position(scope, row)
        page = pages.get(str(position))
        if page is None:
            page = pages[str(position)] = feed_after(scope.session, position, _AT_ONCE)
        _take(scope, row, page)
        has_more = has_more or page.has_more
        if is_due(row, scope.now) and is_waiting(scope, row.id):
            wake(scope, row.id)
    if has_more:
        after_commit(scope.session, "change_bell", partial(change_bell().ring, scope.tenant.id))
    return None if rows else ENOUGH


def webhooks_begin(scope: Scope) -> None:
    """From now on this company's feed is read for its endpoints, and their log cleared."""
    _alone(scope)
    begin(scope, webhook_pump)
    begin(scope, webhook_log_clear)


def webhooks_check(scope: Scope) -> list[str]:
    """Pause the endpoints that can be sent no more, as each look at the feed does; their names. For a deploy."""
    return [row.name for row in endpoints_locked(scope) if not _is_fit(scope, row)]


def _is_fit(scope: Scope, row: Endpoint) -> bool:
    wrong = why_not(scope, row)
    if wrong is not None:
        stopped(scope, row, EndpointState.PAUSED, *wrong)
    return wrong is None


def _position(scope: Scope, row: Endpoint) -> Position:
    """Where it stands. Of a database that was restored, or whose standby took over, some time before: what was told
    then is known by its id."""
    position = Position.read(row.position)
    epoch = str(scope.session.execute(EPOCH).scalar_one())
    if epoch == position.epoch:
        return position
    lately = sa.select(sa.cast(sa.func.min(sa.cast(sa.cast(audit.c.xid, sa.Text()), sa.Numeric())), sa.Text()))
    since = max(row.read_at - _AGAIN, row.created_at)
    first = scope.session.execute(lately.where(audit.c.at >= since)).scalar()
    # Whoever stands further behind than that goes on from there: what was told already is known by its id.
    return Position(epoch, position.xid if first is None else str(min(int(first), int(position.xid))))


def _take(scope: Scope, row: Endpoint, page: FeedPage) -> None:
    """Write down what of the page it is to be told, and where it stands since."""
    number = row.last_number
    values: list[dict[str, object]] = []
    for change in page.rows:
        event = topic_of(change, row.events)
        if event is not None and not (row.skip_own and change.actor_id == row.actor_id):
            number += 1
            values.append(_delivery(scope, row, change, event, number))
    if values:
        scope.session.execute(insert(delivery).on_conflict_do_nothing(index_elements=["id"]), values)
    if str(page.position) != row.position:
        endpoint_set(scope, row.id, position=str(page.position), read_at=scope.now, last_number=number)


def _delivery(scope: Scope, row: Endpoint, change: FeedRow, event: str, number: int) -> dict[str, object]:
    return {
        "id": uuid5(row.id, str(change.id)),
        "endpoint_id": row.id,
        "number": number,
        "audit_id": change.id,
        "event": event,
        "object": change.object,
        "record_id": change.record_id,
        "at": change.at,
        "request_id": change.request_id,
        "traceparent": change.traceparent,
        "state": DeliveryState.WAITING.value,
        "attempts": 0,
        "created_at": scope.now,
    }


def _alone(scope: Scope) -> None:
    """One at a time in a company, until the transaction ends: who makes the first endpoint, and who sees that there is
    none, must not pass each other."""
    key = sa.func.hashtextextended(f"webhooks {scope.tenant.id}", 0)
    scope.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
