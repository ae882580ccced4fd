"""How long the log is kept: what was sent is forgotten after a month, and what waits never is."""

from datetime import time, timedelta

import sqlalchemy as sa

from saas.engine.crons import Daily, cron
from saas.engine.field import Label
from saas.engine.job_registry import LONG, Step
from saas.engine.scope import Scope
from saas.modules.webhooks.tables import DeliveryState, attempt, delivery

KEPT = timedelta(days=30)
_AT_ONCE = 2_000  # rows in one transaction


@cron(Daily(time(3, 20)), kind=LONG, everywhere=False, label=Label("Clear the log of webhooks", "清除网络回调日志"))
def webhook_log_clear(scope: Scope, step: Step) -> Step | None:
    """Remove deliveries that ended, and tries, once they are thirty days old: answers may hold what is personal."""
    before = scope.now - KEPT
    ended = sa.and_(delivery.c.created_at < before, delivery.c.state != DeliveryState.WAITING.value)
    gone = _removed(scope, delivery, ended) + _removed(scope, attempt, attempt.c.at < before)
    return step if gone >= _AT_ONCE else None


def _removed(scope: Scope, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
    some = sa.select(table.c.id).where(which).limit(_AT_ONCE)
    return len(scope.session.execute(sa.delete(table).where(table.c.id.in_(some)).returning(table.c.id)).all())
