"""Branch offices, to which departments and people may belong; how many people departments are to have."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = (
    "select to_regclass('ix_employee_branch_id') is not null and to_regclass('ix_establishment_search') is not null"
    " and (select count(*) = 2 from pg_constraint where confrelid = 'branch'::regclass"
    " and conrelid in ('department'::regclass, 'employee'::regclass))"
)


def upgrade() -> None:
    op.create_table(
        "branch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.Text(collation="C"), nullable=True),
        sa.Column("address_country", sa.Text(collation="C"), nullable=True),
        sa.Column("address_province", sa.Text(collation="C"), nullable=True),
        sa.Column("address_city", sa.Text(collation="C"), nullable=True),
        sa.Column("address_district", sa.Text(collation="C"), nullable=True),
        sa.Column("address_street", sa.Text(collation="C"), nullable=True),
        sa.Column("address_street2", sa.Text(collation="C"), nullable=True),
        sa.Column("address_postal_code", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("phone_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("address_province_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("address_city_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("address_district_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("address_street_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("address_street2_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("address_postal_code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["branch.id"], name=op.f("fk_branch_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
    )
    op.create_index(
        "ix_branch_deletion_id", "branch", ["deletion_id"], postgresql_where=sa.text("deletion_id IS NOT NULL")
    )
    op.create_index("ix_branch_order", "branch", ["name_sort", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_branch_parent_id"), "branch", ["parent_id"])
    op.create_index(
        "ix_branch_search",
        "branch",
        ["search_grams"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 128},
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_branch_code", "branch", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_branch_name", "branch", ["name_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "establishment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=True),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column(
            "when_full", sa.Enum("warn", "refuse", name="whenfull", native_enum=False, length=40), nullable=False
        ),
        sa.Column("notes", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_establishment_department_id")),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_establishment_position_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_establishment")),
    )
    op.create_index(
        "ix_establishment_deletion_id",
        "establishment",
        ["deletion_id"],
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_establishment_department_id"), "establishment", ["department_id"])
    op.create_index(
        "ix_establishment_order", "establishment", ["name_sort", "id"], postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(op.f("ix_establishment_position_id"), "establishment", ["position_id"])
    op.create_index(
        "ix_establishment_search",
        "establishment",
        ["search_grams"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 128},
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.add_column("department", sa.Column("branch_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_department_branch_id"), "department", ["branch_id"])
    op.create_foreign_key(op.f("fk_department_branch_id"), "department", "branch", ["branch_id"], ["id"])
    op.add_column("employee", sa.Column("branch_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_employee_branch_id"), "employee", ["branch_id"])
    op.create_foreign_key(op.f("fk_employee_branch_id"), "employee", "branch", ["branch_id"], ["id"])
