"""Tenants' own identity providers, their domains, and who is known there as whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

check = "select to_regclass('directory.used_log_out') is not null"
_TABLES = "connection, verified_domain, outside_identity, sso_attempt, used_log_out"


def upgrade() -> None:
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("client_secret", sa.LargeBinary),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("just_in_time", sa.Boolean, nullable=False),
        sa.Column("role_mappings", postgresql.JSONB, nullable=False),
        sa.Column("trusts_second_factor", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _foreign("connection", "tenant"),
        sa.PrimaryKeyConstraint("id", name="connection_pkey"),
        sa.CheckConstraint("state in ('active', 'off')", name="connection_state_check"),
        schema="directory",
    )
    _index("connection", "tenant_id")
    op.create_table(
        "verified_domain",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        _moment("verified_at", nullable=True),
        _moment("created_at"),
        _foreign("verified_domain", "tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "domain", name="verified_domain_pkey"),
        schema="directory",
    )
    op.create_index(
        "verified_domain_domain_idx",
        "verified_domain",
        ["domain"],
        unique=True,
        schema="directory",
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.create_table(
        "outside_identity",
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        _moment("seen_at"),
        _moment("created_at"),
        _foreign("outside_identity", "connection"),
        _foreign("outside_identity", "person"),
        sa.PrimaryKeyConstraint("connection_id", "issuer", "subject", name="outside_identity_pkey"),
        sa.UniqueConstraint(
            "connection_id", "issuer", "person_id", name="outside_identity_connection_id_issuer_person_id_key"
        ),
        schema="directory",
    )
    _index("outside_identity", "person_id")
    _passing()
    names = ", ".join(f"directory.{name.strip()}" for name in _TABLES.split(","))
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {names} TO atrium_app")


def _passing() -> None:
    op.create_table(
        "sso_attempt",
        sa.Column("state_hash", sa.LargeBinary, nullable=False),
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("browser_hash", sa.LargeBinary, nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary, nullable=False),
        sa.Column("verifier", sa.LargeBinary, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("onward_to", sa.Text, nullable=False),
        _moment("expires_at"),
        _foreign("sso_attempt", "connection"),
        _foreign("sso_attempt", "person"),
        sa.PrimaryKeyConstraint("state_hash", name="sso_attempt_pkey"),
        schema="directory",
    )
    for column in ("connection_id", "person_id", "expires_at"):
        _index("sso_attempt", column)
    op.create_table(
        "used_log_out",
        sa.Column("connection_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        _moment("expires_at"),
        _foreign("used_log_out", "connection"),
        sa.PrimaryKeyConstraint("connection_id", "token_hash", name="used_log_out_pkey"),
        schema="directory",
    )
    _index("used_log_out", "expires_at")


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _foreign(table: str, to: str) -> sa.ForeignKeyConstraint:
    column = f"{to}_id"
    return sa.ForeignKeyConstraint([column], [f"directory.{to}.id"], name=f"{table}_{column}_fkey", ondelete="CASCADE")


def _index(table: str, column: str) -> None:
    op.create_index(f"{table}_{column}_idx", table, [column], schema="directory")
