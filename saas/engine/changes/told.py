"""What is told of a record: all that happened to it on one page, folded to what a copy of it has to become."""

from dataclasses import dataclass
from enum import StrEnum

from saas.engine.audit import ChangeKind
from saas.engine.changes.below import Below
from saas.engine.changes.window import Row
from saas.engine.registry import ObjectType

_FROM_NOTHING = frozenset(each.value for each in (ChangeKind.CREATED, ChangeKind.RESTORED, ChangeKind.UNMERGED))
_TO_NOTHING = frozenset(each.value for each in (ChangeKind.DELETED, ChangeKind.MERGED))


class Told(StrEnum):
    """What became of a record, as its reader sees it."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"
    OUT_OF_SIGHT = "OUT_OF_SIGHT"


@dataclass(slots=True)
class RecordChange:
    """One record on a page of changes.

    at         when it was changed last, in UTC as Postgres writes it
    was_seen   whether the reader saw it before each of them: a copy that was read meanwhile may lack it otherwise
    was_lost   whether they saw it before any of them, since they began to read
    had_died   whether they saw it when it was deleted
    is_news    whether another way into it opened or closed for them
    """

    one: ObjectType
    id: str
    was_seen: bool = True
    version: int = 0
    at: str = ""
    is_seen: bool = False
    is_alive: bool = True
    was_lost: bool = False
    had_died: bool = False
    is_news: bool = False
    fields: frozenset[str] = frozenset()

    def add(self, row: Row, names: frozenset[str], begun: int) -> None:
        """A change of its own, of which the reader may hear of these fields."""
        self.version, self.at, self.is_seen, self.is_alive = row.version, row.at, row.is_seen, row.is_alive
        self.is_news = self.is_news or row.concerned
        self.fields = self.fields | names if self.fields else names
        if not row.was_seen or row.kind in _FROM_NOTHING:
            self.was_seen = False
        elif row.transaction >= begun:
            self.was_lost = True
            self.had_died = row.kind in _TO_NOTHING

    def add_above(self, below: Below, row: Row, begun: int) -> None:
        """A change of what it belongs to, by which it came into sight or went."""
        self.version, self.at = below.version, row.at
        self.is_seen = self.is_alive = below.is_seen
        self.was_seen = self.was_seen and below.was_seen
        self.was_lost = self.was_lost or (below.was_seen and row.transaction >= begun)

    @property
    def kind(self) -> Told | None:
        """What is told; None: nothing, for the reader never saw it, or sees nothing of what was changed."""
        if self.is_seen and self.is_alive:
            if not self.was_seen:
                return Told.CREATED
            return Told.UPDATED if self.fields or self.is_news else None
        if self.had_died and not self.is_alive:
            return Told.DELETED
        return Told.OUT_OF_SIGHT if self.was_lost else None
