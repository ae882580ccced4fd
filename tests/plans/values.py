"""Random values of input types: ids, filters, orders and keys of groups, with values that there are in the place.

Each is made whole first; when it is written into a document, any part of it may become a variable instead, which is
given, absent or null, with or without a default.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from saas.engine.read.search_all import FILE
from saas.engine.registry import ObjectType, listed
from saas.schema.build import schema
from tests.plans.place import Place

T = TypeVar("T")
Names = tuple[str, ...]
ABSENT = object()
_TEXTS = ("", "x", "Berlin", "北京", "%", "a\\", 'q"', "É")
_SCALARS: dict[str, tuple[Any, ...]] = {
    "String": _TEXTS,
    "Int": (0, 1, 2, 10, 1900),
    "Decimal": ("0", "1", 5, "12.5", "-3.75", "1000.0"),
    "Date": ("2026-11-26", "2000-02-29", "1970-01-01"),
    "DateTime": ("2026-11-01T00:30:00+01:00", "2026-11-16T23:15:00.000001Z", "2026-01-01T00:00:00Z"),
    "Boolean": (True, False),
    "Currency": ("EUR", "USD"),
    "ID": ("00000000-0000-0000-0000-000000000000",),
}
_WRONG_IDS = ("nonsense", 5, "", "00000000-0000-8000-8000-000000000000", "01a22084-067f-8fff-8a84-965764728b21")
MAIN = ("customer", "contact", "opportunity", "employee", "product", "opportunity_line", "department")
SIGHTS = (*MAIN, "tag", "region", "industry", "trading_currency", "dictionary_entry")
_JOINTS = ("and", "or", "not")


@dataclass(slots=True)
class Value:
    """A value of an input type: a scalar as JSON has it, or what it is made of. `other` would do in its place."""

    kind: Any
    plain: Any = None
    other: Any = ABSENT
    parts: "list[Value] | dict[str, Value] | None" = None

    def json(self) -> Any:
        if isinstance(self.parts, dict):
            return {name: each.json() for name, each in self.parts.items()}
        return self.plain if self.parts is None else [each.json() for each in self.parts]

    @property
    def way(self) -> Names:
        """Of a key of an order or of groups the names that lead to its end."""
        if not isinstance(self.parts, dict) or "step" in self.parts:
            return ()
        ((name, inner),) = self.parts.items()
        return (name, *inner.way)


@dataclass(slots=True)
class Variable:
    """A variable as it is declared, with what is given for it, and what when it is asked again."""

    declared: str
    given: Any
    again: Any


@cache
def by_type() -> dict[str, ObjectType]:
    return {one.type_name: one for one in listed()}


@cache
def by_name() -> dict[str, ObjectType]:
    return {one.name: one for one in listed()}


@cache
def _conditions(type_name: str) -> dict[str, Names]:
    """The fields of a filter by what they are."""
    found: dict[str, list[str]] = {}
    kind: Any = schema().type_map[type_name]
    for name, each in kind.fields.items():
        found.setdefault(_sort(name, get_named_type(each.type).name), []).append(name)
    return {sort: tuple(names) for sort, names in found.items()}


def _sort(name: str, type_name: str) -> str:
    if name in _JOINTS:
        return "joints"
    if name in ("id", "under", "isMe"):
        return "special"
    if name == "isNull":
        return "reference only"
    if type_name.endswith("ListFilter"):
        return "lists"
    return "references" if type_name.removesuffix("Filter") in by_type() else "values"


def nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _literal(value: Value) -> str:
    """The value as it stands in a document, without any variable."""
    if isinstance(value.parts, dict):
        return f"{{ {', '.join(f'{name}: {_literal(each)}' for name, each in value.parts.items())} }}"
    if isinstance(value.parts, list):
        return f"[{', '.join(map(_literal, value.parts))}]"
    if isinstance(nullable(value.kind), GraphQLEnumType):
        return str(value.plain)
    return json.dumps(value.plain, ensure_ascii=False)


def nested(kind: Any, way: Names, value: Value) -> Value:
    """The value at the end of this way."""
    if not way:
        return value
    inner = nullable(kind).fields[way[0]].type
    return Value(kind, parts={way[0]: nested(inner, way[1:], value)})


@dataclass
class Writer:
    """Makes values and writes them.

    choices  a byte for each decision
    slips    how often, of a hundred times, something is wrong on purpose
    """

    choices: Iterator[int]
    place: Place
    slips: int
    variables: dict[str, Variable] = field(default_factory=dict)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of fewer than 256; where the choices have run out, the first."""
        return choices[next(self.choices, 0) % len(choices)] if len(choices) > 1 else choices[0]

    def number(self, first: int, last: int) -> int:
        return self.one_of(range(first, last + 1))

    def chance(self, percent: int) -> bool:
        """What is rare is left out when an example is made smaller."""
        return percent > 0 and next(self.choices, 0) * 100 >= (100 - percent) * 256

    def slip(self) -> bool:
        return self.chance(self.slips)

    # --- Writing ---

    def written(self, value: Value, *, strict: bool, in_one_of: bool = False, percent: int = 8) -> str:
        """The value as it stands in the document, or a variable in its place.

        strict  null cannot stand there
        """
        if self.chance(percent):
            return self.variable(value, strict=strict, in_one_of=in_one_of)
        if not strict and not in_one_of and self.chance(self.slips // 4):
            return "null"
        if isinstance(value.parts, dict):
            kind = nullable(value.kind)
            inside = [
                f"{name}: {self.written(each, strict=_is_strict(kind, name), in_one_of=kind.is_one_of)}"
                for name, each in value.parts.items()
            ]
            return f"{{ {', '.join(inside)} }}"
        if isinstance(value.parts, list):
            if len(value.parts) == 1 and self.chance(10):  # a list of one may stand without its brackets
                return _literal(value.parts[0])
            return f"[{', '.join(self.written(each, strict=True) for each in value.parts)}]"
        return _literal(value)

    def variable(self, value: Value, *, strict: bool, in_one_of: bool = False) -> str:
        """A variable for the value: given, absent or null, with or without a default."""
        kind, plain = str(nullable(value.kind)), value.json()
        other = plain if value.other is ABSENT else value.other
        if self.chance(15):
            known = [name for name, each in self.variables.items() if each.declared == f"{kind}!"]
            if known:
                return f"${self.one_of(known)}"
        default = f"{kind} = {_literal(value)}"
        if in_one_of or (strict and self.chance(75)):
            declared = f"{kind}!"
        else:
            declared = default if strict else self.one_of((f"{kind}!", kind, kind, default))
        states = [plain, other]
        if not declared.endswith("!"):
            states += [ABSENT, *([None] if (self.slip() if strict else self.chance(30)) else [])]
        name = f"v{len(self.variables) + 1}"
        self.variables[name] = Variable(declared, self.one_of(states), self.one_of(states[::-1]))
        return f"${name}"

    # --- Scalars ---

    def scalar(self, kind: Any, choices: Sequence[Any] = ()) -> Value:
        """One of these values, or any of the type."""
        inner: Any = get_named_type(kind)
        if isinstance(inner, GraphQLEnumType):
            choices = tuple(inner.values)
        elif not choices or self.chance(12):
            choices = _SCALARS[inner.name]
        return Value(kind, self.one_of(choices), self.one_of(choices))

    def id_of(self, kind: Any, name: str) -> Value:
        """The id of a record of this object, now and then of another one."""
        choices: Sequence[Any] = self.place.ids.get(name) or self.place.ids["customer"]
        if name == "customer" and self.chance(4):
            choices = (self.place.merged,)
        elif self.chance(4):
            choices = self.place.ids[self.one_of(SIGHTS)]
        if self.slip():
            choices = _WRONG_IDS
        return Value(kind, self.one_of(choices), self.one_of(choices))

    # --- Filters ---

    def filter(self, place: Any, depth: int, *, on_reference: bool = False) -> Value:
        """Conditions on records."""
        kind = get_named_type(place)
        of = kind.name.removesuffix("Filter")
        one = FILE if of == "File" else by_type()[of].name
        parts: dict[str, Value] = {}
        for _ in range(2 if self.chance(30) else 1):
            name = self._condition(kind.name, depth, on_reference=on_reference)
            parts[name] = self._operand(one, name, kind.fields[name].type, depth)
        return Value(place, parts=parts)

    def _condition(self, type_name: str, depth: int, *, on_reference: bool) -> str:
        sorts = _conditions(type_name)
        likely = ["values", "values", "values", "special", *(["references", "lists", "joints"] if depth > 0 else [])]
        if on_reference or self.slip():
            likely.append("reference only")
        there = [sort for sort in likely if sort in sorts]
        return self.one_of(sorts[self.one_of(there)]) if there else "id"

    def _operand(self, one: str, name: str, place: Any, depth: int) -> Value:
        kind: Any = nullable(place)
        if name in ("and", "or"):
            inner = kind.of_type
            return Value(place, parts=[self.filter(inner, depth - 1) for _ in range(self.number(0, 2))])
        if name == "not":
            return self.filter(place, depth - 1)
        if name in ("isMe", "isNull"):
            return self.scalar(place)
        if name == "under":
            return self.id_of(place, one)
        if name == "id":
            return self._operators(place, one, ())
        if kind.name.endswith("ListFilter"):
            quantifiers = {self.one_of([*kind.fields]) for _ in range(2 if self.chance(10) else 1)}
            return Value(place, parts={q: self.filter(kind.fields[q].type, depth - 1) for q in sorted(quantifiers)})
        if kind.name == "AddressFilter":
            part = self.one_of([*kind.fields])
            inner = kind.fields[part].type
            inside = self.scalar(inner) if part == "isNull" else self._operators(inner, one, (name, part))
            return Value(place, parts={part: inside})
        if kind.name.removesuffix("Filter") in by_type():
            return self.filter(place, depth - 1, on_reference=True)
        return self._operators(place, one, (name,))

    def _operators(self, place: Any, name: str, api: Names) -> Value:
        """Operators on a field, or on the id, with values that there are."""
        kind = nullable(place)
        parts: dict[str, Value] = {}
        for _ in range(2 if self.chance(15) else 1):
            operator = self.one_of([*kind.fields])
            inner = kind.fields[operator].type
            parts[operator] = self._compared(inner, operator, name, api) if api else self._ids(inner, name)
        return Value(place, parts=parts)

    def _ids(self, place: Any, name: str) -> Value:
        kind = nullable(place)
        if not isinstance(kind, GraphQLList):
            return self.id_of(place, name)
        return Value(place, parts=[self.id_of(kind.of_type, name) for _ in range(self.number(0, 3))])

    def _compared(self, place: Any, operator: str, name: str, api: Names) -> Value:
        kind = nullable(place)
        there = self.place.values.get((name, ".".join(api)), ()) if operator != "isNull" else ()
        if isinstance(kind, GraphQLList):
            return Value(place, parts=[self.scalar(kind.of_type, there) for _ in range(self.number(0, 3))])
        if isinstance(kind, GraphQLInputObjectType):
            inner = {end: each.type for end, each in kind.fields.items()}
            if "unit" in inner:
                numbers = (0, 1_000_000) if self.slip() else (1, 2, 10, 40)
                return Value(place, parts={"n": self._any(inner["n"], numbers), "unit": self.scalar(inner["unit"])})
            return Value(place, parts={end: self.scalar(each, there) for end, each in inner.items()})
        found = self.scalar(place, there)
        if operator in ("contains", "startsWith", "endsWith"):
            length = self.number(0, 3)
            found.plain = found.plain[-length:] if operator == "endsWith" and length else found.plain[:length]
        return found

    def _any(self, place: Any, choices: Sequence[Any]) -> Value:
        return Value(place, self.one_of(choices), self.one_of(choices))

    # --- Orders and groups ---

    def key(self, place: Any, depth: int = 2) -> Value:
        """One key of an order, or of groups: the way to a field, at last with a direction, a bucket or a step."""
        kind: Any = nullable(place)
        if isinstance(kind, GraphQLEnumType):
            return self.scalar(place)
        if kind.name == "GroupByNumber":
            steps = ("0", "-1") if self.slip() else ("10", "0.5", "1000", 100, "3")
            return Value(place, parts={"step": self._any(kind.fields["step"].type, steps)})
        names = [name for name, each in kind.fields.items() if depth > 0 or not _leads_on(each.type)]
        name = self.one_of(names)
        return Value(place, parts={name: self.key(kind.fields[name].type, depth - 1)})

    def group_term(self, kind: Any, by: Sequence[Value]) -> Value:
        """One term of an order of groups: their number, one of their keys, or a figure."""
        what = self.one_of(("count", "keys", "keys", "figure"))
        if what == "count":
            return Value(kind, parts={"count": self.scalar(kind.fields["count"].type)})
        if what == "figure" or not by:
            name = self.one_of([each for each in kind.fields if each not in ("count", "keys")])
            return Value(kind, parts={name: self.key(kind.fields[name].type)})
        keys = kind.fields["keys"].type
        if self.slip():
            return Value(kind, parts={"keys": self.key(keys)})
        way = self.one_of(by).way
        if way[-1] == "id" and self.chance(50):  # a field of the record that the key is the id of
            way = way[:-1]
            inner: Any = keys
            for name in way:
                inner = inner.fields[name].type
            return Value(kind, parts={"keys": nested(keys, way, self.key(inner, 1))})
        direction = self.scalar(kind.fields["count"].type)
        return Value(kind, parts={"keys": nested(keys, way, direction)})

    def having(self, place: Any, depth: int = 1) -> Value:
        """Conditions on groups."""
        kind = nullable(place)
        parts: dict[str, Value] = {}
        for _ in range(2 if self.chance(20) else 1):
            names = [name for name in kind.fields if depth > 0 or name not in _JOINTS]
            name = self.one_of(("count", *(names if self.chance(65) else ())))
            inner: Any = kind.fields[name].type
            if name in ("and", "or"):
                parts[name] = Value(inner, parts=[self.having(inner.of_type, depth - 1) for _ in range(2)])
            elif name == "not":
                parts[name] = self.having(inner, depth - 1)
            elif name == "count":
                parts[name] = self._comparison(inner)
            else:
                function = self.one_of([*inner.fields])
                parts[name] = Value(inner, parts={function: self._comparison(inner.fields[function].type)})
        return Value(place, parts=parts)

    def _comparison(self, place: Any) -> Value:
        fields = nullable(place).fields
        operator = self.one_of([*fields])
        return Value(place, parts={operator: self.scalar(fields[operator].type)})


def _is_strict(kind: GraphQLInputObjectType, name: str) -> bool:
    return isinstance(kind.fields[name].type, GraphQLNonNull)


def _leads_on(place: Any) -> bool:
    """Whether the key of an order or of groups is a reference."""
    return get_named_type(place).name.removesuffix("OrderBy").removesuffix("GroupBy") in by_type()
