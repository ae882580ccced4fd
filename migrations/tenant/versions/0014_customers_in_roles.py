"""Industries and areas; customers in several roles, with all that is known of them; contacts likewise."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = (
    "select count(*) = 2 from information_schema.columns"
    " where table_schema = current_schema() and table_name = 'customer' and column_name in ('is_channel', 'area_id')"
)


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("name_zh", sa.Text(collation="C"), nullable=True),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("name_zh_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_index(
        "ix_area_deletion_id",
        "area",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_area_order",
        "area",
        ["rank", "name_sort", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_area_parent_id"), "area", ["parent_id"], unique=False)
    op.create_index(
        "ix_area_search",
        "area",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_area_code", "area", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "industry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("name_zh", sa.Text(collation="C"), nullable=True),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("name_zh_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["industry.id"], name=op.f("fk_industry_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_industry")),
    )
    op.create_index(
        "ix_industry_deletion_id",
        "industry",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_industry_order",
        "industry",
        ["rank", "name_sort", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_industry_parent_id"), "industry", ["parent_id"], unique=False)
    op.create_index(
        "ix_industry_search",
        "industry",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_industry_code", "industry", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.add_column("contact", sa.Column("department", sa.Text(collation="C"), nullable=True))
    op.add_column("contact", sa.Column("superior_id", sa.Uuid(), nullable=True))
    op.add_column("contact", sa.Column("influence", sa.Text(collation="C"), nullable=True))
    op.add_column("contact", sa.Column("address", sa.Text(collation="C"), nullable=True))
    op.add_column("contact", sa.Column("preferences", sa.Text(collation="C"), nullable=True))
    op.add_column("contact", sa.Column("department_folded", sa.Text(collation="C"), nullable=True))
    op.add_column("contact", sa.Column("address_folded", sa.Text(collation="C"), nullable=True))
    op.create_index(op.f("ix_contact_superior_id"), "contact", ["superior_id"], unique=False)
    op.create_foreign_key(op.f("fk_contact_superior_id"), "contact", "contact", ["superior_id"], ["id"])
    op.add_column("customer", sa.Column("full_name", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("is_potential", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("customer", sa.Column("is_customer", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", sa.Column("is_partner", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", sa.Column("is_agent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", sa.Column("is_supplier", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", sa.Column("is_competitor", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", sa.Column("is_channel", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", sa.Column("category", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("importance", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("level", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("lifecycle", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("referrer_id", sa.Uuid(), nullable=True))
    op.add_column("customer", sa.Column("industry_id", sa.Uuid(), nullable=True))
    op.add_column("customer", sa.Column("area_id", sa.Uuid(), nullable=True))
    op.add_column("customer", sa.Column("mobile", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("language", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("legal_person", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("tax_no", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("registered_capital", sa.Numeric(precision=20, scale=4), nullable=True))
    op.add_column("customer", sa.Column("bank", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("bank_account", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("credit_rating", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("full_name_folded", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("mobile_folded", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("language_folded", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("legal_person_folded", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("tax_no_folded", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("bank_folded", sa.Text(collation="C"), nullable=True))
    op.add_column("customer", sa.Column("bank_account_folded", sa.Text(collation="C"), nullable=True))
    op.create_index(op.f("ix_customer_area_id"), "customer", ["area_id"], unique=False)
    op.create_index(op.f("ix_customer_industry_id"), "customer", ["industry_id"], unique=False)
    op.create_index(op.f("ix_customer_referrer_id"), "customer", ["referrer_id"], unique=False)
    op.create_foreign_key(op.f("fk_customer_referrer_id"), "customer", "customer", ["referrer_id"], ["id"])
    op.create_foreign_key(op.f("fk_customer_industry_id"), "customer", "industry", ["industry_id"], ["id"])
    op.create_foreign_key(op.f("fk_customer_area_id"), "customer", "area", ["area_id"], ["id"])
    op.execute(
        "update customer set is_potential = kind = 'potential', is_customer = kind = 'customer',"
        " is_partner = kind = 'partner', is_supplier = kind = 'supplier', kind = 'company'"
    )
    op.drop_column("customer", "industry_folded")
    op.drop_column("customer", "industry")
