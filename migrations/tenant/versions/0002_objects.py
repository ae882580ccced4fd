"""The engine's own tables and the first business objects."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

revision = "0002"
down_revision = "0001"

check = "select to_regclass('opportunity') is not null and to_regclass('audit') is not null"


class Xid8(UserDefinedType[str]):
    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def upgrade() -> None:

    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("changes", JSONB(), nullable=True),
        sa.Column("scope_before", JSONB(), nullable=True),
        sa.Column("scope_after", JSONB(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("app", sa.Text(collation="C"), nullable=True),
        sa.Column("request_id", sa.Text(collation="C"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        comment="One row a write and record. `changes` holds the values before and after and may be erased.",
    )
    op.create_index("ix_audit_record_id_at", "audit", ["record_id", "at"], unique=False)
    op.create_index("ix_audit_xid", "audit", ["xid"], unique=False)
    op.create_table(
        "department",
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
        sa.ForeignKeyConstraint(["parent_id"], ["department.id"], name="fk_department_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_department"),
    )
    op.create_index(
        "ix_department_deletion_id",
        "department",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_department_order",
        "department",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_department_parent_id", "department", ["parent_id"], unique=False)
    op.create_index(
        "uq_department_code", "department", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_department_name", "department", ["name_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "department_closure",
        sa.Column("ancestor_id", sa.Uuid(), nullable=False),
        sa.Column("descendant_id", sa.Uuid(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ancestor_id", "descendant_id", name="pk_department_closure"),
        comment="Every department with every one below it, itself included at depth 0.",
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("file_name", sa.Text(collation="C"), nullable=False),
        sa.Column("mapping", JSONB(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("is_dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
        comment="One row an import: what was sent, how it is read, how far it is.",
    )
    op.create_index("ix_import_run_created_at", "import_run", ["created_at"], unique=False)
    op.create_table(
        "principal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_principal"),
        comment="Whoever can act: an employee (same id), an app, or the tenant's own system identity.",
    )
    op.create_table(
        "principal_role",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("principal_id", "role_id", name="pk_principal_role"),
        comment="Who holds which roles; rights add up.",
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("series", sa.Text(collation="C"), nullable=True),
        sa.Column("unit", sa.Text(collation="C"), nullable=True),
        sa.Column("list_price", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("cost", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("is_discontinued", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("series_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("unit_folded", sa.Text(collation="C"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_product"),
    )
    op.create_index(
        "ix_product_deletion_id",
        "product",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_product_order",
        "product",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_product_code", "product", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "role",
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
        sa.PrimaryKeyConstraint("id", name="pk_role"),
    )
    op.create_index(
        "ix_role_deletion_id",
        "role",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_role_order", "role", ["name_folded", "id"], unique=False, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_role_code", "role", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_role_name", "role", ["name_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "role_field",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("field_group", sa.Text(collation="C"), nullable=False),
        sa.Column("relation", sa.Text(collation="C"), nullable=False),
        sa.Column("access", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("role_id", "object", "field_group", "relation", name="pk_role_field"),
        comment="Where a role's access to a field group is less than write, by relation to the record.",
    )
    op.create_table(
        "role_right",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("operation", sa.Text(collation="C"), nullable=False),
        sa.Column("scope", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("role_id", "object", "operation", name="pk_role_right"),
        comment="What a role may do (object × operation, `*` for any) and how far it reaches.",
    )
    op.create_table(
        "superior_closure",
        sa.Column("superior_id", sa.Uuid(), nullable=False),
        sa.Column("subordinate_id", sa.Uuid(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("superior_id", "subordinate_id", name="pk_superior_closure"),
        comment="Every person with everybody below them in the reporting line.",
    )
    op.create_index("ix_superior_closure_subordinate_id", "superior_closure", ["subordinate_id"], unique=False)
    op.create_table(
        "employee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("email", sa.Text(collation="C"), nullable=True),
        sa.Column("phone", sa.Text(collation="C"), nullable=True),
        sa.Column("job_title", sa.Text(collation="C"), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("superior_id", sa.Uuid(), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("email_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("phone_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("job_title_folded", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_employee_department_id"),
        sa.ForeignKeyConstraint(["superior_id"], ["employee.id"], name="fk_employee_superior_id"),
        sa.PrimaryKeyConstraint("id", name="pk_employee"),
    )
    op.create_index(
        "ix_employee_deletion_id",
        "employee",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index("ix_employee_department_id", "employee", ["department_id"], unique=False)
    op.create_index(
        "ix_employee_order",
        "employee",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_employee_superior_id", "employee", ["superior_id"], unique=False)
    op.create_index(
        "uq_employee_code", "employee", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_employee_email", "employee", ["email_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "import_issue",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Text(collation="C"), nullable=False),
        sa.Column("field", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_import_issue_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "line", "number", name="pk_import_issue"),
        comment="One row for each thing to tell about a line of an imported file.",
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("industry", sa.Text(collation="C"), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.Text(collation="C"), nullable=True),
        sa.Column("fax", sa.Text(collation="C"), nullable=True),
        sa.Column("email", sa.Text(collation="C"), nullable=True),
        sa.Column("website", sa.Text(collation="C"), nullable=True),
        sa.Column("address", sa.Text(collation="C"), nullable=True),
        sa.Column("city", sa.Text(collation="C"), nullable=True),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("postcode", sa.Text(collation="C"), nullable=True),
        sa.Column("country", sa.Text(collation="C"), nullable=True),
        sa.Column("founded_year", sa.Integer(), nullable=True),
        sa.Column("employee_count", sa.Integer(), nullable=True),
        sa.Column("annual_revenue", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("credit_limit", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("notes", sa.Text(collation="C"), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("industry_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("phone_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("fax_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("email_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("website_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("address_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("city_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("region_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("postcode_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("country_folded", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_customer_department_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name="fk_customer_owner_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["customer.id"], name="fk_customer_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )
    op.create_index(
        "ix_customer_deletion_id",
        "customer",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index("ix_customer_department_id", "customer", ["department_id"], unique=False)
    op.create_index(
        "ix_customer_order",
        "customer",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_customer_owner_id", "customer", ["owner_id"], unique=False)
    op.create_index("ix_customer_parent_id", "customer", ["parent_id"], unique=False)
    op.create_index(
        "uq_customer_code", "customer", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("job_title", sa.Text(collation="C"), nullable=True),
        sa.Column("phone", sa.Text(collation="C"), nullable=True),
        sa.Column("mobile", sa.Text(collation="C"), nullable=True),
        sa.Column("email", sa.Text(collation="C"), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("job_title_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("phone_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("mobile_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("email_folded", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_contact_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
    )
    op.create_index("ix_contact_customer_id", "contact", ["customer_id"], unique=False)
    op.create_index(
        "ix_contact_deletion_id",
        "contact",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_contact_order",
        "contact",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_contact_code", "contact", ["code_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "opportunity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("probability", sa.Numeric(precision=9, scale=4), nullable=True),
        sa.Column("engaged_on", sa.Date(), nullable=True),
        sa.Column("close_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(collation="C"), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("code_folded", sa.Text(collation="C"), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_opportunity_customer_id"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_opportunity_department_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name="fk_opportunity_owner_id"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_opportunity_product_id"),
        sa.PrimaryKeyConstraint("id", name="pk_opportunity"),
    )
    op.create_index("ix_opportunity_customer_id", "opportunity", ["customer_id"], unique=False)
    op.create_index(
        "ix_opportunity_deletion_id",
        "opportunity",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index("ix_opportunity_department_id", "opportunity", ["department_id"], unique=False)
    op.create_index(
        "ix_opportunity_order",
        "opportunity",
        [sa.literal_column("created_at DESC NULLS LAST"), "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_opportunity_owner_id", "opportunity", ["owner_id"], unique=False)
    op.create_index("ix_opportunity_product_id", "opportunity", ["product_id"], unique=False)
    op.create_index(
        "uq_opportunity_code",
        "opportunity",
        ["code_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
