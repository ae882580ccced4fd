"""Rules: what must be true of a record whenever it is written, whoever writes it and by whichever door."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol, TypeVar, cast

from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record
from saas.kit.text import camel

RecordT = TypeVar("RecordT", bound=Record)


class Check(Protocol):
    __name__: str

    def __call__(self, record: Any, /) -> None: ...


_rules: dict[type[Record], list[Check]] = defaultdict(list)


class Broken(Exception):
    """Raised by a rule or a reaction: a sentence for people, and the field where the remedy lies."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(ProblemCode.RULE_BROKEN, message, path=(camel(field),) if field else ())


def rule(target: type[RecordT]) -> Callable[[Callable[[RecordT], None]], Callable[[RecordT], None]]:
    """Declare a rule of `target`: a function that raises Broken for a record that must not be written so."""

    def declare(check: Callable[[RecordT], None]) -> Callable[[RecordT], None]:
        _rules[target].append(cast("Check", check))
        return check

    return declare


def rules_of(target: type[Record]) -> tuple[Check, ...]:
    return tuple(_rules[target])


def broken_by(record: Record) -> Iterable[Problem]:
    """The problems that the rules find in `record`."""
    for check in rules_of(type(record)):
        try:
            check(record)
        except Broken as broken:
            yield replace(broken.problem, rule=check.__name__)
