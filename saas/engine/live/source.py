"""A source: what a subscription follows. It is read from a cursor; it tells what is new and where to go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from saas.engine.scope import Scope
from saas.engine.selection import Picked

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to tell since a cursor.

    events    what each tells, by the names of its fields in the API
    cursor    where to go on after the last of them
    has_more  whether to read on at once
    reached   the transaction before which all was read, for readers who ask up to where they are; 0: it has no such
    """

    events: Sequence[Event]
    cursor: str
    has_more: bool = False
    reached: int = 0

    def with_cursors(self, before: str) -> list[Event]:
        """The events, each with a cursor to go on from without a gap.

        A cursor stands behind a whole reading: who leaves in the midst of one is told that reading again.
        """
        last = len(self.events) - 1
        return [event | {"cursor": self.cursor if n == last else before} for n, event in enumerate(self.events)]


class Source(Protocol):
    """What a root field of Subscription follows; made from its arguments (`extensions["source"]` of the field).

    wakes  names of objects whose changes are worth a look; `{look.ME}`: notifications for whoever follows; None: it is
           looked at once a second and at every change
    """

    @property
    def wakes(self) -> frozenset[str] | None: ...

    def begin(self, scope: Scope, after: str | None) -> str:
        """The cursor to begin at: the one given, or the one of now; whatever is wrong with what is asked is raised."""
        ...

    def read(self, scope: Scope, cursor: str, picked: Sequence[Picked], until: int) -> Reading:
        """What there is to tell to this actor since the cursor, of transactions before `until`.

        `picked` is what the document selects of an event. Raises Forbidden, FeedStartedAnew and the like for good.
        """
        ...
