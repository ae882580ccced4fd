"""What a merge did to lists and to rows that follow a record, such as shares."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

check = "select to_regclass('merge_list') is not null and to_regclass('merge_row') is not null"


def upgrade() -> None:
    op.create_table(
        "merge_list",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("field", sa.Text(collation="C"), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("after", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "object", "field", "record_id", name=op.f("pk_merge_list")),
        comment="Many references that a merge changed, of the survivor or of a record that referred to one merged.",
    )
    op.create_table(
        "merge_row",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("table", sa.Text(collation="C"), nullable=False),
        sa.Column("is_after", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "table", "is_after", "number", name=op.f("pk_merge_row")),
        comment="A row that follows merged records, such as a share: as the merge found it, or as it left it.",
    )
