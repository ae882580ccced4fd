"""What all forms of a file have in common: records come in as JSON, bytes go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from saas.engine.export.cells import Column

Told = Sequence[str]  # the JSON of each record


class Writer(Protocol):
    """Writes records into a file."""

    def add(self, told: Told) -> None:
        """Add records. Unavailable where there is no room, TooLarge where the form holds no more."""

    def end(self) -> None:
        """Write what stands behind the last record."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table, and of the lines below each record, if these are wanted.

    name, line_name  what the records and the lines are called
    whose            tells of a line that stands apart of which record it is
    """

    name: str
    columns: Sequence[Column]
    line_name: str = ""
    lines: Sequence[Column] | None = None
    whose: Column | None = None


def records_in(told: Told) -> list[Mapping[str, Any]]:
    """The records of which this is the JSON."""
    found: list[Mapping[str, Any]] = orjson.loads(f"[{','.join(told)}]")
    return found
