"""One row an export: who wanted what, how far it is, which file it became. The rows stay as the log of exports."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from saas.engine.record import metadata

_text = sa.Text(collation="C")

export_run = sa.Table(
    "export_run",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("object", _text, nullable=False),
    sa.Column("wish", JSONB(), nullable=False),
    sa.Column("state", _text, nullable=False),
    sa.Column("rows", sa.BigInteger(), nullable=False),
    sa.Column("reason", sa.Text()),
    sa.Column("file_id", sa.Uuid()),
    sa.Column("job_id", sa.Uuid()),
    sa.Column("created_by", sa.Uuid(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Index("ix_export_run_created_at", "created_at"),
    comment="One row an export, kept as the log: who wanted what, how many records it was, which file it became.",
)
