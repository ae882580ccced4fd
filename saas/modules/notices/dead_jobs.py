"""Whoever asked for a job is told when it failed for good."""

from uuid import UUID

import sqlalchemy as sa

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


def tell_of_dead_jobs(scope: Scope) -> None:
    """Tell people of their jobs that are dead, each once."""
    dead = job_table.c.dead_at.is_not(None), job_table.c.actor_id.is_not(None)
    newest = sa.select(job_table).where(*dead).order_by(job_table.c.dead_at.desc()).limit(_AT_ONCE)
    for row in scope.session.execute(newest):
        once = f"{row.id}:{row.dead_at.isoformat()}"
        notify(scope, [row.actor_id], JOB_DEAD, once=once, job_id=row.id, task=row.task)
