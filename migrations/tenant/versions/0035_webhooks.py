"""Webhooks: where events are sent, what is to be sent or was, and each try; the audit keeps the trace of a change."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

# True once this revision is in place; asked in the same transaction, before its number is written down.
check = "select to_regclass('webhook_attempt') is not null and to_regclass('ix_webhook_attempt_at') is not null"

_text = sa.Text(collation="C")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("audit", sa.Column("traceparent", _text, nullable=True))
    _endpoints()
    _deliveries()
    _attempts()


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", _text, nullable=False),
        sa.Column("events", sa.ARRAY(_text), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("batch_size", sa.Integer(), nullable=False),
        sa.Column("skip_own", sa.Boolean(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_secret_until", _moment, nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", sa.ARRAY(_text), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.Column("state", _text, nullable=False),
        sa.Column("reason", _text, nullable=True),
        sa.Column("reason_detail", sa.Text(), nullable=True),
        sa.Column("state_since", _moment, nullable=False),
        sa.Column("position", _text, nullable=False),
        sa.Column("read_at", _moment, nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("next_at", _moment, nullable=True),
        sa.Column("failing_since", _moment, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("delivered_at", _moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        comment="Where events are sent. `position` is its place in the feed; `next_at`: nothing is sent before that.",
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("event", _text, nullable=False),
        sa.Column("object", _text, nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("request_id", _text, nullable=True),
        sa.Column("traceparent", _text, nullable=True),
        sa.Column("state", _text, nullable=False),
        sa.Column("reason", _text, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("ended_at", _moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoint.id"],
            name=op.f("fk_webhook_delivery_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("endpoint_id", "number", name="uq_webhook_delivery_number"),
        comment="One row a change and endpoint; the id tells both, so that none is written twice. No content is kept.",
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_webhook_delivery_waiting", "webhook_delivery", ["endpoint_id", "number"], postgresql_where=waiting
    )
    op.create_index("ix_webhook_delivery_record_id", "webhook_delivery", ["record_id"])
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])


def _attempts() -> None:
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_attempt_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
        comment="Each try, of one message or a batch; `answer` is the beginning of what came back. None of it: a test.",
    )
    op.create_index("ix_webhook_attempt_delivery_ids", "webhook_attempt", ["delivery_ids"], postgresql_using="gin")
    op.create_index("ix_webhook_attempt_endpoint_id_id", "webhook_attempt", ["endpoint_id", "id"])
    op.create_index("ix_webhook_attempt_at", "webhook_attempt", ["at"])
