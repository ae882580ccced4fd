"""Many rows at once: all or nothing, or all that can be written with a reason for each of the others."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from saas.engine.problem import forbidden
from saas.engine.write.outcome import Outcome
from saas.kit.errors import Forbidden

RowT = TypeVar("RowT")
Verb = Callable[[Sequence[RowT]], list[Outcome]]


class ErrorPolicy(StrEnum):
    """What becomes of the good rows of a batch that has bad ones."""

    ROLL_BACK = "ROLL_BACK"
    SKIP_FAILED = "SKIP_FAILED"


def written(verb: Verb[RowT], rows: Sequence[RowT], policy: ErrorPolicy) -> list[Outcome]:
    """What became of each row; `verb` writes all that it is given or nothing."""
    if policy is ErrorPolicy.ROLL_BACK or not rows:
        return verb(rows)
    outcomes = [Outcome() for _ in rows]
    _write(verb, rows, range(len(rows)), outcomes)
    return outcomes


def _write(verb: Verb[RowT], rows: Sequence[RowT], places: Sequence[int], outcomes: list[Outcome]) -> None:
    """Write the rows at these places, again without what was refused until the rest is written.

    The checks are set-wise, so the number of rounds follows from their stages, not from the number of rows.
    """
    while places:
        try:
            found = verb([rows[place] for place in places])
        except Forbidden as missing:
            found = [Outcome(problems=[forbidden(str(missing))]) for _ in places]
        if len(places) > 1 and _one_for_all(found):
            middle = len(places) // 2
            _write(verb, rows, places[:middle], outcomes)
            _write(verb, rows, places[middle:], outcomes)
            return
        for place, outcome in zip(places, found, strict=True):
            outcomes[place] = outcome
        done = not any(outcome.problems for outcome in found)
        places = [] if done else [place for place in places if not outcomes[place].problems]


def _one_for_all(outcomes: Sequence[Outcome]) -> bool:
    """Whether one and the same problem stands against all rows: then it is not known which of them caused it."""
    first = outcomes[0].problems[-1] if outcomes[0].problems else None
    return first is not None and all(each.problems and each.problems[-1] is first for each in outcomes)
