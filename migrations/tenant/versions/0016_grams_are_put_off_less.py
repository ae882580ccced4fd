"""An index of grams puts off no more than 128 kB of what is written: all that is put off is read by every search."""

from alembic import op

revision = "0016"
down_revision = "0015"

check = (
    "select reloptions @> '{gin_pending_list_limit=128}' from pg_class where oid = to_regclass('ix_customer_search')"
)

SEARCHED = (
    "area",
    "business_line",
    "calendar",
    "calendar_day",
    "contact",
    "customer",
    "department",
    "dictionary",
    "dictionary_entry",
    "employee",
    "industry",
    "number_rule",
    "opportunity",
    "position",
    "product",
    "region",
    "role",
)


def upgrade() -> None:
    for table in SEARCHED:
        op.execute(f"ALTER INDEX ix_{table}_search SET (gin_pending_list_limit = 128)")
