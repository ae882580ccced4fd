"""What figures are made of the values of many records: data, no SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType
from saas.engine.selection import Picked
from saas.kit.text import camel


class Function(StrEnum):
    """What is made of many values; records without a value do not count."""

    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


_COUNTS = (Function.COUNT, Function.COUNT_DISTINCT)
_BOUNDS = (Function.MIN, Function.MAX)
_OF_NUMBERS = (*_COUNTS, Function.SUM, Function.AVG, *_BOUNDS)
FUNCTIONS: dict[Kind, tuple[Function, ...]] = {
    Kind.TEXT: _COUNTS,
    Kind.EMAIL: _COUNTS,
    Kind.PHONE: _COUNTS,
    Kind.CHOICE: _COUNTS,
    Kind.CURRENCY: _COUNTS,
    Kind.DICTIONARY: _COUNTS,
    Kind.REFERENCE: _COUNTS,
    Kind.INTEGER: _OF_NUMBERS,
    Kind.QUANTITY: _OF_NUMBERS,
    Kind.PERCENT: _OF_NUMBERS,
    Kind.RATE: _OF_NUMBERS,
    Kind.MONEY: _OF_NUMBERS,
    Kind.UNIT_PRICE: _OF_NUMBERS,
    Kind.DATE: (*_COUNTS, *_BOUNDS),
    Kind.MOMENT: (*_COUNTS, *_BOUNDS),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure over a field of many records."""

    field: Field
    function: Function

    @property
    def label(self) -> str:
        return f"{self.function}_{self.field.name}"

    @property
    def column(self) -> str:
        """What the value that it is taken of is called in the records."""
        return f"of_{self.field.name}"


@dataclass(slots=True)
class WantedFigures:
    """What is asked of an aggregate: fields by name, and the figures of each; under several aliases it is one."""

    object: ObjectType
    fields: dict[str, Field] = field(default_factory=dict)
    measures: dict[Measure, None] = field(default_factory=dict)

    def add(self, picked: Iterable[Picked]) -> "WantedFigures":
        by_api = {camel(each.api): each for each in self.object.fields.values()}
        for one in picked:
            facts = by_api.get(one.name)
            if facts is not None:
                self.fields[facts.name] = facts
                names = one.names()
                chosen = (Measure(facts, each) for each in FUNCTIONS[facts.kind] if camel(each) in names)
                self.measures |= dict.fromkeys(chosen)
        return self
