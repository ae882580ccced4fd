"""Where events are sent, what is to be sent or was, and each try. What a message says is not kept: it is made anew."""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.record import metadata
from saas.tenants.directory_tables import sealed_column

SECRETS, HEADERS = "secrets of webhooks", "headers of webhooks"  # what they are sealed for
_text = sa.Text(collation="C")
_moment = sa.DateTime(timezone=True)


class EndpointState(StrEnum):
    """Whether an endpoint is sent anything."""

    ACTIVE = "active"
    PAUSED = "paused"
    SWITCHED_OFF = "switched_off"


class StateReason(StrEnum):
    """Why it is not."""

    BY_HAND = "by_hand"
    IDENTITY_LEFT = "identity_left"
    DOCUMENT_UNFIT = "document_unfit"
    GONE = "gone"
    FAILING = "failing"


class DeliveryState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why there was nothing to send."""

    OUT_OF_SIGHT = "out_of_sight"
    FILTERED = "filtered"
    BY_HAND = "by_hand"


endpoint = sa.Table(
    "webhook_endpoint",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("url", _text, nullable=False),
    sa.Column("events", ARRAY(_text), nullable=False),
    sa.Column("document", sa.Text()),
    sa.Column("batch_size", sa.Integer(), nullable=False),
    sa.Column("skip_own", sa.Boolean(), nullable=False),
    sealed_column("headers", HEADERS, nullable=True),
    sealed_column("secret", SECRETS),
    sealed_column("former_secret", SECRETS, nullable=True),
    sa.Column("former_secret_until", _moment),
    sa.Column("actor_id", sa.Uuid(), nullable=False),
    sa.Column("scopes", ARRAY(_text)),
    sa.Column("created_by", sa.Uuid(), nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("updated_at", _moment, nullable=False),
    sa.Column("state", _text, nullable=False),
    sa.Column("reason", _text),
    sa.Column("reason_detail", sa.Text()),
    sa.Column("state_since", _moment, nullable=False),
    sa.Column("position", _text, nullable=False),
    sa.Column("read_at", _moment, nullable=False),
    sa.Column("last_number", sa.BigInteger(), nullable=False),
    sa.Column("next_at", _moment),
    sa.Column("failing_since", _moment),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("delivered_at", _moment),
    comment="Where events are sent. `position` is its place in the feed; `next_at`: nothing is sent before that.",
)
delivery = sa.Table(
    "webhook_delivery",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("endpoint_id", sa.Uuid(), sa.ForeignKey(endpoint.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.BigInteger(), nullable=False),
    sa.Column("audit_id", sa.Uuid(), nullable=False),
    sa.Column("event", _text, nullable=False),
    sa.Column("object", _text, nullable=False),
    sa.Column("record_id", sa.Uuid(), nullable=False),
    sa.Column("at", _moment, nullable=False),
    sa.Column("request_id", _text),
    sa.Column("traceparent", _text),
    sa.Column("state", _text, nullable=False),
    sa.Column("reason", _text),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("batch_id", sa.Uuid()),
    sa.Column("last_error", sa.Text()),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("ended_at", _moment),
    sa.UniqueConstraint("endpoint_id", "number", name="uq_webhook_delivery_number"),
    sa.Index("ix_webhook_delivery_waiting", "endpoint_id", "number", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("ix_webhook_delivery_record_id", "record_id"),
    sa.Index("ix_webhook_delivery_created_at", "created_at"),
    comment="One row a change and endpoint; the id tells both, so that none is written twice. No content is kept.",
)
attempt = sa.Table(
    "webhook_attempt",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("endpoint_id", sa.Uuid(), sa.ForeignKey(endpoint.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("delivery_ids", ARRAY(sa.Uuid()), nullable=False),
    sa.Column("at", _moment, nullable=False),
    sa.Column("status", sa.Integer()),
    sa.Column("ms", sa.Integer(), nullable=False),
    sa.Column("answer", sa.Text()),
    sa.Column("error", sa.Text()),
    sa.Index("ix_webhook_attempt_delivery_ids", "delivery_ids", postgresql_using="gin"),
    sa.Index("ix_webhook_attempt_endpoint_id_id", "endpoint_id", "id"),
    sa.Index("ix_webhook_attempt_at", "at"),
    comment="Each try, of one message or a batch; `answer` is the beginning of what came back. None of it: a test.",
)
