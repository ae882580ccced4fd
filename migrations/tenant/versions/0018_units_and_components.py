"""Products with kind, category and model; their units and components."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('product_component') is not null"


def upgrade() -> None:
    op.create_table(
        "product_component",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("notes", sa.Text(collation="C"), nullable=True),
        sa.Column("position_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("position_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("position_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.ForeignKeyConstraint(["part_id"], ["product.id"], name=op.f("fk_product_component_part_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_component_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_component")),
    )
    op.create_index(
        "ix_product_component_deletion_id",
        "product_component",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_product_component_order",
        "product_component",
        ["position_sort", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_product_component_part_id"), "product_component", ["part_id"], unique=False)
    op.create_index(op.f("ix_product_component_product_id"), "product_component", ["product_id"], unique=False)
    op.create_index(
        "ix_product_component_search",
        "product_component",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_product_component_product_id_position",
        "product_component",
        ["product_id", "position_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "product_unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("factor", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("barcode", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("barcode_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_unit_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_unit")),
    )
    op.create_index(
        "ix_product_unit_deletion_id",
        "product_unit",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_product_unit_order",
        "product_unit",
        ["name_sort", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_product_unit_product_id"), "product_unit", ["product_id"], unique=False)
    op.create_index(
        "ix_product_unit_search",
        "product_unit",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_product_unit_product_id_name",
        "product_unit",
        ["product_id", "name_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.add_column(
        "product",
        sa.Column(
            "kind",
            sa.Enum("goods", "service", name="productkind", native_enum=False, length=40),
            nullable=False,
            server_default="goods",
        ),
    )
    op.add_column("product", sa.Column("category", sa.Text(collation="C"), nullable=True))
    op.add_column("product", sa.Column("model", sa.Text(collation="C"), nullable=True))
    op.add_column("product", sa.Column("model_folded", sa.Text(collation="C"), nullable=True))
