"""Jobs by stage (waits, due, out, dead), outside calls, queues by class, cron rows, and where a trace goes on."""

from alembic import op

revision = "0002"
down_revision = "0001"

check = "select to_regclass('platform.ix_job_waits') is not null"

UPGRADE = (
    "ALTER TABLE platform.job ADD COLUMN ripe boolean NOT NULL DEFAULT true",
    'ALTER TABLE platform.job ADD COLUMN traceparent text COLLATE "C"',
    # Where a job stands, told by the columns that say so; it is in the indexes, so that a lease that is made longer
    # touches none of them.
    """
    ALTER TABLE platform.job ADD COLUMN stage text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        CASE WHEN dead_at IS NOT NULL THEN 'dead' WHEN lease_until IS NOT NULL THEN 'out'
             WHEN ripe THEN 'due' ELSE 'waits' END
    ) STORED
    """,
    "ALTER TABLE platform.job SET (fillfactor = 80)",
    "ALTER TABLE platform.job DROP CONSTRAINT ck_job_kind",
    "ALTER TABLE platform.job ADD CONSTRAINT ck_job_kind CHECK (kind IN ('atomic', 'outside', 'long'))",
    "ALTER TABLE platform.job NO FORCE ROW LEVEL SECURITY",  # or its owner would see none of the rows
    """
    UPDATE platform.job SET
        ripe = run_at <= now(),
        queue = CASE WHEN task IN ('records_rebuild', 'export_run_perform', 'import_run_perform',
                                   'import_revert_perform', 'file_scan', 'file_discard', 'file_purge',
                                   'file_clean_up', 'file_sweep') THEN 'bulk'
                     WHEN queue = 'default' THEN 'interactive' ELSE queue END
    """,
    "ALTER TABLE platform.job FORCE ROW LEVEL SECURITY",
    "DROP INDEX platform.ix_job_due",
    "DROP INDEX platform.ix_job_dead",
    "CREATE INDEX ix_job_waits ON platform.job (run_at) WHERE stage = 'waits'",
    "CREATE INDEX ix_job_due ON platform.job (queue, tenant_id, run_at) WHERE stage = 'due'",
    "CREATE INDEX ix_job_out ON platform.job (queue, tenant_id) WHERE stage = 'out'",
    "CREATE INDEX ix_job_dead ON platform.job (dead_at) WHERE stage = 'dead'",
    "CREATE INDEX ix_job_key ON platform.job (key, tenant_id) WHERE key LIKE 'cron:%'",
    "GRANT INSERT ON platform.job TO atrium_dispatcher",
)
DOWNGRADE = (
    "REVOKE INSERT ON platform.job FROM atrium_dispatcher",
    "DROP INDEX platform.ix_job_key",
    "DROP INDEX platform.ix_job_waits",
    "DROP INDEX platform.ix_job_due",
    "DROP INDEX platform.ix_job_out",
    "DROP INDEX platform.ix_job_dead",
    "ALTER TABLE platform.job NO FORCE ROW LEVEL SECURITY",
    "DELETE FROM platform.job WHERE kind = 'outside'",
    "ALTER TABLE platform.job DROP CONSTRAINT ck_job_kind",
    "ALTER TABLE platform.job ADD CONSTRAINT ck_job_kind CHECK (kind IN ('atomic', 'long'))",
    "UPDATE platform.job SET queue = 'default' WHERE queue <> 'mail'",
    "ALTER TABLE platform.job FORCE ROW LEVEL SECURITY",
    "ALTER TABLE platform.job DROP COLUMN stage",
    "ALTER TABLE platform.job DROP COLUMN traceparent",
    "ALTER TABLE platform.job DROP COLUMN ripe",
    "CREATE INDEX ix_job_due ON platform.job (queue, run_at) WHERE dead_at IS NULL",
    "CREATE INDEX ix_job_dead ON platform.job (dead_at) WHERE dead_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
