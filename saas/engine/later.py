"""Values of a request that a plan takes anew each time it runs; whoever looks at one binds the plan to what was seen.

A builder of SQL gets either a value as it is or one that is told `Later`. With the functions below it need not care
which: `then` changes it, `bound` puts it into SQL, and `pinned` looks at it, as a page's size must be known.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BindParameter

Find = Callable[[Any], Any]  # what the value is in a run


@dataclass(frozen=True, slots=True)
class Guard:
    """A plan is for runs in which what one sees at a value is the same as when it was made."""

    find: Find
    seen: Any

    def holds(self, run: Any) -> bool:
        return bool(self.find(run) == self.seen)


_keys = count(1)  # not the address of a value: that of one that is gone is given to another one


class Later:
    """A value as it is now, and how it is found in a later run.

    key     what it is: two with the same key are one parameter
    guards  of the plan in the making; a value of the viewer, which nobody looks at, has none
    kept    where a run keeps what was made of a value that is the same in many runs, by key
    """

    __slots__ = ("find", "guards", "kept", "key", "value")

    def __init__(
        self,
        value: Any,
        find: Find,
        guards: list[Guard] | None = None,
        key: Hashable = None,
        kept: Callable[[Any], dict[Any, Any]] | None = None,
    ) -> None:
        self.value, self.find, self.guards, self.kept = value, find, guards, kept
        self.key = next(_keys) if key is None else key

    def __call__(self) -> Any:
        """The value now, as SQLAlchemy asks a parameter for it."""
        return self.value

    def then(self, change: Callable[[Any], Any]) -> "Later":
        find = self.find
        return Later(change(self.value), lambda run: change(find(run)), self.guards)

    def pinned(self, look: Callable[[Any], Any]) -> Any:
        if self.guards is None:
            raise TypeError("Nobody looks at what depends on the viewer: it has no guards.")
        find, seen = self.find, look(self.value)
        self.guards.append(Guard(lambda run: look(find(run)), seen))
        return seen


def then(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value, changed."""
    return value.then(change) if isinstance(value, Later) else change(value)


def pinned(value: Any, look: Callable[[Any], Any] = lambda value: value) -> Any:
    """What one sees at the value; a plan made with it is for runs that show the same."""
    return value.pinned(look) if isinstance(value, Later) else look(value)


def bound(value: Any, type_: Any) -> BindParameter[Any]:
    """The value as a parameter of SQL."""
    if isinstance(value, Later):
        return sa.bindparam(None, callable_=value, type_=type_, unique=True)
    return sa.bindparam(None, value, type_=type_, unique=True)


def whole(value: Any) -> Any:
    """A list some of whose elements are told later, as one value that is told later."""
    late = [each for each in value if isinstance(each, Later)] if isinstance(value, list) else []
    if not late:
        return value
    return Later([*map(now, value)], lambda run: [at(each, run) for each in value], late[0].guards)


def at(value: Any, run: Any) -> Any:
    """What the value is in a run."""
    return value.find(run) if isinstance(value, Later) else value


def now(value: Any) -> Any:
    """What the value is in the run that a plan is made for."""
    return value.value if isinstance(value, Later) else value
