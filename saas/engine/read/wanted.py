"""What is wanted of the records of one object, as a tree along references."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from saas.engine.field import Field, Kind
from saas.engine.registry import ObjectType
from saas.engine.selection import Picked
from saas.kit.text import camel


@dataclass(slots=True)
class Wanted:
    """Scalar fields by name, references with what is wanted behind them, and whether `access` is asked for."""

    object: ObjectType
    scalars: dict[str, Field] = field(default_factory=dict)
    references: dict[str, "Wanted"] = field(default_factory=dict)
    access: bool = False

    def add(self, picked: Iterable[Picked]) -> "Wanted":
        by_api = {camel(one.api): one for one in self.object.fields.values()}
        for one in picked:
            if one.name == "access":
                self.access = True
            facts = by_api.get(one.name)
            if facts is None:
                continue
            if facts.kind is Kind.REFERENCE:
                behind = self.references.setdefault(facts.name, Wanted(self.object.target_of(facts)))
                behind.add(one.children)
            else:
                self.scalars[facts.name] = facts
        return self


def wanted(one: ObjectType, picked: Iterable[Picked]) -> Wanted:
    """What the sub-selections ask of records of `one`; several under different aliases are fetched together."""
    return Wanted(one).add(picked)
