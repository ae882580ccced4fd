"""Names get the key by which they are ordered and how they sound; records get the grams by which they are searched.

The program makes all three whenever it writes a record. A record from before has them empty: it comes first in an order
by name and is found by no search until it is written the next time, whatever changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

check = "select to_regclass('ix_customer_search') is not null and to_regclass('ix_calendar_day_search') is not null"

ORDERED_BY_NAME = (
    "business_line",
    "calendar",
    "contact",
    "customer",
    "department",
    "employee",
    "number_rule",
    "position",
    "product",
    "region",
    "role",
)
TITLES = {
    **dict.fromkeys((*ORDERED_BY_NAME, "calendar_day", "dictionary", "opportunity"), "name"),
    "dictionary_entry": "label",
}
LIVING = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    for table, title in TITLES.items():
        text = sa.Text(collation="C")
        op.add_column(table, sa.Column(f"{title}_sort", text, server_default="", nullable=False))
        op.add_column(table, sa.Column(f"{title}_sound", text, nullable=True))
        op.add_column(table, sa.Column("search_grams", sa.ARRAY(text), server_default="{}", nullable=False))
        op.create_index(f"ix_{table}_search", table, ["search_grams"], postgresql_using="gin", postgresql_where=LIVING)
    for table in ORDERED_BY_NAME:
        op.drop_index(f"ix_{table}_order", table_name=table)
        op.create_index(f"ix_{table}_order", table, ["name_sort", "id"], postgresql_where=LIVING)
