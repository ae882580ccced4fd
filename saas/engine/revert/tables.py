"""One row for each time that an import is taken back, and one for each record that was left as it is."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from saas.engine.record import metadata

_text = sa.Text(collation="C")

import_revert = sa.Table(
    "import_revert",
    metadata,
    sa.Column("run_id", sa.Uuid(), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("is_dry_run", sa.Boolean(), nullable=False),
    sa.Column("state", _text, nullable=False),
    sa.Column("reason", sa.Text()),
    sa.Column("counts", JSONB(), nullable=False),
    sa.Column("place", sa.Integer()),
    sa.Column("job_id", sa.Uuid()),
    sa.Column("created_by", sa.Uuid(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    comment="The reverts of an import. `place`: what the import wrote from there on was looked at.",
)
import_revert_issue = sa.Table(
    "import_revert_issue",
    metadata,
    sa.Column("run_id", sa.Uuid(), primary_key=True),
    sa.Column("revert", sa.Integer(), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("line", sa.Integer(), nullable=False),
    sa.Column("record_id", sa.Uuid(), nullable=False),
    sa.Column("code", _text, nullable=False),
    sa.Column("message", sa.Text(), nullable=False),
    sa.Column("fields", JSONB(), nullable=False),
    comment="Why a revert left a record as it is. `number`: its place in the order in which the import wrote.",
)
