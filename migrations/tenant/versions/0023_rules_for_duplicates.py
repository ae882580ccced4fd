"""What a company has done about records that may be the same."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

check = "select to_regclass('duplicate_rule') is not null"


def upgrade() -> None:
    op.create_table(
        "duplicate_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("name", "phone", "tax number", "mail domain", name="duplicatekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "reaction",
            sa.Enum("off", "warn", "refuse", name="duplicatereaction", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("object_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_rule")),
    )
    op.create_index(
        "ix_duplicate_rule_deletion_id",
        "duplicate_rule",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_duplicate_rule_order",
        "duplicate_rule",
        ["name_sort", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_duplicate_rule_search",
        "duplicate_rule",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 128},
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_duplicate_rule_name",
        "duplicate_rule",
        ["name_folded"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
