"""The lines of one document as an action is given them: to look at, to change, to add to and to take from."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from saas.engine.record import Record, new_record
from saas.kit import clock, ids

LineT = TypeVar("LineT", bound=Record)


class LineList(Sequence[LineT], Generic[LineT]):
    """The lines that a document has, in their order. What is done to them is written with the document.

    kept  those that it had before
    new   those that it gets
    gone  those that it loses
    """

    def __init__(self, kind: type[LineT], document_id: UUID, kept: Iterable[LineT] = ()) -> None:
        self._kind, self._document_id = kind, document_id
        self.kept = list(kept)
        self.new: list[LineT] = []
        self.gone: list[LineT] = []

    def add(self, *, id: UUID | None = None, position: int = 0, **values: Any) -> LineT:
        """One more line with these values by field name, at the end where no position is given."""
        last = max((_position(line) for line in self), default=0)
        facts = self._kind.facts
        given = {"id": id or ids.new_id(facts.code), "position": position or last + 1}
        line = new_record(self._kind, {**values, **given, facts.line_of or "": self._document_id})
        self.new.append(line)
        return line

    def remove(self, line: LineT) -> None:
        """Take one of them away."""
        if line in self.new:
            self.new.remove(line)
        else:
            line.deleted_at = clock.now()
            self.gone.append(line)

    @overload
    def __getitem__(self, index: int) -> LineT: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LineT]: ...
    def __getitem__(self, index: int | slice) -> LineT | Sequence[LineT]:
        return self._living()[index]

    def __iter__(self) -> Iterator[LineT]:
        return iter(self._living())

    def __len__(self) -> int:
        return len(self._living())

    def _living(self) -> list[LineT]:
        return sorted((line for line in (*self.kept, *self.new) if line.deleted_at is None), key=_position)


def _position(line: Record) -> int:
    position: int = getattr(line, "position")  # noqa: B009  # every line has it, no other record
    return position
