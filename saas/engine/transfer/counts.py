"""How far an import is, and what became of its rows."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from saas.engine.transfer.issue import Severity
from saas.engine.transfer.row import Row
from saas.engine.transfer.rows import START, Place


@dataclass(frozen=True, slots=True)
class Counts:
    """`done` of `rows` are dealt with; each of those is created, updated, unchanged or refused.

    place   behind which the next row stands
    at      when the last chunk ended, RFC 3339
    reason  why the import ended early
    """

    rows: int = 0
    done: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    warnings: int = 0
    place: Place = START
    at: str = ""
    reason: str = ""

    def after(self, rows: list[Row], at: str) -> "Counts":
        """The counts when these rows are dealt with, too."""
        became = [row.became for row in rows]
        warnings = sum(issue.severity is Severity.WARNING for row in rows for issue in row.issues)
        return replace(
            self,
            done=self.done + len(rows),
            created=self.created + became.count("created"),
            updated=self.updated + became.count("updated"),
            unchanged=self.unchanged + became.count("unchanged"),
            refused=self.refused + became.count("refused"),
            warnings=self.warnings + warnings,
            place=max([self.place, *(row.line.place for row in rows)]),
            at=at,
        )

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Counts":
        """The counts as `as_json` wrote them, or an earlier version of it."""
        level, document, number = kept.get("place", START)
        return cls(**{**kept, "place": (level, document, number)})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
