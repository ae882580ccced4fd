"""What was merged into what, and all that it takes to undo it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"

check = "select to_regclass('merge_move') is not null and to_regclass('merged') is not null"


def upgrade() -> None:
    op.create_table(
        "merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
        comment="A merge that was not undone; `fields` of the survivor that it changed, before and after.",
    )
    op.create_table(
        "merge_move",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("field", sa.Text(collation="C"), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("was_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "object", "field", "record_id", name=op.f("pk_merge_move")),
        comment="A reference that a merge turned to the survivor, with what it led to before.",
    )
    op.create_table(
        "merged",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_merged")),
        comment="A record that went into another one by a merge.",
    )
    op.create_index("ix_merged_merge_id", "merged", ["merge_id"], unique=False)
