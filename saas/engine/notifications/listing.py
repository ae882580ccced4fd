"""One's notifications, a page at a time, the newest first; how many are unread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.notifications.tables import notification
from saas.engine.read.listing import Page, Paged
from saas.engine.read.order import Term
from saas.engine.read.request import DEFAULT_COUNT, PageRequest
from saas.engine.rowsource import fresh
from saas.engine.scope import Scope
from saas.engine.selection import Picked

CONNECTION = "NotificationConnection"
_COLUMNS = ("id", "kind", "object", "record_id", "actor_id", "count", "facts", "created_at", "read_at")


@dataclass(frozen=True, slots=True)
class Notification:
    """What somebody was told; `object`, `record_id` and `count` tell of what, `actor_id` by whose doing."""

    id: UUID
    kind: str
    object: str | None
    record_id: UUID | None
    actor_id: UUID | None
    count: int
    facts: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotificationPage(Page):
    """A page of notifications; `unread`: how many the actor has not read at all, counted as `found` is."""

    unread: int | None = None


@dataclass(slots=True)
class WantedNotifications:
    """A list of notifications as it was asked for: all or (`unread`) some, perhaps of one `kind` alone."""

    request: PageRequest
    unread: bool | None = None
    kind: str | None = None
    is_read: bool = False
    counts: set[int] = field(default_factory=set)
    unread_counts: set[int] = field(default_factory=set)

    def add(self, picked: Iterable[Picked]) -> "WantedNotifications":
        for one in picked:
            self.is_read = self.is_read or one.name in ("nodes", "edges", "pageInfo")
            if one.name in ("totalCount", "unreadCount"):
                most = one.arguments(CONNECTION).get("max")
                counts = self.counts if one.name == "totalCount" else self.unread_counts
                counts.add(DEFAULT_COUNT if most is None else most)
        return self


class _Listing(Paged):
    type_name = "Notification"
    table: FromClause

    def __init__(self, scope: Scope, asked: WantedNotifications) -> None:
        super().__init__(scope, asked.request)
        self.table = fresh(notification)
        self.order = [Term("id", self.table.c.id, descending=True)]
        self.conditions = [self.table.c.recipient_id == scope.actor_id]
        if asked.unread is not None:
            read_at = self.table.c.read_at
            self.conditions.append(read_at.is_(None) if asked.unread else read_at.is_not(None))
        if asked.kind is not None:
            self.conditions.append(self.table.c.kind == asked.kind)
        self.signature = f"notifications:{asked.unread}:{asked.kind}"
        self.bounds = self.find_bounds()


def read_notifications(scope: Scope, asked: WantedNotifications) -> NotificationPage:
    """A page of the actor's notifications; BadInput for a cursor of another list."""
    listing = _Listing(scope, asked)
    found = _count(scope, listing, asked.counts)
    unread = count_unread(scope, max(asked.unread_counts)) if asked.unread_counts else None
    if not asked.is_read:
        return NotificationPage(asked.request, found=found, unread=unread)
    columns = [listing.table.c[name] for name in _COLUMNS]
    rows = [dict(row) for row in scope.session.execute(listing.page(columns)).mappings()]
    page = listing.page_from(rows, found)
    told = [Notification(**{name: row[name] for name in _COLUMNS}) for row in page.nodes]
    return NotificationPage(
        page.request, told, page.cursors, page.has_next, page.has_previous, found=found, unread=unread
    )


def count_unread(scope: Scope, most: int = DEFAULT_COUNT) -> int:
    """How many notifications the actor has not read, counted up to one more than `most`."""
    unread = WantedNotifications(PageRequest(), unread=True)
    return _count(scope, _Listing(scope, unread), {most}) or 0


def _count(scope: Scope, listing: Paged, counts: set[int]) -> int | None:
    if not counts:
        return None
    rows = listing.counted(max(counts)).subquery()
    return int(scope.session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())
