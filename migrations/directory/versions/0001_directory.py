"""Cells, tenants, the warm pool, people and their sign-ins, and what a tenant's schema does not know of yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

check = "select to_regclass('directory.sign_in') is not null"


def upgrade() -> None:
    _places()
    _people()
    op.execute("GRANT USAGE ON SCHEMA directory TO atrium_app, atrium_dispatcher")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA directory TO atrium_app")
    op.execute(
        "GRANT INSERT, UPDATE, DELETE ON directory.person, directory.membership, directory.sign_in TO atrium_app"
    )
    op.execute("GRANT SELECT ON directory.cell, directory.tenant TO atrium_dispatcher")


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _places() -> None:
    op.create_table(
        "cell",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("dsn", sa.Text, nullable=False),
        sa.Column("max_tenants", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("name", name="cell_pkey"),
        schema="directory",
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("cell", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("base_currency", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="tenant_pkey"),
        sa.UniqueConstraint("slug", name="tenant_slug_key"),
        sa.UniqueConstraint("schema", name="tenant_schema_key"),
        sa.ForeignKeyConstraint(["cell"], ["directory.cell.name"], name="tenant_cell_fkey"),
        sa.CheckConstraint("state in ('creating', 'active', 'suspended', 'dropping')", name="tenant_state_check"),
        schema="directory",
    )
    op.create_index("tenant_cell_idx", "tenant", ["cell"], schema="directory")
    op.create_table(
        "spare",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("cell", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="spare_pkey"),
        sa.UniqueConstraint("schema", name="spare_schema_key"),
        sa.ForeignKeyConstraint(["cell"], ["directory.cell.name"], name="spare_cell_fkey"),
        sa.CheckConstraint("state in ('filling', 'ready')", name="spare_state_check"),
        schema="directory",
    )
    op.create_table(
        "pending",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("details", postgresql.JSONB, nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("key", name="pending_pkey"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["directory.tenant.id"], name="pending_tenant_id_fkey", ondelete="CASCADE"
        ),
        sa.CheckConstraint("kind in ('create', 'state', 'drop')", name="pending_kind_check"),
        schema="directory",
    )
    op.create_index("pending_tenant_id_idx", "pending", ["tenant_id"], schema="directory")


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="person_pkey"),
        sa.UniqueConstraint("email", name="person_email_key"),
        schema="directory",
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("principal_id", sa.Uuid, nullable=False),
        _moment("ended_at", nullable=True),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="membership_pkey"),
        sa.UniqueConstraint("tenant_id", "principal_id", name="membership_tenant_id_principal_id_key"),
        sa.UniqueConstraint("tenant_id", "person_id", name="membership_tenant_id_person_id_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["directory.tenant.id"], name="membership_tenant_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["directory.person.id"], name="membership_person_id_fkey", ondelete="CASCADE"
        ),
        schema="directory",
    )
    op.create_index("membership_person_id_idx", "membership", ["person_id"], schema="directory")
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("membership_id", sa.Uuid, nullable=False),
        _moment("expires_at"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="sign_in_pkey"),
        sa.UniqueConstraint("token_hash", name="sign_in_token_hash_key"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["directory.membership.id"], name="sign_in_membership_id_fkey", ondelete="CASCADE"
        ),
        schema="directory",
    )
    op.create_index("sign_in_membership_id_idx", "sign_in", ["membership_id"], schema="directory")
