"""One row an import, with its file, mapping and counts; one row for each thing to tell about a line of the file."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from saas.engine.record import metadata

import_run = sa.Table(
    "import_run",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("object", sa.Text(collation="C"), nullable=False),
    sa.Column("file_name", sa.Text(collation="C"), nullable=False),
    sa.Column("mapping", JSONB(), nullable=False),
    sa.Column("content", sa.Text(), nullable=False),
    sa.Column("is_dry_run", sa.Boolean(), nullable=False),
    sa.Column("state", sa.Text(collation="C"), nullable=False),
    sa.Column("counts", JSONB(), nullable=False),
    sa.Column("job_id", sa.Uuid()),
    sa.Column("refused_file_id", sa.Uuid()),
    sa.Column("created_by", sa.Uuid(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Index("ix_import_run_created_at", "created_at"),
    comment="One row an import: what was sent, how it is read, how far it is.",
)
import_issue = sa.Table(
    "import_issue",
    metadata,
    sa.Column("run_id", sa.Uuid(), sa.ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("line", sa.Integer(), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("severity", sa.Text(collation="C"), nullable=False),
    sa.Column("field", sa.Text(collation="C"), nullable=False),
    sa.Column("code", sa.Text(collation="C"), nullable=False),
    sa.Column("message", sa.Text(), nullable=False),
    comment="One row for each thing to tell about a line of an imported file.",
)
