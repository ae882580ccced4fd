"""Keys by which records that may be the same thing are found."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

check = "select to_regclass('duplicate_key') is not null"


def upgrade() -> None:
    op.create_table(
        "duplicate_key",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "kind", "key", name=op.f("pk_duplicate_key")),
        comment="Normalised keys by which records that may be the same thing are found.",
    )
    op.create_index("ix_duplicate_key_object_kind_key", "duplicate_key", ["object", "kind", "key"], unique=False)
