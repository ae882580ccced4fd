"""The log of sign-ins, former passwords, failures of unknown addresses, used captchas; people by their domain."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

check = "select to_regclass('directory.used_captcha') is not null"
_TABLES = "directory.sign_in_entry, directory.password_history, directory.unknown_address, directory.used_captcha"


def upgrade() -> None:
    op.execute("CREATE INDEX person_domain_idx ON directory.person (split_part(email, '@', 2))")
    op.create_index("session_expires_at_idx", "session", ["expires_at"], schema="directory")
    _log()
    op.create_table(
        "password_history",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["directory.person.id"], name="password_history_person_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="password_history_pkey"),
        schema="directory",
    )
    op.create_index("password_history_person_id_idx", "password_history", ["person_id"], schema="directory")
    op.create_table(
        "unknown_address",
        sa.Column("address_hash", sa.LargeBinary, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name="unknown_address_pkey"),
        schema="directory",
    )
    op.create_index("unknown_address_failed_at_idx", "unknown_address", ["failed_at"], schema="directory")
    op.create_table(
        "used_captcha",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="used_captcha_pkey"),
        schema="directory",
    )
    op.create_index("used_captcha_until_idx", "used_captcha", ["until"], schema="directory")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_TABLES} TO atrium_app")


def _log() -> None:
    op.create_table(
        "sign_in_entry",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("tenant_id", sa.Uuid),
        sa.Column("session_id", sa.Uuid),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["directory.person.id"], name="sign_in_entry_person_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["directory.tenant.id"], name="sign_in_entry_tenant_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="sign_in_entry_pkey"),
        sa.CheckConstraint(
            "outcome in ('ok', 'wrong', 'locked', 'captcha', 'second_factor_wrong', 'refused')",
            name="sign_in_entry_outcome_check",
        ),
        schema="directory",
    )
    for columns in ["person_id", "id"], ["tenant_id", "id"], ["at"]:
        op.create_index(f"sign_in_entry_{'_'.join(columns)}_idx", "sign_in_entry", columns, schema="directory")
