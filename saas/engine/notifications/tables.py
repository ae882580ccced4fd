"""One row a notification and its recipient, and one for each kind that somebody does not want."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from saas.engine.audit import Xid8
from saas.engine.record import metadata

_word = sa.Text(collation="C")

notification = sa.Table(
    "notification",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("xid", Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("recipient_id", sa.Uuid(), nullable=False),
    sa.Column("kind", _word, nullable=False),
    sa.Column("object", _word),
    sa.Column("record_id", sa.Uuid()),
    sa.Column("actor_id", sa.Uuid()),
    sa.Column("count", sa.Integer(), nullable=False),
    sa.Column("facts", JSONB(), nullable=False),
    sa.Column("key", _word),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("read_at", sa.DateTime(timezone=True)),
    sa.Index("ix_notification_recipient_id_id", "recipient_id", "id"),
    sa.Index("ix_notification_recipient_id_xid_id", "recipient_id", "xid", "id"),
    sa.Index("ix_notification_xid_recipient_id", "xid", "recipient_id"),
    sa.Index("ix_notification_unread", "recipient_id", "id", postgresql_where=sa.text("read_at IS NULL")),
    sa.Index("uq_notification_recipient_id_key", "recipient_id", "key", unique=True),
    comment="What people are told. `count`: of how many records, of which `record_id` is the first; `key`: what is"
    " told once; `xid`: the transaction that told it last.",
)
notification_off = sa.Table(
    "notification_off",
    metadata,
    sa.Column("recipient_id", sa.Uuid(), primary_key=True),
    sa.Column("kind", _word, primary_key=True),
    comment="Which kinds of notifications who does not want.",
)
