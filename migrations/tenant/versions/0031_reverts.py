"""Imports: what each wrote, and the times that it was taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0031"
down_revision = "0030"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = (
    "select bool_and(to_regclass(name) is not null)"
    " from unnest(array['import_record', 'import_revert', 'import_revert_issue']) as name"
)


def upgrade() -> None:
    op.create_table(
        "import_record",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("became", sa.Text(collation="C"), nullable=False),
        sa.Column("reverted_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_import_record")),
        comment=(
            "What an import wrote, in its order: a record, and the version it had then. `reverted_by`: which revert."
        ),
    )
    op.create_table(
        "import_revert",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_import_revert")),
        comment="The reverts of an import. `place`: what the import wrote from there on was looked at.",
    )
    op.create_table(
        "import_revert_issue",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("revert", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "revert", "number", name=op.f("pk_import_revert_issue")),
        comment="Why a revert left a record as it is. `number`: its place in the order in which the import wrote.",
    )
