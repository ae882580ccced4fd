"""Where a reader of changes stands: sealed like other cursors, and worthless once their sight is another one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from saas.engine.access.profile import Profile
from saas.engine.access.tables import ANY, Access, department_closure, record_share, region_closure, superior_closure
from saas.engine.feed import EPOCH, FeedStartedAnew, Position
from saas.engine.merges import merge_table
from saas.engine.read.cursor import seal, unseal
from saas.engine.scope import Scope

NOTHING = UUID(int=0)
_REMEDY = "Take a new cursor with from: NOW, read your lists again, then follow from there."


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a row of the feed, and behind a record below it.

    position  the row; all of it was told, or where `below` says so its own record and some of what belongs to it
    below     the last record told of those that belong to the row's; nothing where the row is done
    begun     the transaction at which the reader began: of what was gone before they have nothing
    """

    position: Position
    begun: int
    below: UUID = NOTHING

    def behind(self, transaction: int, row: UUID, below: UUID = NOTHING) -> "Place":
        """The same reader, further on."""
        return replace(self, position=Position(self.position.epoch, str(transaction), row), below=below)


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for a reader: the life of the database, the line before which all is complete, their sight."""

    epoch: str
    horizon: int
    sight: str
    today: date

    @property
    def start(self) -> Place:
        """Before the first change."""
        return Place(Position(self.epoch), self.horizon)

    @property
    def now(self) -> Place:
        """Before whatever is not complete yet."""
        return Place(Position(self.epoch, str(self.horizon)), self.horizon)


def standing(scope: Scope) -> Standing:
    """How things stand, with one statement."""
    profile = scope.profile
    lines = (
        _digest(superior_closure.c.subordinate_id, superior_closure.c.superior_id == profile.me),
        _digest(department_closure.c.descendant_id, department_closure.c.ancestor_id == profile.my_department),
        _digest(region_closure.c.descendant_id, region_closure.c.ancestor_id == profile.my_region),
        # What was shared with, or taken part in by, who was merged into the reader is theirs since.
        _digest(merge_table.c.id, merge_table.c.into_id == sa.any_(profile.my_holders)),
    )
    epoch = EPOCH.scalar_subquery()
    horizon = sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text())
    row = scope.session.execute(sa.select(epoch, horizon, *lines)).one()
    return Standing(row[0], int(row[1]), _sight(profile, row[2:]), scope.today)


def sealed(scope: Scope, names: Sequence[str] | None, place: Place, stands: Standing) -> str:
    """The cursor of a reader of these objects."""
    at = place.position
    told = (at.epoch, int(at.xid), at.row, place.below, place.begun, stands.today, stands.sight)
    return seal(scope, _signature(names), told)


def unsealed(scope: Scope, names: Sequence[str] | None, cursor: str, stands: Standing) -> Place:
    """Where the cursor says.

    BadInput for one that is broken, of other objects, another tenant or person; FeedStartedAnew where the database was
    restored or moved since, or where what the person may see is another matter by now.
    """
    epoch, transaction, row, below, begun, day, sight = unseal(scope, _signature(names), cursor)
    if epoch != stands.epoch:
        raise FeedStartedAnew("The database was restored or moved since this cursor.", remedy=_REMEDY)
    if sight != stands.sight or (day != stands.today and _share_ended(scope, day)):
        raise FeedStartedAnew("What you may see was changed as a whole since this cursor.", remedy=_REMEDY)
    return Place(Position(epoch, str(transaction), row), begun, below)


def _signature(names: Sequence[str] | None) -> str:
    return f"changes:{'*' if names is None else ','.join(sorted(set(names)))}"


def _share_ended(scope: Scope, since: date) -> bool:
    """Whether the time of something that was shared with the person ran out: nothing was written then."""
    share = record_share
    ended = sa.select(sa.literal(1)).where(
        share.c.holder_id == sa.any_(scope.profile.my_holders), share.c.until >= since, share.c.until < scope.today
    )
    return scope.session.execute(ended.limit(1)).first() is not None


def _digest(ids: sa.ColumnElement[UUID], condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    found = sa.select(sa.cast(ids, sa.Text()).label("id")).where(condition).subquery()
    together = sa.func.string_agg(found.c.id, aggregate_order_by(sa.literal(""), found.c.id))
    return sa.select(sa.func.md5(together)).scalar_subquery()


def _sight(profile: Profile, lines: Sequence[str | None]) -> str:
    """A digest of all that decides what the person sees, but for single records that are shared with them."""
    rights = [
        (one, scope.value, str(role))
        for (one, operation), granting in profile.rights.items()
        if operation in ("read", ANY)
        for role, scope in granting
    ]
    limits = [
        (*map(str, key), relation.value, stage or "", access.value)
        for key, by_relation in profile.limits.items()
        for (relation, stage), access in by_relation.items()
        if access < Access.READ
    ]
    places = [str(profile.department_id), str(profile.region_id), sorted(map(str, profile.business_lines))]
    places += [sorted(map(str, profile.stands_in_for))] if profile.stands_in_for else []  # older cursors stay good
    told = repr((sorted(rights), sorted(limits), places, sorted(map(str, profile.holders)), list(lines)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
