"""The next part of the feed, and what each change in it means to the person who reads: two kinds of statements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.access.let_in import PARTICIPANTS, SHARED_WITH
from saas.engine.access.profile import Profile
from saas.engine.access.rows import Condition, Shape, reached, within
from saas.engine.audit import audit
from saas.engine.changes.names import Names
from saas.engine.changes.place import NOTHING, Place
from saas.engine.changes.states import Seen, seen_by, states, was_in_sight, was_let_in, xid
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope

_PLAIN = 11  # columns of a row before those of what belongs to its record, and of groups of fields


class Row(NamedTuple):
    """A change of a record in which the reader may have a part.

    transaction, id  its place in the feed
    at          when, in UTC
    fields      names, as JSON
    was_seen    whether they saw the record before, as far as its scope goes
    is_seen     whether they see it now, and `is_alive` whether it is not in the trash
    concerned   whether it opened or closed a way in for them
    moved       for objects that belong to it: whether they saw before, and see now, those that belong to this one
    groups      of groups of fields that they see of some records, whether they do of this one
    """

    transaction: int
    id: str
    one: ObjectType
    record_id: str
    at: str
    version: int
    kind: str
    fields: str
    was_seen: bool
    is_seen: bool
    is_alive: bool
    concerned: bool
    moved: tuple[bool, ...]
    groups: tuple[bool, ...]

    @property
    def order(self) -> tuple[int, str]:
        return self.transaction, self.id


class Part(Protocol):
    """Some of the changes."""

    def holds(self, transaction: Any, row: Any) -> Condition:
        """Whether a change with these columns is one of them."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the feed: from where to where, None up to the horizon; and the names of the objects that changed."""

    place: Place
    end: tuple[int, UUID] | None
    horizon: int
    names: Collection[str]

    def holds(self, transaction: Any, row: Any) -> Condition:
        """Whether a change with these columns lies in it."""
        behind = _from(self.place, transaction, row)
        if self.end is None:
            return sa.and_(behind, transaction < xid(self.horizon))
        return sa.and_(behind, sa.tuple_(transaction, row) <= sa.tuple_(xid(self.end[0]), sa.literal(self.end[1])))


def window(scope: Scope, place: Place, size: int, horizon: int) -> Window:
    """The next `size` changes before the horizon, of whatever object, or as many as there are; two statements."""
    order = (audit.c.xid, audit.c.id)
    rest = Window(place, None, horizon, ())
    last = (
        sa.select(sa.cast(audit.c.xid, sa.Text()), audit.c.id)
        .where(rest.holds(*order))
        .order_by(*order)
        .offset(size - 1)
        .limit(1)
    )
    found = scope.session.execute(last).one_or_none()
    part = rest if found is None else replace(rest, end=(int(found[0]), found[1]))
    names = sa.select(audit.c.object).where(part.holds(*order)).group_by(audit.c.object)
    return replace(part, names=scope.session.execute(names).scalars().all())


def _from(place: Place, transaction: Any, row: Any) -> Condition:
    """Behind the place; with its own row where what belongs to the record of that was not told to the end."""
    here = sa.tuple_(xid(int(place.position.xid)), sa.literal(place.position.row))
    there = sa.tuple_(transaction, row)
    return there > here if place.below == NOTHING else there >= here


class Judge:
    """Tells what the changes of one object mean to a reader, with one statement for as many as there are."""

    def __init__(self, profile: Profile, one: ObjectType, below: Sequence[ObjectType], begun: int) -> None:
        self._profile, self._one = profile, one
        self._state, table = states(one).subquery(), one.outermost
        self.names = Names(profile, one, table)
        state = self._state
        answers = [
            was_in_sight(seen_by(profile, one, begun), one, state),
            reached(profile, one, "read", table, Shape.WIDE),
            sa.and_(table.c.id.is_not(None), table.c.deleted_at.is_(None)),
            self._concerned(),
            *(answer for each in below for answer in self._moved(seen_by(profile, each, begun), table)),
        ]
        self._groups = _PLAIN + 2 * len(below)
        told = [
            sa.cast(state.c.xid, sa.Text()),
            sa.cast(state.c.row_id, sa.Text()),
            sa.cast(state.c.id, sa.Text()),
            sa.cast(sa.func.timezone("UTC", state.c.at), sa.Text()),
            state.c.version,
            state.c.kind,
            sa.cast(state.c.fields, sa.Text()),
        ]
        columns = [*told, *(sa.func.coalesce(answer, sa.false()) for answer in (*answers, *self.names.columns))]
        self._rows = (
            sa.select(state.c.xid, state.c.row_id, *(each.label(f"c{n}") for n, each in enumerate(columns)))
            .select_from(state.outerjoin(table, table.c.id == state.c.id))
            .offset(0)  # so that Postgres answers each question once
        )
        self._count = len(columns)

    def _concerned(self) -> Condition:
        if not self._one.is_shared:
            return sa.false()
        profile, state = self._profile, self._state
        return sa.or_(
            *(
                was_let_in(profile, state.c["keys"], name).is_distinct_from(
                    was_let_in(profile, state.c.keys_after, name)
                )
                for name in (SHARED_WITH, PARTICIPANTS)
            )
        )

    def _moved(self, seen: Seen, table: sa.FromClause) -> list[Condition]:
        before = sa.and_(self._state.c.is_moved, was_in_sight(seen, self._one, self._state))
        now = within(seen.profile, self._one, "read", seen.granting, table, Shape.WIDE)
        return [before, sa.and_(self._state.c.is_moved, now)]

    def rows(self, session: Session, part: Part) -> list[Row]:
        """The changes in that part in which the reader may have a part too, in the order of the feed."""
        asked = self._rows.where(part.holds(self._state.c.xid, self._state.c.row_id)).subquery()
        flags = [asked.c[f"c{number}"] for number in range(7, self._groups)]
        statement = (
            sa.select(*(asked.c[f"c{number}"] for number in range(self._count)))
            .where(sa.or_(*(flag for number, flag in enumerate(flags) if number != 2)))
            .order_by(asked.c.xid, asked.c.row_id)
        )
        return [self._row(row) for row in session.execute(statement).all()]

    def _row(self, row: Sequence[Any]) -> Row:
        transaction, id_, record_id, at, version, kind, fields, was_seen, is_seen, is_alive, concerned = row[:_PLAIN]
        return Row(
            int(transaction),
            id_,
            self._one,
            record_id,
            at,
            version,
            kind,
            fields,
            was_seen,
            is_seen,
            is_alive,
            concerned,
            moved=tuple(row[_PLAIN : self._groups]),
            groups=tuple(row[self._groups :]),
        )


class Judges:
    """The judges of one reader, kept from page to page for as long as their rights are the same."""

    def __init__(self) -> None:
        self._profile: Profile | None = None
        self._known: dict[tuple[ObjectType, tuple[ObjectType, ...], int], Judge] = {}

    def judge(self, profile: Profile, one: ObjectType, below: Sequence[ObjectType], begun: int) -> Judge:
        """The one for changes of this object, and of those below it."""
        if profile is not self._profile:
            self._profile, self._known = profile, {}
        key = (one, tuple(below), begun)
        if key not in self._known:
            self._known[key] = Judge(profile, one, below, begun)
        return self._known[key]
