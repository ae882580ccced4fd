"""Duplicates: the first few records that share a key are found without looking at all of them."""

from alembic import op

revision = "0030"
down_revision = "0029"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('ix_duplicate_key_object_kind_key_record_id') is not null"


def upgrade() -> None:
    op.create_index(
        "ix_duplicate_key_object_kind_key_record_id",
        "duplicate_key",
        ["object", "kind", "key", "record_id"],
        unique=False,
    )
    op.drop_index("ix_duplicate_key_object_kind_key", table_name="duplicate_key")
