"""The log of sign-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

check = "select to_regclass('directory.sign_in_log') is not null"
_OUTCOMES = "outcome in ('ok', 'wrong', 'locked', 'captcha', 'second_factor_wrong', 'refused')"


def upgrade() -> None:
    op.create_table(
        "sign_in_log",
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
            ["person_id"], ["directory.person.id"], name="sign_in_log_person_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["directory.tenant.id"], name="sign_in_log_tenant_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="sign_in_log_pkey"),
        sa.CheckConstraint(_OUTCOMES, name="sign_in_log_outcome_check"),
        schema="directory",
    )
    op.create_index("sign_in_log_person_id_id_idx", "sign_in_log", ["person_id", "id"], schema="directory")
    op.create_index("sign_in_log_tenant_id_id_idx", "sign_in_log", ["tenant_id", "id"], schema="directory")
    op.execute("GRANT SELECT, INSERT, DELETE ON directory.sign_in_log TO atrium_app")
