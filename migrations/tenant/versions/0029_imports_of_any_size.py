"""Imports: the rows of a file stand in the database while they are imported, whatever the form of the file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = (
    "select to_regclass('import_row') is not null and to_regclass('import_mapping') is not null"
    " and (select count(*) = 1 from pg_attribute where attrelid = to_regclass('import_issue') and attname = 'row')"
)


def upgrade() -> None:
    op.add_column("import_run", sa.Column("header", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column("import_run", sa.Column("file_id", sa.Uuid(), nullable=True))
    op.add_column("import_run", sa.Column("is_read", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column("import_run", "header", server_default=None)
    op.alter_column("import_run", "is_read", server_default=None)
    # An import that is under way cannot go on: its file was kept where nobody looks any longer.
    op.execute(
        "update import_run set state = 'failed', finished_at = now(), counts = counts || jsonb_build_object('reason',"
        " 'Ended by an update of Atrium; started again, it finds what is in unchanged.')"
        " where state in ('queued', 'running')"
    )
    op.drop_column("import_run", "content")
    # As text the fields stay in their order, in which their problems are told.
    op.alter_column("import_run", "mapping", type_=sa.JSON(), postgresql_using="mapping::json")
    op.create_table_comment(
        "import_run",
        "One row an import: what was sent, how it is read, how far it is. `is_read`: all its rows are there.",
    )
    op.create_table_comment(
        "import_issue", "One row for each thing to tell about a row of an imported file, which begins on `line`."
    )
    op.add_column("import_issue", sa.Column("row", sa.Integer(), nullable=True))
    op.execute('update import_issue set "row" = line')
    op.alter_column("import_issue", "row", nullable=False)
    op.drop_constraint(op.f("pk_import_issue"), "import_issue", type_="primary")
    op.create_primary_key(op.f("pk_import_issue"), "import_issue", ["run_id", "row", "number"])
    op.create_table(
        "import_mapping",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        comment="Mappings that are kept under a name, for the next file of the same kind.",
    )
    op.create_index("uq_import_mapping_object_name_folded", "import_mapping", ["object", "name_folded"], unique=True)
    op.create_table(
        "import_row",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("wrong", sa.Text(), nullable=True),
        sa.Column("key", sa.Uuid(), nullable=True),
        sa.Column("says", sa.Uuid(), nullable=True),
        sa.Column("called", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("refers", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("twin_line", sa.Integer(), nullable=True),
        sa.Column("circles", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_row_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "level", "document", "number", name=op.f("pk_import_row")),
        comment="One row a record of a file that is imported, in the order in which they are written. `document`: the"
        " first row of its key; `level`: how many rows lie above it; `key`, `says`, `called`, `refers`: what"
        " its texts come to; `twin_line`: where its key stands already; `circles`: it refers to itself in the end.",
    )
