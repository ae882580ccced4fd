"""Rules: what must be true of a record whenever it is written, whoever writes it and by whichever door."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Concatenate, ParamSpec, TypeVar

from saas.engine.address import address_problems
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record
from saas.kit.errors import BadConfig
from saas.kit.text import camel

P = ParamSpec("P")
RecordT = TypeVar("RecordT", bound=Record)
Check = Callable[Concatenate[RecordT, P], None]


@dataclass(frozen=True, slots=True)
class _Rule:
    check: Callable[..., None]
    takes_lines: bool


_rules: dict[type[Record], list[_Rule]] = defaultdict(list)


class Broken(Exception):
    """Raised by a rule or a reaction: a sentence for people, and the field where the remedy lies."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(ProblemCode.RULE_BROKEN, message, path=(camel(field),) if field else ())


def rule(target: type[RecordT]) -> Callable[[Check[RecordT, P]], Check[RecordT, P]]:
    """Declare a rule of `target`: a function that raises Broken for a record that must not be written so.

    It takes the record, and where it asks for them its lines: `def <object>_<what>(record[, lines])`.
    """

    def declare(check: Check[RecordT, P]) -> Check[RecordT, P]:
        taken = len(inspect.signature(check).parameters)
        if taken not in (1, 2):
            what = f"{check.__module__}.{check.__name__} does not take (record) or (record, lines)."
            raise BadConfig(what, remedy="A rule looks at a record and its lines, and at nothing else.")
        _rules[target].append(_Rule(check, takes_lines=taken == 2))
        return check

    return declare


def rules_of(target: type[Record]) -> tuple[Callable[..., None], ...]:
    return tuple(each.check for each in _rules[target])


def rules_ask_for_lines(target: type[Record]) -> bool:
    """Whether one of its rules looks at the lines too."""
    return any(each.takes_lines for each in _rules[target])


def broken_by(record: Record, lines: Sequence[Record] = ()) -> Iterable[Problem]:
    """The problems that the rules, its own and those of addresses, find in `record` with its lines."""
    for each in _rules[type(record)]:
        try:
            each.check(record, *([lines] if each.takes_lines else ()))
        except Broken as broken:
            yield replace(broken.problem, rule=each.check.__name__)
    yield from address_problems(record)
