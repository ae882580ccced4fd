"""Checking invariants within bounds: short statements, each in a read-only transaction of its own.

A snapshot that lives for minutes keeps vacuum from cleaning up behind everybody, so none lives longer than a
statement may take. What does not fit into a night is told, and the next night goes on from there.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from saas.engine.invariants import NONE, Broken, Invariant, NotLookedAt, Window, invariants
from saas.engine.scope import Scope, Via, open_scope
from saas.kit.errors import TenantUnavailable, Unavailable
from saas.kit.faults import message
from saas.kit.report import capture
from saas.tenants.database import is_lost, sqlstate
from saas.tenants.tenant import Tenant

STATEMENT_SECONDS = 10
MOST = 10_000  # rows of a window that are counted
SAMPLE = 5
_TIMED_OUT = "57014"
_VIA = Via("saas invariants")


@dataclass(frozen=True, slots=True)
class Result:
    """What was found of one invariant in one tenant.

    count   rows that break it, as far as it was looked at
    sample  a few of them
    note    why it was not looked at wholly; empty: it was
    resume  where the next look begins, for one that did not come to the end
    began   where this look began
    """

    name: str
    count: int = 0
    sample: tuple[str, ...] = ()
    note: str = ""
    resume: UUID | None = None
    began: UUID = NONE

    @property
    def is_whole(self) -> bool:
        """Whether everything was looked at, so that nothing found means that it holds."""
        return not self.note and self.began == NONE


@dataclass(frozen=True, slots=True)
class Place:
    """How far a check has come: in this invariant, behind this id, with this found so far."""

    result: Result
    after: UUID
    spent: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        found = self.result
        return {
            "invariant": found.name, "count": found.count, "sample": [*found.sample], "note": found.note,
            "began": str(found.began), "after": str(self.after), "spent": self.spent,
        }  # fmt: skip

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Place | None":
        """What `as_json` made."""
        if "invariant" not in told:
            return None
        sample = tuple(told["sample"])
        found = Result(told["invariant"], told["count"], sample, told["note"], None, UUID(told["began"]))
        return cls(found, UUID(told["after"]), told["spent"])


def checked(
    tenant: Tenant,
    resume: Mapping[str, UUID],
    start: Place | None = None,
    *,
    is_bounded: bool = True,
    which: Sequence[Invariant] | None = None,
) -> Iterator[Result | Place]:
    """Each result as it is there, and before every statement how far it has come: a later check can begin there.

    `resume` says where to begin with those that did not come to their end the last time. Unbounded, each is looked at
    to its end, however long it takes. `which` are looked at; without it all.
    """
    every = invariants() if which is None else which
    names = [each.name for each in every]
    first = names.index(start.result.name) if start is not None and start.result.name in names else 0
    for number, each in enumerate(every[first:]):
        began = resume.get(each.name, NONE) if is_bounded else NONE
        place = Place(Result(each.name, began=began), began)
        if number == 0 and start is not None and start.result.name == each.name:
            place = start
        yield place
        yield from _one(tenant, each, place, is_bounded=is_bounded)


def _one(tenant: Tenant, one: Invariant, place: Place, *, is_bounded: bool) -> Iterator[Result | Place]:
    """One invariant from this place on."""
    while True:
        if is_bounded and place.spent >= one.seconds:
            note = f"Looked at for {one.seconds:.0f} s; the next night goes on from there."
            yield replace(place.result, note=place.result.note or note, resume=place.after)
            return
        began = time.monotonic()
        window = Window(place.after)
        try:
            window, found, sample = _look(tenant, one, place.after)
        except (TenantUnavailable, Unavailable):
            raise
        except NotLookedAt as error:
            yield replace(place.result, note=str(error), resume=place.after)
            return
        except Exception as error:  # whatever is wrong with one, the others are still wanted
            if is_lost(error):
                raise
            note = _failed(error)
            if one.key is None or sqlstate(error) != _TIMED_OUT:
                yield replace(place.result, note=note)
                return
            window, found, sample = _passed_over(tenant, one, place.after), 0, ()
            place = replace(place, result=replace(place.result, note=note))
        result = place.result
        count, kept = result.count + found, (*result.sample, *sample)[:SAMPLE]
        result = replace(result, count=count, sample=kept)
        if window.until is None:
            yield result
            return
        place = Place(result, window.until, place.spent + time.monotonic() - began)
        yield place


def _look(tenant: Tenant, one: Invariant, after: UUID) -> tuple[Window, int, tuple[str, ...]]:
    """What one statement finds, in a transaction of its own."""
    with open_scope(tenant, None, write=False, via=_VIA) as scope:
        scope.session.execute(sa.text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'"))
        window = Window(after) if one.key is None else _next(scope, one, after)
        return window, *_counted(scope, one.find(scope, window))


def _next(scope: Scope, one: Invariant, after: UUID) -> Window:
    """The window behind this id; the last one has no end."""
    id_ = cast("sa.Column[UUID]", one.key)
    last = sa.select(id_).where(id_ > after).order_by(id_).offset(one.window - 1).limit(1)
    return Window(after, scope.session.execute(last).scalar())


def _passed_over(tenant: Tenant, one: Invariant, after: UUID) -> Window:
    with open_scope(tenant, None, write=False, via=_VIA) as scope:
        return _next(scope, one, after)


def _counted(scope: Scope, broken: Broken) -> tuple[int, tuple[str, ...]]:
    if isinstance(broken, sa.Select):
        found = broken.limit(MOST).subquery()
        id_ = sa.cast(next(iter(found.c)), sa.Text())
        sample = sa.cast(sa.func.array_agg(id_), sa.ARRAY(sa.Text()))
        count, some = scope.session.execute(sa.select(sa.func.count(), sample)).one()
        return count, tuple(some or ())[:SAMPLE]
    every = [str(each) for each in broken]
    return len(every), tuple(every[:SAMPLE])


def _failed(error: Exception) -> str:
    """Why it could not be looked at."""
    if sqlstate(error) == _TIMED_OUT:
        return f"A statement was ended after {STATEMENT_SECONDS} s: a part was not looked at."
    capture(error)
    return f"It could not be looked at: {type(error).__name__} {message(error)}".rstrip() + "."
