"""Regions, positions and business lines; what is shared, and who takes part."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

check = "select to_regclass('record_share') is not null"


def upgrade() -> None:
    op.create_table(
        "business_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("description", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_business_line"),
    )
    op.create_index(
        "ix_business_line_deletion_id",
        "business_line",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_business_line_order",
        "business_line",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_business_line_code",
        "business_line",
        ["code_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_business_line_name",
        "business_line",
        ["name_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "position",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("description", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_position"),
    )
    op.create_index(
        "ix_position_deletion_id",
        "position",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_position_order",
        "position",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_position_code", "position", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_position_name", "position", ["name_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "principal_business_line",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("business_line_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("principal_id", "business_line_id", name="pk_principal_business_line"),
        comment="Who works for which lines of business.",
    )
    op.create_index(
        "ix_principal_business_line_business_line_id", "principal_business_line", ["business_line_id"], unique=False
    )
    op.create_table(
        "record_participant",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "principal_id", name="pk_record_participant"),
        comment="Who takes part in a record besides its owner.",
    )
    op.create_index(
        "ix_record_participant_principal_id", "record_participant", ["principal_id", "record_id"], unique=False
    )
    op.create_table(
        "record_share",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("access", sa.Text(collation="C"), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="The last day on which it counts; NULL: for good."),
        sa.PrimaryKeyConstraint("record_id", "holder_id", name="pk_record_share"),
        comment="Records shared with a person, a department and all below it, or a role: the id tells which.",
    )
    op.create_index("ix_record_share_holder_id", "record_share", ["holder_id", "record_id"], unique=False)
    op.create_table(
        "region",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["region.id"], name="fk_region_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_region"),
    )
    op.create_index(
        "ix_region_deletion_id",
        "region",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_region_order", "region", ["name_folded", "id"], unique=False, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index("ix_region_parent_id", "region", ["parent_id"], unique=False)
    op.create_index(
        "uq_region_code", "region", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_region_name", "region", ["name_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "region_closure",
        sa.Column("ancestor_id", sa.Uuid(), nullable=False),
        sa.Column("descendant_id", sa.Uuid(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ancestor_id", "descendant_id", name="pk_region_closure"),
        comment="Every region with every one below it, itself included at depth 0.",
    )
    # What was called region is the province of an address.
    op.alter_column("customer", "region", new_column_name="province")
    op.alter_column("customer", "region_folded", new_column_name="province_folded")
    op.add_column("customer", sa.Column("region_id", sa.Uuid(), nullable=True))
    op.create_index("ix_customer_region_id", "customer", ["region_id"], unique=False)
    op.create_foreign_key("fk_customer_region_id", "customer", "region", ["region_id"], ["id"])
    op.add_column("employee", sa.Column("region_id", sa.Uuid(), nullable=True))
    op.add_column("employee", sa.Column("position_id", sa.Uuid(), nullable=True))
    op.create_index("ix_employee_position_id", "employee", ["position_id"], unique=False)
    op.create_index("ix_employee_region_id", "employee", ["region_id"], unique=False)
    op.create_foreign_key("fk_employee_region_id", "employee", "region", ["region_id"], ["id"])
    op.create_foreign_key("fk_employee_position_id", "employee", "position", ["position_id"], ["id"])
    op.add_column("opportunity", sa.Column("region_id", sa.Uuid(), nullable=True))
    op.add_column("opportunity", sa.Column("business_line_id", sa.Uuid(), nullable=True))
    op.create_index("ix_opportunity_business_line_id", "opportunity", ["business_line_id"], unique=False)
    op.create_index("ix_opportunity_region_id", "opportunity", ["region_id"], unique=False)
    op.create_foreign_key("fk_opportunity_region_id", "opportunity", "region", ["region_id"], ["id"])
    op.create_foreign_key(
        "fk_opportunity_business_line_id", "opportunity", "business_line", ["business_line_id"], ["id"]
    )
    op.add_column("principal", sa.Column("region_id", sa.Uuid(), nullable=True))
    op.add_column("principal", sa.Column("position_id", sa.Uuid(), nullable=True))
    op.add_column(
        "principal_role",
        sa.Column("until", sa.Date(), nullable=True, comment="The last day on which it counts; NULL: for good."),
    )
    op.add_column("product", sa.Column("business_line_id", sa.Uuid(), nullable=True))
    op.create_index("ix_product_business_line_id", "product", ["business_line_id"], unique=False)
    op.create_foreign_key("fk_product_business_line_id", "product", "business_line", ["business_line_id"], ["id"])
