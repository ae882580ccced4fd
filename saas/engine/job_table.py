"""`platform.job` of a cell: what waits to be done for all of its tenants; each sees its own rows."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

PREFIX = "cron:"  # of the keys of what comes again by itself
DEAD = ":dead"  # behind such a key: it died, and comes again in another row

job_table = sa.Table(
    "job",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("tenant_id", sa.Uuid()),
    sa.Column("tenant_role", sa.Text(), server_default=sa.text("current_user")),
    sa.Column("queue", sa.Text()),
    sa.Column("kind", sa.Text()),
    sa.Column("task", sa.Text()),
    sa.Column("payload", pg.JSONB()),
    sa.Column("key", sa.Text()),
    sa.Column("actor_id", sa.Uuid()),
    sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("attempts", sa.Integer(), server_default="0"),
    sa.Column("max_attempts", sa.Integer()),
    sa.Column("lease_until", sa.DateTime(timezone=True)),
    sa.Column("holder", sa.Text()),
    sa.Column("dead_at", sa.DateTime(timezone=True)),
    sa.Column("last_error", sa.Text()),
    sa.Column("checkpoint", pg.JSONB(none_as_null=True)),
    sa.Column("progress", pg.JSONB(none_as_null=True)),
    sa.Column("cancel_at", sa.DateTime(timezone=True)),
    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("trace", sa.Text()),
    sa.Column("traceparent", sa.Text()),
    # False: a timer, which a dispatcher makes ripe when its time has come. What is due and what waits lie in indexes
    # of their own, so that a million timers cost a look nothing.
    sa.Column("ripe", sa.Boolean(), server_default=sa.true()),
    sa.Column("stage", sa.Text(), sa.Computed("…")),  # waits, due, out (sent or held), dead; see the revision
    schema="platform",
)


def comes_again(key: str | None) -> bool:
    """Whether it is the row of something that comes again by itself, by its key: without it, it would not."""
    return key is not None and key.startswith(PREFIX) and not key.endswith(DEAD)
