"""The source of `customerChanged`: changes of one object as its follower sees them, all of them or those of a list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.changes.below import ancestors
from saas.engine.changes.page import read_changes
from saas.engine.changes.told import RecordChange, Told
from saas.engine.changes.window import Judges
from saas.engine.live.source import Event, Reading
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.filters import condition
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.selection import Picked
from saas.kit.text import camel

AT_ONCE = 500  # records of one reading, where each asks for little
_ALIVE = (Told.CREATED, Told.UPDATED)


@dataclass(frozen=True, slots=True)
class Happened:
    """What became of a record, as its follower sees it.

    fields  those that differ, of those that the follower may see, by their names in the API
    is_news whether another way into the record opened or closed for the follower
    """

    id: UUID
    kind: Told
    version: int
    fields: frozenset[str] = frozenset()
    is_news: bool = False

    @classmethod
    def of(cls, change: RecordChange) -> "Happened | None":
        """What a page of changes has of a record; None: nothing is told of it."""
        kind = change.kind
        if kind is None:
            return None
        return cls(UUID(change.id), kind, change.version, change.fields, change.is_news)


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of the records of one object: of one record, of those that a filter lets through, or of all.

    at_once  how many of them are read together
    """

    one: ObjectType
    id: UUID | None = None
    filter: Mapping[str, Any] = field(default_factory=dict)
    at_once: int = AT_ONCE
    _judges: Judges = field(default_factory=Judges, compare=False, repr=False)

    @property
    def wakes(self) -> frozenset[str]:
        return frozenset({self.one.name, *(each.name for each in ancestors(self.one))})

    def begin(self, scope: Scope, after: str | None) -> str:
        self._let_through(scope, [])  # says what is wrong with the filter
        scope.need(f"{self.one.rights}.read")
        return after or read_changes(scope, [self.one.name], None, 0, now=True).cursor

    def read(self, scope: Scope, cursor: str, picked: Sequence[Picked], until: int) -> Reading:
        names, judges = [self.one.name], self._judges
        page = read_changes(scope, names, cursor, self.at_once, now=False, until=until, judges=judges)
        happened = [each for change in page.nodes if (each := Happened.of(change)) is not None]
        events = self.events(scope, self.concerning(scope, happened), picked)
        return Reading(events, page.cursor, page.has_more, page.horizon)

    def concerning(self, scope: Scope, happened: Sequence[Happened]) -> list[Happened]:
        """Those that are told: of a list also that a record may have left it, once a field that decides was changed."""
        asked = [each for each in happened if self.id in (None, each.id)]
        if not self.filter:
            return asked
        inside = self._let_through(scope, [each.id for each in asked if each.kind is not Told.OUT_OF_SIGHT])
        return [told for each in asked if (told := self._as_of_list(each, inside)) is not None]

    def events(self, scope: Scope, happened: Sequence[Happened], picked: Sequence[Picked]) -> list[Event]:
        """What the document selects of each, the records read together, with the rights of now."""
        asked = [child for each in picked if each.name == self.one.single for child in each.children]
        alive = [each.id for each in happened if each.kind in _ALIVE] if asked else []
        found = fetch_by_ids(scope, Wanted(self.one).add(asked), alive)
        return [self._event(each, found.get(each.id)) for each in happened]

    def _event(self, each: Happened, record: Any) -> Event:
        return {
            "kind": each.kind.value,
            "id": str(each.id),
            "version": None if each.kind is Told.OUT_OF_SIGHT else each.version,
            "changedFields": sorted(each.fields) if each.kind in _ALIVE else [],
            self.one.single: record,
        }

    def _as_of_list(self, each: Happened, inside: set[UUID]) -> Happened | None:
        if each.kind is Told.OUT_OF_SIGHT or each.id in inside:
            return each
        if each.kind is Told.UPDATED and (each.is_news or self._decides(each.fields)):
            return Happened(each.id, Told.OUT_OF_SIGHT, each.version)
        return None  # it was not in the list before either

    def _let_through(self, scope: Scope, ids: list[UUID]) -> set[UUID]:
        """Which of these records the filter lets through; those in the trash as they were when they went there."""
        table = self.one.outermost
        asked = condition(scope, self.one, table, self.filter)
        if not ids:
            return set()
        return set(scope.session.execute(sa.select(table.c.id).where(table.c.id.in_(ids), asked)).scalars())

    def _decides(self, fields: frozenset[str]) -> bool:
        """Whether a change of these fields may have led a record into the list or out of it."""
        named = set(_names(self.filter))
        own = {camel(each.api) for each in self.one.all_fields.values()}
        return not named <= own or not named.isdisjoint(fields)


def _names(given: Mapping[str, Any]) -> Iterator[str]:
    """The fields that a filter asks for, but not those behind references and in lists."""
    for name, operand in given.items():
        if name in ("and", "or"):
            yield from _of_each(operand)
        elif name == "not":
            yield from _names(operand)
        elif name != "id":
            yield name


def _of_each(parts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for part in parts:
        yield from _names(part)
