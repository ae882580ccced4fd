"""Files: how many bytes and files a tenant keeps, and how many it may keep."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('file_limit') is not null and (select count(*) = 16 from file_use)"


def upgrade() -> None:
    op.create_table(
        "file_limit",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("files", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_file_limit")),
        comment="At most one row: how much this tenant may keep; NULL is what the settings say.",
    )
    op.create_table(
        "file_use",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("bytes_share", sa.BigInteger(), nullable=False),
        sa.Column("files_share", sa.BigInteger(), nullable=False),
        sa.Column("most_bytes", sa.BigInteger(), nullable=False),
        sa.Column("most_files", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_file_use")),
        comment="What all files take, in slots; no slot takes more than its share, dealt out when so much was allowed.",
    )
    # What is there already stands in the first slot; nothing is dealt out, so the first file to come deals it out.
    op.execute(
        "INSERT INTO file_use (number, bytes, files, bytes_share, files_share, most_bytes, most_files)"
        " SELECT slot, CASE slot WHEN 0 THEN bytes ELSE 0 END, CASE slot WHEN 0 THEN files ELSE 0 END, 0, 0, 0, 0"
        " FROM generate_series(0, 15) AS slot, (SELECT count(*) AS files,"
        " coalesce(sum(size) FILTER (WHERE state <> 'refused'), 0) AS bytes FROM file) AS kept"
    )
