"""The stamp: whose schema this is, at which version, and whether it may be used."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

check = "select to_regclass('stamp') is not null"


def upgrade() -> None:
    op.create_table(
        "stamp",
        sa.Column("one", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("policy_version", sa.BigInteger, nullable=False),
        sa.Column("customisation_version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("one", name="stamp_pkey"),
        sa.CheckConstraint("one", name="stamp_one_check"),
        sa.CheckConstraint("state in ('creating', 'active', 'suspended', 'dropping')", name="stamp_state_check"),
    )
