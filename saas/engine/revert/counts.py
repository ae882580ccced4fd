"""How far a revert is, and what became of the records."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from saas.engine.revert.judged import REFUSED, REVERTED, UNCHANGED, Taken


@dataclass(frozen=True, slots=True)
class RevertCounts:
    """`done` of `records` are dealt with; each of those is reverted, unchanged or refused.

    at  when the last chunk ended, RFC 3339
    """

    records: int = 0
    done: int = 0
    reverted: int = 0
    unchanged: int = 0
    refused: int = 0
    at: str = ""

    def after(self, taken: Sequence[Taken], at: str) -> "RevertCounts":
        """The counts when these records are dealt with, too."""
        became = [each.became for each in taken]
        return replace(
            self,
            done=self.done + len(taken),
            reverted=self.reverted + became.count(REVERTED),
            unchanged=self.unchanged + became.count(UNCHANGED),
            refused=self.refused + became.count(REFUSED),
            at=at,
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
