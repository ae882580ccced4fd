"""Documents as trees of selections, how they are written, and questions that were made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import GraphQLField, GraphQLList, get_named_type, is_leaf_type

from saas.schema.build import schema
from tests.plans.agreeing import Question
from tests.plans.values import Names, by_type, nullable


@dataclass(slots=True)
class Selected:
    """A field with its response key; `written` are its arguments."""

    key: str
    name: str
    written: str = ""
    children: "list[Item]" = field(default_factory=list)
    directives: str = ""


@dataclass(slots=True)
class Fragment:
    """Selections in a fragment: inline, or a spread of the one with this name."""

    on: str | None
    children: "list[Item]"
    name: str = ""
    directives: str = ""


Item = Selected | Fragment


@dataclass(frozen=True, slots=True)
class Defined:
    """A named fragment."""

    on: str
    text: str
    keys: frozenset[str]


@dataclass(frozen=True)
class Cursor:
    """Where the answer holds cursors for a variable: in the connections at this path of response keys."""

    variable: str
    path: Names


@dataclass(frozen=True)
class Asked:
    """A question; the same with other values of its variables; and those that want cursors out of its answer."""

    question: Question
    again: Question | None
    cursors: tuple[Cursor, ...] = ()
    which: int = 0

    def followed(self, data: Any) -> Question | None:
        """The same question from cursors that this answer holds; None where it holds none."""
        found: dict[str, Any] = {}
        for cursor in self.cursors:
            there = [*_cursors_at(data, cursor.path)]
            if there:
                found[cursor.variable] = there[self.which % len(there)]
        asked = self.question
        return Question(asked.text, {**asked.variables, **found}, asked.name, asked.accept) if found else None


def _cursors_at(data: Any, path: Names) -> Iterator[str]:
    """The cursors of all pages at this path, along lists too."""
    if isinstance(data, list):
        for each in data:
            yield from _cursors_at(each, path)
    elif isinstance(data, dict) and path:
        yield from _cursors_at(data.get(path[0]), path[1:])
    elif isinstance(data, dict):
        ends = [(data.get("_info") or {}).get(name) for name in ("endCursor", "startCursor")]
        yield from [each for each in ends if each]
        yield from [each["cursor"] for each in data.get("_edges") or ()]


def text_of(items: Sequence[Item], depth: int) -> str:
    """The selection set in braces."""
    pad = "  " * depth
    lines = []
    for one in items:
        if isinstance(one, Selected):
            alias = "" if one.key == one.name else f"{one.key}: "
            below = f" {text_of(one.children, depth + 1)}" if one.children else ""
            lines.append(f"{pad}{alias}{one.name}{one.written}{one.directives}{below}")
        elif one.name:
            lines.append(f"{pad}...{one.name}{one.directives}")
        else:
            on = f" on {one.on}" if one.on else ""
            lines.append(f"{pad}...{on}{one.directives} {text_of(one.children, depth + 1)}")
    return "\n".join(["{", *lines, f"{'  ' * (depth - 1)}}}"])


@cache
def sorted_out(type_name: str) -> dict[str, Names]:
    """The fields of an object type by what they are."""
    found: dict[str, list[str]] = {}
    kind: Any = schema().type_map[type_name]
    for name, each in kind.fields.items():
        found.setdefault(_sort(each), []).append(name)
    return {sort: tuple(names) for sort, names in found.items()}


def _sort(of: GraphQLField) -> str:
    inner = get_named_type(of.type)
    if is_leaf_type(inner):
        return "leaf"
    if inner.name == "Access":
        return "access"
    if inner.name in by_type():
        return "many" if isinstance(nullable(of.type), GraphQLList) else "reference"
    return "connection" if inner.name.endswith("Connection") else "plain"


def shape(of: GraphQLField) -> str:
    """What fields under one key must have in common, whatever object they are of."""
    inner = get_named_type(of.type)
    return str(of.type) if is_leaf_type(inner) else str(of.type).replace(inner.name, "*")
