"""The arguments of a list, as they were given; what a list can be asked at most."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from saas.engine.later import pinned
from saas.kit.errors import BadInput

DEFAULT_FIRST = 50
MAX_FIRST = 500
DEFAULT_COUNT = 10_000
MAX_COUNT = 100_000


class Trash(StrEnum):
    """Whether deleted records are left out, listed too, or listed alone."""

    EXCLUDE = "EXCLUDE"
    INCLUDE = "INCLUDE"
    ONLY = "ONLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The arguments of a list."""

    filter: Mapping[str, Any] = field(default_factory=dict)
    order_by: list[Mapping[str, Any]] | None = None
    search: str | None = None
    trash: Trash = Trash.EXCLUDE
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def backwards(self) -> bool:
        return self.last is not None

    @property
    def size(self) -> int:
        """How many records; BadInput for what a page cannot be."""
        if self.first is not None and self.last is not None:
            raise BadInput("Ask for first or last, not for both.", path=("last",))
        name = "last" if self.backwards else "first"
        wanted = pinned(self.last if self.backwards else self.first)
        size = DEFAULT_FIRST if wanted is None else wanted
        if not 0 <= size <= MAX_FIRST:
            raise BadInput(f"{name} must be between 0 and {MAX_FIRST}, not {size}.", path=(name,))
        return size


def page_request(arguments: Mapping[str, Any]) -> PageRequest:
    """The request with these arguments; null means that one is absent."""
    return PageRequest(**{name: value for name, value in arguments.items() if value is not None})
