"""Notifications are kept for 180 days, read or not."""

from datetime import time, timedelta

import sqlalchemy as sa

from saas.engine.crons import Daily, cron
from saas.engine.field import Label
from saas.engine.jobs import LONG, Step
from saas.engine.notifications.tables import notification
from saas.engine.scope import Scope
from saas.kit import ids

KEPT = timedelta(days=180)
_AT_ONCE = 5_000


@cron(Daily(time(3, 40)), kind=LONG, label=Label("Remove old notifications", "清除旧通知"))
def notification_clear(scope: Scope, step: Step) -> Step | None:
    """Remove those that are older."""
    if step.cancelled:
        return None
    old = sa.select(notification.c.id).where(notification.c.id < ids.first_at(scope.now - KEPT))
    gone = sa.delete(notification).where(notification.c.id.in_(old.order_by(notification.c.id).limit(_AT_ONCE)))
    removed = len(scope.session.execute(gone.returning(notification.c.id)).all())
    done = step.progress.get("done", 0) + removed
    return Step(progress={"done": done}) if removed == _AT_ONCE else None
