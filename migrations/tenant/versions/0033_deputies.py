"""Deputies: who stands in for whom, from one day to another."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('principal_deputy') is not null"


def upgrade() -> None:
    op.create_table(
        "principal_deputy",
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="The last day."),
        sa.PrimaryKeyConstraint("principal_id", "deputy_id", "starts_on", name=op.f("pk_principal_deputy")),
        comment="Who stands in for whom, from one day to another: the deputy reaches what the other one owns.",
    )
    op.create_index("ix_principal_deputy_deputy_id", "principal_deputy", ["deputy_id"])
