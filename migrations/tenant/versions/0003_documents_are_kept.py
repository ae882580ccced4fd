"""Persisted GraphQL documents."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

check = "select to_regclass('document') is not null"


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("hash", sa.Text(collation="C"), nullable=False),
        sa.Column("text", sa.Text(collation="C"), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_document")),
        comment="Persisted GraphQL documents by the sha256 of their text.",
    )
