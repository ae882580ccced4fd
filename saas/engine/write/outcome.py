"""What became of one row of a write."""

from dataclasses import dataclass, field
from uuid import UUID

from saas.engine.problem import Problem
from saas.engine.record import Record


@dataclass(slots=True)
class Outcome:
    """`id` and `record` are None until the row is written; `changed` tells whether anything differed.

    What was written may carry warnings: nothing is refused for them.
    """

    id: UUID | None = None
    record: Record | None = None
    problems: list[Problem] = field(default_factory=list)
    changed: bool = False
    warnings: list[Problem] = field(default_factory=list)


def any_problem(outcomes: list[Outcome]) -> bool:
    return any(outcome.problems for outcome in outcomes)


def not_written(outcomes: list[Outcome]) -> list[Outcome]:
    """The same outcomes after nothing was written."""
    return [Outcome(problems=outcome.problems) for outcome in outcomes]
