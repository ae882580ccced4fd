"""What an organisation shall look like: departments, regions, roles, people …, each recognised by its code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from saas.engine.registry import ObjectType, object_named
from saas.kit.text import fold
from saas.modules.organisation.rights import Grants

BRANCH, DEPARTMENT, REGION, POSITION, LINE = "branch", "department", "region", "position", "business_line"
ROLE, EMPLOYEE = "role", "employee"
KINDS = (BRANCH, DEPARTMENT, REGION, POSITION, LINE, ROLE, EMPLOYEE)
# Along these the things of one kind hang on each other.
ABOVE = {BRANCH: "parent_id", DEPARTMENT: "parent_id", REGION: "parent_id", EMPLOYEE: "superior_id"}
# The roles of a person by code, each with the last day on which it is held.
Held = Mapping[str, date | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One department, role or person. What is not mentioned stays as it is; None clears.

    values      by field name, without the code
    references  by field name, the code of the other
    """

    code: str
    values: Mapping[str, str | None]
    references: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The code as it is compared."""
        return fold(self.code)


# What is permitted specially, by key; records by their codes.
Specials = Mapping[str, bool | int | frozenset[str]]


@dataclass(frozen=True, slots=True)
class OnlyFor:
    """What a role grants besides, only to who has this position and works for this business line, both by code."""

    position: str | None
    business_line: str | None
    grants: Grants


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All that is wanted. `grants` and `only_for` by the code of a role; `holds` (the roles of a person) and `lines`
    (the business lines that they work for) by the code of a person; `specials` by the kind and code of either."""

    departments: Sequence[Wanted] = ()
    roles: Sequence[Wanted] = ()
    people: Sequence[Wanted] = ()
    grants: Mapping[str, Grants] = field(default_factory=dict)
    holds: Mapping[str, Held] = field(default_factory=dict)
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    regions: Sequence[Wanted] = ()
    positions: Sequence[Wanted] = ()
    business_lines: Sequence[Wanted] = ()
    branches: Sequence[Wanted] = ()
    only_for: Mapping[str, Sequence[OnlyFor]] = field(default_factory=dict)
    specials: Mapping[tuple[str, str], Specials] = field(default_factory=dict)

    def of(self, kind: str) -> Sequence[Wanted]:
        return {
            BRANCH: self.branches,
            DEPARTMENT: self.departments,
            REGION: self.regions,
            POSITION: self.positions,
            LINE: self.business_lines,
            ROLE: self.roles,
            EMPLOYEE: self.people,
        }[kind]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why the blueprint cannot be: which thing (the `number`-th of its kind), which of its fields, and a sentence.

    within  where in the value of the field
    """

    kind: str
    number: int
    field: str
    message: str
    within: tuple[str | int, ...] = ()


class Impossible(Exception):
    """The blueprint cannot be carried out; nothing was written."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = tuple(mistakes)


def leads_to(kind: str, name: str) -> str:
    """The kind of thing that a reference of this kind of thing leads to."""
    one = object_named(kind)
    return one.target_of(one.fields[name]).name


def mistakes_within(blueprint: Blueprint) -> list[Mistake]:
    """What is wrong whatever the tenant looks like: the same code or key twice, and circles."""
    found: list[Mistake] = []
    for kind in KINDS:
        found += _twice(object_named(kind), kind, blueprint.of(kind))
        if kind in ABOVE:
            found += _circles(kind, blueprint.of(kind))
    return found


def _twice(one: ObjectType, kind: str, things: Sequence[Wanted]) -> list[Mistake]:
    found = []
    for name in (name for name, facts in one.fields.items() if facts.unique):
        first: dict[str, Wanted] = {}
        for number, thing in enumerate(things):
            value = thing.code if name == "code" else thing.values.get(name)
            if value is not None and first.setdefault(fold(value), thing) is not thing:
                found.append(Mistake(kind, number, name, f"the {name} {value!r} stands here for the second time"))
    return found


def _circles(kind: str, things: Sequence[Wanted]) -> list[Mistake]:
    above = {thing.key: fold(thing.references.get(ABOVE[kind]) or "") for thing in things}
    found: list[Mistake] = []
    told: set[str] = set()
    for number, thing in enumerate(things):
        walked = [thing.key]
        while (upper := above.get(walked[-1], "")) in above and upper not in walked:
            walked.append(upper)
        if upper == thing.key and not told.intersection(walked):
            told.update(walked)
            circle = " → ".join([*walked, upper])
            found.append(Mistake(kind, number, ABOVE[kind], f"this makes a circle: {circle}"))
    return found
