"""Links sent by mail, second factors and their recovery codes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

check = "select to_regclass('directory.recovery_code') is not null"


def upgrade() -> None:
    _links()
    _second_factors()
    names = "directory.link, directory.second_factor, directory.recovery_code"
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {names} TO atrium_app")


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _links() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Uuid),
        sa.Column("principal_id", sa.Uuid),
        sa.Column("person_id", sa.Uuid),
        sa.Column("invited_by", sa.Uuid),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary),
        _moment("expires_at"),
        _moment("sent_at", nullable=True),
        _moment("used_at", nullable=True),
        _moment("ended_at", nullable=True),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["directory.tenant.id"], name="link_tenant_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["directory.person.id"], name="link_person_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="link_pkey"),
        sa.UniqueConstraint("secret_hash", name="link_secret_hash_key"),
        sa.CheckConstraint("kind in ('invitation', 'password')", name="link_kind_check"),
        schema="directory",
    )
    op.create_index("link_tenant_id_id_idx", "link", ["tenant_id", "id"], schema="directory")
    op.create_index("link_person_id_idx", "link", ["person_id"], schema="directory")


def _second_factors() -> None:
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        _moment("failed_at", nullable=True),
        _moment("confirmed_at", nullable=True),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["directory.person.id"], name="second_factor_person_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="second_factor_pkey"),
        schema="directory",
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        _moment("used_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["directory.person.id"], name="recovery_code_person_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "code_hash", name="recovery_code_pkey"),
        schema="directory",
    )
