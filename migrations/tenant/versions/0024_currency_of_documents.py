"""The currency of an opportunity and its lines; lines are searched. Without one it is the base currency."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = (
    "select count(*) = 2 from information_schema.columns where table_schema = current_schema()"
    " and (table_name, column_name) in (('opportunity', 'currency'), ('opportunity_line', 'search_grams'))"
)


def upgrade() -> None:
    text = sa.Text(collation="C")
    op.add_column("opportunity", sa.Column("currency", text, nullable=True))
    op.add_column("opportunity_line", sa.Column("search_grams", sa.ARRAY(text), server_default="{}", nullable=False))
    op.create_index(
        "ix_opportunity_line_search",
        "opportunity_line",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 128},
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
