"""Answers of requests that are done once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

check = "select to_regclass('idempotency') is not null"


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("request", sa.Text(collation="C"), nullable=False),
        sa.Column("answer", sa.Text(collation="C"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_idempotency")),
        comment="Answers of requests with an idempotency key, by who sent it and sha256 of the key, for 24 hours.",
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"], unique=False)
