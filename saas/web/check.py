"""One thing that `/readyz` has looked at."""

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """`warning`: requests are served, but somebody should look."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `said` is the sentence where it is not well, `figures` what was seen."""

    state: State = State.OK
    said: str = ""
    figures: dict[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"state": self.state} | ({"message": self.said} if self.said else {}) | self.figures
