"""What a cell holds beside its tenants: its epoch, and the jobs of all of them."""

from alembic import op

revision = "0001"
down_revision = None

check = "select to_regclass('platform.job') is not null and (select count(*) = 1 from platform.cell)"

UPGRADE = (
    "CREATE SCHEMA IF NOT EXISTS platform",
    # The epoch is new when a cell is restored from a backup: readers of change feeds then begin again.
    """
    CREATE TABLE platform.cell (
        one boolean NOT NULL DEFAULT true,
        epoch uuid NOT NULL DEFAULT gen_random_uuid(),
        CONSTRAINT pk_cell PRIMARY KEY (one),
        CONSTRAINT ck_cell_one CHECK (one)
    )
    """,
    "INSERT INTO platform.cell DEFAULT VALUES",
    """
    CREATE TABLE platform.job (
        id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        tenant_role text COLLATE "C" NOT NULL DEFAULT current_user,
        queue text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        task text COLLATE "C" NOT NULL,
        payload jsonb NOT NULL,
        key text COLLATE "C",
        actor_id uuid,
        run_at timestamptz NOT NULL DEFAULT now(),
        attempts integer NOT NULL DEFAULT 0,
        max_attempts integer NOT NULL,
        lease_until timestamptz,
        holder text COLLATE "C",
        dead_at timestamptz,
        last_error text COLLATE "C",
        checkpoint jsonb,
        progress jsonb,
        cancel_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        trace text COLLATE "C",
        CONSTRAINT pk_job PRIMARY KEY (id),
        CONSTRAINT uq_job_tenant_id_key UNIQUE (tenant_id, key),
        CONSTRAINT ck_job_kind CHECK (kind IN ('atomic', 'long')),
        CONSTRAINT ck_job_attempts CHECK (attempts >= 0 AND max_attempts >= 1)
    )
    """,
    "ALTER TABLE platform.job SET (autovacuum_vacuum_scale_factor = 0.01)",
    "CREATE INDEX ix_job_due ON platform.job (queue, run_at) WHERE dead_at IS NULL",
    "CREATE INDEX ix_job_cancel ON platform.job (cancel_at) WHERE cancel_at IS NOT NULL AND dead_at IS NULL",
    "CREATE INDEX ix_job_dead ON platform.job (dead_at) WHERE dead_at IS NOT NULL",
    "ALTER TABLE platform.job ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE platform.job FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY job_of_tenant ON platform.job TO atrium_tenant
        USING (tenant_role = current_user) WITH CHECK (tenant_role = current_user)
    """,
    "CREATE POLICY job_of_cell ON platform.job TO atrium_dispatcher USING (true) WITH CHECK (true)",
    "GRANT USAGE ON SCHEMA platform TO atrium_tenant, atrium_dispatcher",
    "GRANT INSERT, SELECT, DELETE, UPDATE (checkpoint, progress, cancel_at) ON platform.job TO atrium_tenant",
    "GRANT SELECT, UPDATE, DELETE ON platform.job TO atrium_dispatcher",
    "GRANT SELECT ON platform.cell TO atrium_tenant, atrium_dispatcher",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE platform.job")
    op.execute("DROP TABLE platform.cell")
