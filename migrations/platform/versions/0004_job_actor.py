"""The jobs that somebody asked for are found by an index: they are looked at once a second by who follows them."""

from alembic import op

revision = "0004"
down_revision = "0003"

check = "select to_regclass('platform.ix_job_actor') is not null"

UPGRADE = ("CREATE INDEX ix_job_actor ON platform.job (tenant_id, actor_id, id) WHERE actor_id IS NOT NULL",)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX platform.ix_job_actor")
