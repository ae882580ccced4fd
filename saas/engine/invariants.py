"""What must be true of a tenant's data whatever happened: declared beside what keeps it true, checked every night.

An invariant is a function that says which rows break it. It is a second way to the same truth, so it shares nothing
with the code that it watches; whoever finds it broken is told the remedy, and nothing is mended in passing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from saas.engine.record import Record
from saas.engine.registry import ObjectType, lines, objects
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig

WINDOW = 20_000
NONE = UUID(int=0)
REBUILD = "saas tenant rebuild {tenant}"

Broken = sa.Select[Any] | Iterable[object]  # what breaks it: its ids first among the columns, or its ids


class NotLookedAt(Exception):
    """Raised by an invariant that cannot look just now; the message says why, for operators."""


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of a table with ids behind `after`, up to `until` where there are more behind that."""

    after: UUID = NONE
    until: UUID | None = None

    def of(self, column: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
        """Whether the row with this id is one of them."""
        behind = column > self.after
        return behind if self.until is None else sa.and_(behind, column <= self.until)


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must be true.

    name     of the object and what holds of it: `customer.texts_match`; of no object in particular: `files_are_counted`
    says     the same as a sentence
    remedy   what an operator does where it is broken; `{tenant}` stands for the slug
    key      the ids by which a table is gone through, a window at a time; None: one statement tells it
    seconds  how long a night's check may take; the next night goes on from there
    """

    name: str
    says: str
    remedy: str
    find: Callable[[Scope, Window], Broken]
    key: sa.Column[UUID] | None = None
    window: int = WINDOW
    seconds: float = 120.0


Whole = Callable[[Scope], Broken]
InWindows = Callable[[Scope, Window], Broken]
OfEach = Callable[[Scope, ObjectType, Window], Broken]


@dataclass(frozen=True, slots=True)
class _OfEach:
    name: str
    function: OfEach
    where: Callable[[ObjectType], bool]
    remedy: str
    window: int
    seconds: float

    def of(self, one: ObjectType) -> Invariant:
        def find(scope: Scope, window: Window) -> Broken:
            return self.function(scope, one, window)

        name, says = f"{one.name}.{self.name}", _says(self.function)
        return Invariant(name, says, self.remedy, find, one.table.c.id, self.window, self.seconds)


_declared: list[Invariant] = []
_of_each: list[_OfEach] = []


def invariant(name: str, *, object: type[Record] | None = None, remedy: str) -> Callable[[Whole], Whole]:
    """Declare `def name(scope) -> Broken`, whose docstring says what holds; one statement has to tell it.

    `object` is whose it is, where it is one's.
    """

    def declare(function: Whole) -> Whole:
        full = name if object is None else f"{object.__tablename__}.{name}"
        _declared.append(Invariant(full, _says(function), remedy, lambda scope, _window: function(scope)))
        return function

    return declare


def invariant_in_windows(
    name: str, over: sa.Column[UUID] | type[Record], *, remedy: str, window: int = WINDOW, seconds: float = 120.0
) -> Callable[[InWindows], InWindows]:
    """Declare `def name(scope, window) -> Broken` of a table that may be large: a window of these ids at a time.

    They have to be indexed; several rows may have the same one.
    """
    if isinstance(over, sa.Column):
        key, full = over, name
    else:
        key, full = cast("sa.Table", over.__table__).c.id, f"{over.__tablename__}.{name}"

    def declare(function: InWindows) -> InWindows:
        _declared.append(Invariant(full, _says(function), remedy, function, key, window, seconds))
        return function

    return declare


def invariant_of_each(
    name: str, where: Callable[[ObjectType], bool], *, remedy: str, window: int = WINDOW, seconds: float = 120.0
) -> Callable[[OfEach], OfEach]:
    """Declare `def name(scope, one, window) -> Broken`, true of every object, lines too, of which `where` says so."""

    def declare(function: OfEach) -> OfEach:
        _says(function)
        _of_each.append(_OfEach(name, function, where, remedy, window, seconds))
        return function

    return declare


def invariants() -> list[Invariant]:
    """All of them: those of the whole tenant first, then those of each object."""
    found = [*_declared, *(each.of(one) for one in (*objects(), *lines()) for each in _of_each if each.where(one))]
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadConfig(f"Two invariants are called {twice}.", remedy="Rename one: results are kept by name.")
    return found


def _says(function: Callable[..., Any]) -> str:
    if not function.__doc__:
        what = f"The invariant {function.__module__}.{function.__name__} has no docstring."
        raise BadConfig(what, remedy="Say in one sentence what holds; operators read it.")
    return " ".join(function.__doc__.split())
