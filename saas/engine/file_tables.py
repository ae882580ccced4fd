"""One row a file, and one for each record that it hangs on. The content lies in the store, under `blob`."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.followers import Follows, first
from saas.engine.record import PENDING_GRAMS_KB, metadata

_text = sa.Text(collation="C")
_moment = sa.DateTime(timezone=True)
IS_THERE = "removed_at IS NULL"

file = sa.Table(
    "file",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("name", _text, nullable=False),
    sa.Column("name_folded", _text, nullable=False),
    sa.Column("search_grams", ARRAY(_text), nullable=False),
    sa.Column("size", sa.BigInteger(), nullable=False),
    sa.Column("type", _text, nullable=False),
    sa.Column("checksum", _text),
    sa.Column("state", _text, nullable=False),
    sa.Column("reason", sa.Text()),
    sa.Column("blob", sa.Uuid()),
    sa.Column("created_by", sa.Uuid(), nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("loose_since", _moment),
    sa.Column("removed_at", _moment),
    sa.Index("ix_file_created_by_id", "created_by", "id", postgresql_where=sa.text(IS_THERE)),
    sa.Index("ix_file_blob", "blob", postgresql_where=sa.text("blob IS NOT NULL")),
    sa.Index("ix_file_loose_since", "loose_since", postgresql_where=sa.text("loose_since IS NOT NULL")),
    sa.Index("ix_file_removed_at", "removed_at", postgresql_where=sa.text("removed_at IS NOT NULL")),
    sa.Index(
        "ix_file_search",
        "search_grams",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": PENDING_GRAMS_KB},
        postgresql_where=sa.text(IS_THERE),
    ),
    comment="One row a file. `loose_since`: since when it hangs on nothing; `removed_at`: its content is to go.",
)
attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("record_id", sa.Uuid(), primary_key=True, info=Follows("record", seen_with="{object}.read").info),
    sa.Column("file_id", sa.Uuid(), primary_key=True),
    sa.Column("attached_by", sa.Uuid(), nullable=False),
    sa.Column("attached_at", _moment, nullable=False),
    sa.Index("ix_attachment_file_id", "file_id", "record_id"),
    info=first("attached_at"),
    comment="Which files hang on which records, of any object: the id tells which.",
)
SLOTS = 16  # among which is dealt out what a tenant may still keep
file_use = sa.Table(
    "file_use",
    metadata,
    sa.Column("number", sa.SmallInteger(), primary_key=True, autoincrement=False),
    sa.Column("bytes", sa.BigInteger(), nullable=False),
    sa.Column("files", sa.BigInteger(), nullable=False),
    sa.Column("bytes_share", sa.BigInteger(), nullable=False),
    sa.Column("files_share", sa.BigInteger(), nullable=False),
    sa.Column("most_bytes", sa.BigInteger(), nullable=False),
    sa.Column("most_files", sa.BigInteger(), nullable=False),
    comment="What all files take, in slots; no slot takes more than its share, dealt out when so much was allowed.",
)
file_limit = sa.Table(
    "file_limit",
    metadata,
    sa.Column("number", sa.SmallInteger(), primary_key=True, autoincrement=False),
    sa.Column("bytes", sa.BigInteger()),
    sa.Column("files", sa.BigInteger()),
    comment="At most one row: how much this tenant may keep; NULL is what the settings say.",
)
