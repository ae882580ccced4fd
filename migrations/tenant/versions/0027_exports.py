"""Exports: who wanted what, how far each is, which file it became."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('export_run') is not null"


def upgrade() -> None:
    op.create_table(
        "export_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("wish", JSONB(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_run")),
        comment="One row an export, kept as the log: who wanted what, how many records it was, which file it became.",
    )
    op.create_index("ix_export_run_created_at", "export_run", ["created_at"], unique=False)
