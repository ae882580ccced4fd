"""Whoever asked for a job is told when it failed for good: at once by its worker, else by the next look."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.tables import principal
from saas.engine.crons import Every, cron
from saas.engine.field import Label
from saas.engine.job_words import task_label
from saas.engine.jobs import job_table
from saas.engine.notifications import notification_kind, notify
from saas.engine.notifications.tables import notification, notification_off
from saas.engine.scope import Scope

JOB_DEAD = notification_kind(
    "job_dead",
    Label("Something that you asked for failed", "你的任务失败"),
    text=Label("This failed for good, and is not tried again: {task}.", "以下任务失败，不再重试：{task}。"),
    to=Label("Whoever asked for it, or whose change it followed.", "发起人，或引起该任务的人。"),
    facts={"job_id": UUID, "task": task_label},
)
_AT_ONCE = 500
_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'
_LOOKED_BACK = timedelta(days=7)  # by then somebody has looked, however long the workers were away


def tell_of_dead_jobs(scope: Scope, job_id: UUID | None = None) -> None:
    """Tell people of their jobs that died of late, or of this one; each death once."""
    row = job_table.c
    once = sa.func.concat(row.id, ":", sa.func.to_char(sa.func.timezone("UTC", row.dead_at), _MOMENT))
    dead = (row.stage == "dead", row.dead_at > scope.now - _LOOKED_BACK, row.actor_id.is_not(None))
    found = sa.select(row.id, row.task, row.actor_id, once.label("once")).where(row.tenant_id == scope.tenant.id, *dead)
    if job_id is None:
        found = found.where(_wants(row.actor_id), ~_is_told(row.actor_id, once)).order_by(row.dead_at).limit(_AT_ONCE)
    else:
        found = found.where(row.id == job_id)
    for each in scope.session.execute(found):
        notify(scope, [each.actor_id], JOB_DEAD, once=each.once, job_id=each.id, task=each.task)


def _is_told(whom: sa.ColumnElement[UUID], once: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    key = sa.func.concat(JOB_DEAD.name, ":", once)
    return sa.exists().where(notification.c.recipient_id == whom, notification.c.key == key)


def _wants(whom: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Whether it can be told at all: who is never told would be asked for again and again, before others."""
    off = sa.exists().where(notification_off.c.recipient_id == whom, notification_off.c.kind == JOB_DEAD.name)
    return sa.and_(~off, sa.exists().where(principal.c.id == whom, principal.c.is_active))


@cron(Every(minutes=15), label=Label("Tell of failed jobs", "通知失败的任务"))
def dead_jobs_tell(scope: Scope) -> None:
    """Of those whose worker was lost, or could not tell."""
    tell_of_dead_jobs(scope)
