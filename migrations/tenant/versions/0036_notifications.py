"""What people are told of, and which kinds of it they do not want."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

revision = "0036"
down_revision = "0035"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = (
    "select to_regclass('uq_notification_recipient_id_key') is not null and to_regclass('notification_off') is not null"
)


class Xid8(UserDefinedType[str]):
    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def upgrade() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        comment="What people are told. `count`: of how many records, of which `record_id` is the first; `key`: what is"
        " told once; `xid`: the transaction that told it last.",
    )
    op.create_index("ix_notification_recipient_id_id", "notification", ["recipient_id", "id"])
    op.create_index("ix_notification_recipient_id_xid_id", "notification", ["recipient_id", "xid", "id"])
    op.create_index("ix_notification_xid_recipient_id", "notification", ["xid", "recipient_id"])
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["recipient_id", "id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("uq_notification_recipient_id_key", "notification", ["recipient_id", "key"], unique=True)
    op.create_table(
        "notification_off",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "kind", name=op.f("pk_notification_off")),
        comment="Which kinds of notifications who does not want.",
    )
