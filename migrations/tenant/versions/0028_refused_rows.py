"""Imports: the file of the rows that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = (
    "select count(*) = 1 from pg_attribute where attrelid = to_regclass('import_run') and attname = 'refused_file_id'"
)


def upgrade() -> None:
    op.add_column("import_run", sa.Column("refused_file_id", sa.Uuid(), nullable=True))
