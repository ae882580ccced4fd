"""What the checks of invariants found, one row a tenant and invariant."""

from alembic import op

revision = "0003"
down_revision = "0002"

check = "select to_regclass('platform.finding') is not null"

UPGRADE = (
    """
    CREATE TABLE platform.finding (
        tenant_id uuid NOT NULL,
        tenant_role text COLLATE "C" NOT NULL DEFAULT current_user,
        invariant text COLLATE "C" NOT NULL,
        count bigint NOT NULL,
        sample text[] COLLATE "C" NOT NULL,
        note text COLLATE "C" NOT NULL,
        resume uuid,
        first_seen timestamptz,
        last_seen timestamptz,
        checked_at timestamptz NOT NULL,
        CONSTRAINT pk_finding PRIMARY KEY (tenant_id, invariant),
        CONSTRAINT ck_finding_count CHECK (count >= 0),
        CONSTRAINT ck_finding_seen CHECK ((count = 0) = (first_seen IS NULL))
    )
    """,
    "CREATE INDEX ix_finding_broken ON platform.finding (invariant) WHERE count > 0",
    "ALTER TABLE platform.finding ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE platform.finding FORCE ROW LEVEL SECURITY",
    """
    CREATE POLICY finding_of_tenant ON platform.finding TO atrium_tenant
        USING (tenant_role = current_user) WITH CHECK (tenant_role = current_user)
    """,
    "CREATE POLICY finding_of_cell ON platform.finding FOR SELECT TO atrium_dispatcher USING (true)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON platform.finding TO atrium_tenant",
    "GRANT SELECT ON platform.finding TO atrium_dispatcher",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE platform.finding")
