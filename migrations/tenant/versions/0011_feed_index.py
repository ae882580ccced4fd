"""The feed is read in the order of transactions and rows."""

from alembic import op

revision = "0011"
down_revision = "0010"

check = "select to_regclass('ix_audit_xid_id') is not null and to_regclass('ix_audit_xid') is null"


def upgrade() -> None:
    op.drop_index(op.f("ix_audit_xid"), table_name="audit")
    op.create_index("ix_audit_xid_id", "audit", ["xid", "id"], unique=False)
