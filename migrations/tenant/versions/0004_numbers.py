"""Numbers of records: the rules of the tenant, and how far each object has been counted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('number_rule') is not null and to_regclass('number_counter') is not null"


def upgrade() -> None:
    op.create_table(
        "number_counter",
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object", "period", name=op.f("pk_number_counter")),
        comment="The last count given, for each object and each span of time that is counted by itself.",
    )
    op.create_table(
        "number_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("pattern", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "resets",
            sa.Enum("never", "year", "month", "day", name="resets", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("object_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("pattern_folded", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_rule")),
    )
    op.create_index(
        "ix_number_rule_deletion_id",
        "number_rule",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_number_rule_order",
        "number_rule",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_number_rule_name",
        "number_rule",
        ["name_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
