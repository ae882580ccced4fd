"""Working calendars and the days on which they differ from their weekdays."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('calendar_day') is not null"


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("time_zone", sa.Text(collation="C"), nullable=False),
        sa.Column("country", sa.Text(collation="C"), nullable=True),
        sa.Column("monday", sa.Boolean(), nullable=False),
        sa.Column("tuesday", sa.Boolean(), nullable=False),
        sa.Column("wednesday", sa.Boolean(), nullable=False),
        sa.Column("thursday", sa.Boolean(), nullable=False),
        sa.Column("friday", sa.Boolean(), nullable=False),
        sa.Column("saturday", sa.Boolean(), nullable=False),
        sa.Column("sunday", sa.Boolean(), nullable=False),
        sa.Column("work_from", sa.Text(collation="C"), nullable=False),
        sa.Column("work_to", sa.Text(collation="C"), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("time_zone_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("country_folded", sa.Text(collation="C"), nullable=True),
        sa.Column("work_from_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("work_to_folded", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
    )
    op.create_index(
        "ix_calendar_deletion_id",
        "calendar",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_calendar_order",
        "calendar",
        ["name_folded", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_calendar_name", "calendar", ["name_folded"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind", sa.Enum("holiday", "working", name="calendardaykind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar.id"], name=op.f("fk_calendar_day_calendar_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    op.create_index(op.f("ix_calendar_day_calendar_id"), "calendar_day", ["calendar_id"], unique=False)
    op.create_index(
        "ix_calendar_day_deletion_id",
        "calendar_day",
        ["deletion_id"],
        unique=False,
        postgresql_where=sa.text("deletion_id IS NOT NULL"),
    )
    op.create_index(
        "ix_calendar_day_order",
        "calendar_day",
        ["day", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_calendar_day_calendar_id_day",
        "calendar_day",
        ["calendar_id", "day"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
