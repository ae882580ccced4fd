"""Records refer to many others, such as tags."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

check = "select to_regclass('link') is not null and to_regclass('tag') is not null"


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(collation="C"), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "field", "target_id", name=op.f("pk_link")),
        comment="What records refer to by a field that holds many references; `field` is object.field.",
    )
    op.create_index("ix_link_target_id", "link", ["target_id"], unique=False)
    op.create_table(
        "tag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("colour", sa.Text(collation="C"), nullable=True),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("name_sound", sa.Text(collation="C"), nullable=True),
        sa.Column("colour_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("search_grams", sa.ARRAY(sa.Text(collation="C")), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    op.create_index(
        "ix_tag_deletion_id", "tag", ["deletion_id"], unique=False, postgresql_where=sa.text("deletion_id IS NOT NULL")
    )
    op.create_index(
        "ix_tag_order", "tag", ["name_sort", "id"], unique=False, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "ix_tag_search",
        "tag",
        ["search_grams"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 128},
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("uq_tag_name", "tag", ["name_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL"))
