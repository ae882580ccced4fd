"""Special permissions of roles and of single people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

check = "select to_regclass('special_grant') is not null"


def upgrade() -> None:
    op.create_table(
        "special_grant",
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("holder_id", "key", name=op.f("pk_special_grant")),
        comment="Special permissions of roles and of single people: the id tells which.",
    )
