"""One row an import; the rows of its file as long as it is at work; one row for each thing to tell about a row."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from saas.engine.record import metadata

import_run = sa.Table(
    "import_run",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("object", sa.Text(collation="C"), nullable=False),
    sa.Column("file_name", sa.Text(collation="C"), nullable=False),
    sa.Column("mapping", sa.JSON(), nullable=False),
    sa.Column("header", JSONB(), nullable=False),
    sa.Column("file_id", sa.Uuid()),
    sa.Column("is_read", sa.Boolean(), nullable=False),
    sa.Column("is_dry_run", sa.Boolean(), nullable=False),
    sa.Column("state", sa.Text(collation="C"), nullable=False),
    sa.Column("counts", JSONB(), nullable=False),
    sa.Column("job_id", sa.Uuid()),
    sa.Column("refused_file_id", sa.Uuid()),
    sa.Column("created_by", sa.Uuid(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Index("ix_import_run_created_at", "created_at"),
    comment="One row an import: what was sent, how it is read, how far it is. `is_read`: all its rows are there.",
)
import_row = sa.Table(
    "import_row",
    metadata,
    sa.Column("run_id", sa.Uuid(), sa.ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("level", sa.Integer(), primary_key=True),
    sa.Column("document", sa.Integer(), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("line", sa.Integer(), nullable=False),
    sa.Column("cells", ARRAY(sa.Text()), nullable=False),
    sa.Column("wrong", sa.Text()),
    sa.Column("key", sa.Uuid()),
    sa.Column("says", sa.Uuid()),
    sa.Column("called", ARRAY(sa.Uuid())),
    sa.Column("refers", ARRAY(sa.Uuid())),
    sa.Column("twin_line", sa.Integer()),
    sa.Column("circles", sa.Boolean()),
    comment="One row a record of a file that is imported, in the order in which they are written. `document`: the"
    " first row of its key; `level`: how many rows lie above it; `key`, `says`, `called`, `refers`: what"
    " its texts come to; `twin_line`: where its key stands already; `circles`: it refers to itself in the end.",
)
import_mapping = sa.Table(
    "import_mapping",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("object", sa.Text(collation="C"), nullable=False),
    sa.Column("name", sa.Text(collation="C"), nullable=False),
    sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
    sa.Column("mapping", sa.JSON(), nullable=False),
    sa.Column("created_by", sa.Uuid(), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("uq_import_mapping_object_name_folded", "object", "name_folded", unique=True),
    comment="Mappings that are kept under a name, for the next file of the same kind.",
)
import_issue = sa.Table(
    "import_issue",
    metadata,
    sa.Column("run_id", sa.Uuid(), sa.ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("row", sa.Integer(), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("line", sa.Integer(), nullable=False),
    sa.Column("severity", sa.Text(collation="C"), nullable=False),
    sa.Column("field", sa.Text(collation="C"), nullable=False),
    sa.Column("code", sa.Text(collation="C"), nullable=False),
    sa.Column("message", sa.Text(), nullable=False),
    comment="One row for each thing to tell about a row of an imported file, which begins on `line`.",
)
