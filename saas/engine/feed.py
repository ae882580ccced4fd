"""The audit read as a feed of changes, by readers who must not miss one: sync, subscriptions, webhooks, search.

Transactions commit in another order than they began, so a reader that goes by time or by id skips what commits late.
This one goes by transaction id and stops before the oldest transaction that is still running: whatever is behind that
line is complete, and nothing can come in there any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.audit import Xid8, audit
from saas.kit.errors import Conflict

MOST = 10_000
_NOTHING = UUID(int=0)
_HORIZON = sa.text("pg_snapshot_xmin(pg_current_snapshot())")
# A restored or moved database counts its transactions anew: positions of before mean nothing in it.
EPOCH = sa.select(sa.text("system_identifier || '.' || timeline_id AS epoch")).select_from(
    sa.text("pg_control_system(), pg_control_checkpoint()")
)


class FeedStartedAnew(Conflict):
    """The position is of a database that was restored or moved since: read everything again."""

    code = "FEED_STARTED_ANEW"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader stands: behind this row of this transaction, in the life of the database that `epoch` names."""

    epoch: str
    xid: str = "0"
    row: UUID = _NOTHING

    def __str__(self) -> str:
        return f"{self.epoch}/{self.xid}/{self.row}"

    @classmethod
    def read(cls, text: str) -> "Position":
        """The position that was written down as text."""
        epoch, xid, row = text.split("/")
        return cls(epoch, xid, UUID(row))


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One change of one record, as the audit has it under this `id`; `action` is the verb of one that was done."""

    id: UUID
    at: datetime
    object: str
    record_id: UUID
    version: int
    kind: str
    action: str | None
    fields: Sequence[str]
    scope_before: dict[str, Any] | None
    scope_after: dict[str, Any] | None
    actor_id: UUID
    request_id: str | None
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Changes in the order of their transactions, where to go on, and whether there may be more now."""

    rows: list[FeedRow]
    position: Position
    has_more: bool


def feed_start(session: Session) -> Position:
    """The position before the first change."""
    return Position(str(session.execute(EPOCH).scalar_one()))


def feed_after(session: Session, position: Position, first: int = 1_000) -> FeedPage:
    """The next changes, each of them exactly once however transactions overlap; at most 10,000.

    FeedStartedAnew where the position is of a database that was restored or moved since.
    """
    if str(session.execute(EPOCH).scalar_one()) != position.epoch:
        raise FeedStartedAnew("The feed has started anew.", remedy="Read everything again, then follow from there.")
    size = min(first, MOST)
    statement = (
        sa.select(audit, sa.cast(audit.c.xid, sa.Text()).label("transaction"))
        .where(behind(position), audit.c.xid < _HORIZON)
        .order_by(audit.c.xid, audit.c.id)
        .limit(size + 1)
    )
    found = session.execute(statement).all()
    rows = found[:size]
    last = Position(position.epoch, rows[-1].transaction, rows[-1].id) if rows else position
    return FeedPage([_row(each) for each in rows], last, has_more=len(found) > size)


def behind(position: Position) -> sa.ColumnElement[bool]:
    """What the feed tells behind this position."""
    return sa.tuple_(audit.c.xid, audit.c.id) > sa.tuple_(sa.cast(position.xid, Xid8()), sa.literal(position.row))


def _row(row: sa.Row[Any]) -> FeedRow:
    return FeedRow(
        id=row.id,
        at=row.at,
        object=row.object,
        record_id=row.record_id,
        version=row.version,
        kind=row.kind,
        action=row.action,
        fields=row.fields,
        scope_before=row.scope_before,
        scope_after=row.scope_after,
        actor_id=row.actor_id,
        request_id=row.request_id,
        traceparent=row.traceparent,
    )
