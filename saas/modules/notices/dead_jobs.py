"""Whoever asked for a job is told when it failed for good: at once by its worker, else by the next look."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from saas.engine.crons import Every, cron
from saas.engine.field import Label
from saas.engine.job_words import task_label
from saas.engine.jobs import job_table
from saas.engine.notifications import notification_kind, notify
from saas.engine.scope import Scope

JOB_DEAD = notification_kind(
    "job_dead",
    Label("Something that you asked for failed", "你的任务失败"),
    text=Label("This failed for good, and is not tried again: {task}.", "以下任务失败，不再重试：{task}。"),
    to=Label("Whoever asked for it, or whose change it followed.", "发起人，或引起该任务的人。"),
    facts={"job_id": UUID, "task": task_label},
)
_AT_ONCE = 500
_LOOKED_BACK = timedelta(days=7)  # by then somebody has looked, however long the workers were away


def tell_of_dead_jobs(scope: Scope) -> None:
    """Tell people of their jobs that died of late, each death once."""
    row = job_table.c
    dead = (row.stage == "dead", row.dead_at > scope.now - _LOOKED_BACK, row.actor_id.is_not(None))
    newest = sa.select(job_table).where(row.tenant_id == scope.tenant.id, *dead).order_by(row.dead_at.desc())
    for each in scope.session.execute(newest.limit(_AT_ONCE)):
        once = f"{each.id}:{each.dead_at.isoformat()}"
        notify(scope, [each.actor_id], JOB_DEAD, once=once, job_id=each.id, task=each.task)


@cron(Every(minutes=15), label=Label("Tell of failed jobs", "通知失败的任务"))
def dead_jobs_tell(scope: Scope) -> None:
    """Of those whose worker was lost, or could not tell."""
    tell_of_dead_jobs(scope)
