"""Files that people send, and the records that they hang on."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('file') is not null and to_regclass('attachment') is not null"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("attached_by", sa.Uuid(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "file_id", name=op.f("pk_attachment")),
        comment="Which files hang on which records, of any object: the id tells which.",
    )
    op.create_index("ix_attachment_file_id", "attachment", ["file_id", "record_id"], unique=False)
    op.create_table(
        "file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(collation="C"), nullable=False),
        sa.Column("checksum", sa.Text(collation="C"), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("blob", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loose_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        comment="One row a file. `loose_since`: since when it hangs on nothing; `removed_at`: its content is to go.",
    )
    op.create_index("ix_file_blob", "file", ["blob"], unique=False, postgresql_where=sa.text("blob IS NOT NULL"))
    op.create_index(
        "ix_file_created_by_id",
        "file",
        ["created_by", "id"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "ix_file_loose_since",
        "file",
        ["loose_since"],
        unique=False,
        postgresql_where=sa.text("loose_since IS NOT NULL"),
    )
    op.create_index(
        "ix_file_removed_at", "file", ["removed_at"], unique=False, postgresql_where=sa.text("removed_at IS NOT NULL")
    )
    op.create_index(
        "ix_file_search",
        "file",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 128},
        postgresql_where=sa.text("removed_at IS NULL"),
    )
