"""Derived fields: values that follow from others, computed at every write and never taken from a writer."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from saas.engine.field import Derived, Field
from saas.engine.record import Record
from saas.kit.errors import BadConfig

RecordT = TypeVar("RecordT", bound=Record)
Computation = Callable[[Any, Sequence[Any]], None]
_computations: dict[type[Record], list[Computation]] = defaultdict(list)


def derive(
    target: type[RecordT],
) -> Callable[[Callable[[RecordT, Sequence[Any]], None]], Callable[[RecordT, Sequence[Any]], None]]:
    """Declare `def <object>_<what>(record, lines)`, which sets the derived fields of a record and of its lines.

    It runs before the rules whenever the record or a line of it is written; it may raise Broken. A record of an
    object without lines gets none.
    """

    def declare(compute: Callable[[RecordT, Sequence[Any]], None]) -> Callable[[RecordT, Sequence[Any]], None]:
        if not compute.__doc__:
            what = f"{compute.__module__}.{compute.__name__} has no docstring."
            raise BadConfig(what, remedy="Say in one sentence what it computes; `saas explain` tells it.")
        _computations[target].append(cast("Computation", compute))
        return compute

    return declare


def computations_of(target: type[Record]) -> tuple[Computation, ...]:
    """What computes the derived fields of an object, in the order of declaration."""
    return tuple(_computations.get(target, ()))


def compute(record: Record, lines: Sequence[Record]) -> None:
    """Set what is derived. What follows from lines stays as it is where there are none. Broken as they raise it."""
    by_hand = () if lines else derived_with_lines(record.fields.values())
    kept = {field.name: getattr(record, field.name) for field in by_hand}
    for each in computations_of(type(record)):
        each(record, lines)
    for name, value in kept.items():
        setattr(record, name, value)


def derived_with_lines(fields: Iterable[Field]) -> Iterator[Field]:
    """The fields that are computed while there are lines, and written by hand while there are none."""
    return (field for field in fields if field.derived is Derived.WITH_LINES)
