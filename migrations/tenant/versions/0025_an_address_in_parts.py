"""An address in parts: of a contact what was one line is the street, of a customer what were five texts are its parts.

A country that is no name of ISO 3166 stands in the second line of the street. Customers are found by
their addresses after `saas tenant rebuild`.
"""

import sqlalchemy as sa
from alembic import op

from saas.kit.countries import names_of_countries

revision = "0025"
down_revision = "0024"

check = """
    select count(*) = 26 from information_schema.columns where table_schema = current_schema()
    and table_name in ('contact', 'customer') and column_name like 'address\\_%'"""

PARTS = ("province", "city", "district", "street2", "postal_code")
RENAMED = {
    "contact": {"address": "street"},
    "customer": {"address": "street", "city": "city", "province": "province", "postcode": "postal_code"},
}


def upgrade() -> None:
    for table, renamed in RENAMED.items():
        for column, part in renamed.items():
            op.alter_column(table, column, new_column_name=f"address_{part}")
            op.alter_column(table, f"{column}_folded", new_column_name=f"address_{part}_folded")
        for part in set(PARTS) - set(renamed.values()):
            op.add_column(table, sa.Column(f"address_{part}", sa.Text(collation="C"), nullable=True))
            op.add_column(table, sa.Column(f"address_{part}_folded", sa.Text(collation="C"), nullable=True))
        op.add_column(table, sa.Column("address_country", sa.Text(collation="C"), nullable=True))
    quoted = {name.replace("'", "''"): code for name, code in names_of_countries().items()}
    names = ", ".join(f"('{name}', '{code}')" for name, code in quoted.items())
    op.execute(
        f"UPDATE customer SET address_country = known.code FROM (VALUES {names}) AS known (name, code)"  # our own table
        " WHERE customer.country_folded = known.name"
    )
    op.execute(
        "UPDATE customer SET address_street2 = country, address_street2_folded = country_folded"
        " WHERE country IS NOT NULL AND address_country IS NULL"
    )
    op.drop_column("customer", "country_folded")
    op.drop_column("customer", "country")
