"""The source of `notificationAdded`: what one is told, in the order of the transactions that told it, without a gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import Xid8
from saas.engine.feed import EPOCH, FeedStartedAnew
from saas.engine.live.look import ME
from saas.engine.live.source import Reading
from saas.engine.notifications.listing import Notification, count_unread
from saas.engine.notifications.tables import notification
from saas.engine.notifications.told import notifications_told
from saas.engine.read.cursor import seal, unseal
from saas.engine.read.request import DEFAULT_COUNT
from saas.engine.scope import Scope
from saas.engine.selection import Picked
from saas.kit.errors import BadInput

_SIGNATURE = "notificationAdded"
_AT_ONCE = 100
_NOTHING = UUID(int=0)
_HORIZON = sa.text("pg_snapshot_xmin(pg_current_snapshot())")
_COLUMNS = ("id", "kind", "object", "record_id", "actor_id", "count", "facts", "created_at", "read_at")


@dataclass(frozen=True, slots=True)
class NotificationsAdded:
    """The actor's notifications; one that is told anew, as of more records, is told again."""

    @property
    def wakes(self) -> frozenset[str]:
        return frozenset({ME})

    def begin(self, scope: Scope, after: str | None) -> str:
        epoch = str(scope.session.execute(EPOCH).scalar_one())
        if after is None:
            horizon = scope.session.execute(sa.select(sa.cast(_HORIZON, sa.Text()))).scalar_one()
            return seal(scope, _SIGNATURE, [epoch, int(horizon), _NOTHING])
        _check_epoch(epoch, _keys(scope, after)[0])
        return after

    def read(self, scope: Scope, cursor: str, picked: Sequence[Picked], until: int) -> Reading:
        epoch, transaction, last = _keys(scope, cursor)
        _check_epoch(str(scope.session.execute(EPOCH).scalar_one()), epoch)
        column = notification.c
        behind = sa.tuple_(column.xid, column.id) > sa.tuple_(_xid(transaction), sa.literal(last))
        asked = (
            sa.select(*(column[name] for name in _COLUMNS), sa.cast(column.xid, sa.Text()).label("transaction"))
            .where(column.recipient_id == scope.actor_id, behind, column.xid < _xid(until))
            .order_by(column.xid, column.id)
            .limit(_AT_ONCE + 1)
        )
        rows = scope.session.execute(asked).all()
        has_more = len(rows) > _AT_ONCE
        found = rows[:_AT_ONCE]
        if not found:
            return Reading([], cursor, reached=until)
        wanted = [child for each in picked if each.name == "notification" for child in each.children]
        told = notifications_told(scope, [_notification(row) for row in found], wanted)
        is_counted = any(each.name == "unreadCount" for each in picked)
        unread = min(count_unread(scope), DEFAULT_COUNT) if is_counted else None
        place = seal(scope, _SIGNATURE, [epoch, int(found[-1].transaction), found[-1].id])
        events = [{"notification": each, "unreadCount": unread} for each in told]
        return Reading(events, place, has_more, 0 if has_more else until)


def _check_epoch(now: str, then: str) -> None:
    if now != then:
        raise FeedStartedAnew("The notifications have started anew.", remedy="Read the list, then follow again.")


def _keys(scope: Scope, cursor: str) -> tuple[str, int, UUID]:
    keys = unseal(scope, _SIGNATURE, cursor)
    if len(keys) != 3:
        raise BadInput("This cursor does not belong to this list.", path=("after",))
    return keys[0], keys[1], keys[2]


def _xid(transaction: int) -> sa.ColumnElement[Any]:
    return sa.cast(str(transaction), Xid8())


def _notification(row: Any) -> Notification:
    return Notification(**{name: row._mapping[name] for name in _COLUMNS})
