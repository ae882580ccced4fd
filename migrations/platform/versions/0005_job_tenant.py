"""All jobs of a company are found by an index: beside a million of others its list would read them all."""

from alembic import op

revision = "0005"
down_revision = "0004"

check = "select to_regclass('platform.ix_job_tenant') is not null"

UPGRADE = ("CREATE INDEX ix_job_tenant ON platform.job (tenant_id, id)",)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX platform.ix_job_tenant")
