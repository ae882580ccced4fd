"""What a document may ask at most; a hostile one is refused before it is validated or run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from saas.engine.changes.page import DEFAULT_CHANGES, MAX_CHANGES
from saas.engine.read.request import DEFAULT_FIRST, MAX_FIRST
from saas.engine.registry import objects
from saas.kit.errors import BadInput, TooComplex
from saas.kit.text import camel

MAX_TOKENS = 5_000
MAX_DEPTH = 15
MAX_ROOT_FIELDS = 30
MAX_FIELDS = 2_000
MAX_FRAGMENTS = 250  # validation compares them in pairs
MAX_REPEATS = 100  # likewise the fields under one response key
MAX_INTROSPECTIONS = 3  # each may answer with the whole schema
MAX_RECORDS = 50_000
MAX_COUNTS = 30  # each goes through the whole list
MAX_NESTING = 30  # of lists and objects in a value
MAX_DIGITS = 100  # of a number; Python itself refuses to read some thousands
NUL = "Text cannot hold the NUL character."
_LISTS = {"nodes", "edges", "pageInfo"}
_WHOLE_LISTS = {"totalCount", "aggregate"}
_CHANGES = "changes"  # whose pages are larger than those of lists
_BATCHES = {"inputs", "items"}  # arguments with one element for each record that the field answers
_PLAIN_LISTS = {"importRuns", "issues", "lines"}  # lists without a connection


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation asks for at most: known before it runs, told in `extensions.cost`."""

    records: int
    fields: int
    depth: int

    @property
    def told(self) -> bytes:
        """The extension as JSON."""
        return orjson.dumps(self.as_extension())

    def as_extension(self) -> dict[str, int]:
        return {"records": self.records, "maxRecords": MAX_RECORDS, "fields": self.fields, "depth": self.depth}


@dataclass(slots=True)
class _Walk:
    """One way through an operation, as execution will take it: fields under one response key are one."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    fields: int = 0
    depth: int = 0
    counts: int = 0
    open_pages: set[str] = field(default_factory=set)  # the variables that tell how many


def check_limits(document: DocumentNode) -> dict[str, Cost | frozenset[str]]:
    """The cost of each operation by its name; TooComplex for what is too deep, too wide or asks for too much.

    Where the number of records depends on variables, their names: `cost_with` tells it then.
    """
    fragments = _fragments(document)
    if len(fragments) > MAX_FRAGMENTS:
        raise TooComplex(f"The document has {len(fragments)} fragments; at most {MAX_FRAGMENTS} are allowed.")
    reached: set[str] = set()
    costs: dict[str, Cost | frozenset[str]] = {}
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            for variable in each.variable_definitions or ():
                _check_value(variable.default_value)
            walk = _Walk(fragments, reached=reached)
            cost = _cost(each, walk)
            costs[each.name.value if each.name else ""] = frozenset(walk.open_pages) or cost
    for name, fragment in fragments.items():
        if name not in reached:  # not measured; validation would say the same, slowly
            raise GraphQLError(f"Fragment '{name}' is never used.", fragment)
    return costs


def cost_with(document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Cost:
    """The cost of an operation with these variables; TooComplex where that is too many records."""
    return _cost(operation, _Walk(_fragments(document), _with_defaults(operation, variables)))


def _cost(operation: OperationDefinitionNode, walk: _Walk) -> Cost:
    roots = _grouped([operation.selection_set], walk)
    if len(roots) > MAX_ROOT_FIELDS:
        raise TooComplex(f"The operation has {len(roots)} root fields; at most {MAX_ROOT_FIELDS} are allowed.")
    if sum(group[0].name.value in ("__schema", "__type") for group in roots) > MAX_INTROSPECTIONS:
        raise TooComplex(f"The operation asks for the schema more than {MAX_INTROSPECTIONS} times.")
    records = sum(_measure(group, walk, depth=1) for group in roots)
    if records > MAX_RECORDS:
        raise TooComplex(f"The operation asks for up to {records:,} records; at most {MAX_RECORDS:,} are allowed.")
    return Cost(records, walk.fields, walk.depth)


def _measure(group: list[FieldNode], walk: _Walk, *, depth: int) -> int:
    """The records that the fields under one response key can yield; counts fields and depth on the way."""
    walk.fields += len(group)
    walk.depth = max(walk.depth, depth)
    if depth > MAX_DEPTH:
        raise TooComplex(f"The operation is deeper than {MAX_DEPTH} levels.")
    if walk.fields > MAX_FIELDS:
        raise TooComplex(f"The operation selects more than {MAX_FIELDS:,} fields.")
    walk.counts += group[0].name.value in _WHOLE_LISTS
    if walk.counts > MAX_COUNTS:
        raise TooComplex(f"The operation asks for totalCount or aggregate more than {MAX_COUNTS} times.")
    if len(group) > MAX_REPEATS:
        key = _key(group[0])[:40]
        raise TooComplex(f"The operation selects {key} more than {MAX_REPEATS} times in one place.")
    for one in group:
        for argument in one.arguments or ():
            _check_value(argument.value)
    below = [one.selection_set for one in group if one.selection_set]
    if not below:
        return 0
    children = _grouped(below, walk)
    inside = sum(_measure(child, walk, depth=depth + 1) for child in children)
    page = max(_page(one, children, walk) for one in group)
    return page * max(1, inside) if page else inside


def _page(field: FieldNode, children: list[list[FieldNode]], walk: _Walk) -> int:
    """How many records a list may yield, 0 where the field is no list; more than a page is refused elsewhere."""
    if field.name.value == _CHANGES and not any(child[0].name.value == "nodes" for child in children):
        return 0
    default, most = (DEFAULT_CHANGES, MAX_CHANGES) if field.name.value == _CHANGES else (DEFAULT_FIRST, MAX_FIRST)
    is_plain = field.name.value in _PLAIN_LISTS or field.name.value in _many_references()
    for argument in field.arguments or ():
        if argument.name.value in _BATCHES:
            return _batch(argument.value, walk)
        if argument.name.value in ("first", "last"):
            given = argument.value
            if isinstance(given, IntValueNode):
                return max(0, int(is_plain), min(_number(given), most))
            if isinstance(given, VariableNode):
                walk.open_pages.add(given.name.value)
                value = as_int(walk.variables.get(given.name.value))
                return default if value is None else max(0, min(value, most))
    return default if is_plain or any(child[0].name.value in _LISTS for child in children) else 0


@cache
def _many_references() -> frozenset[str]:
    return frozenset(camel(name) for one in objects() for name in one.links)


def as_int(value: Any) -> int | None:
    """The whole number that a variable of the type Int means: 500.0 is one, too."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _batch(given: ValueNode, walk: _Walk) -> int:
    """How many records a bulk mutation answers."""
    if isinstance(given, VariableNode):
        walk.open_pages.add(given.name.value)
        value = walk.variables.get(given.name.value)
        return len(value) if isinstance(value, list) else 1
    return len(given.values) if isinstance(given, ListValueNode) else 1


def _with_defaults(operation: OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
    """The variables, completed with the numbers that stand for absent ones."""
    defaults = {
        one.variable.name.value: _number(one.default_value)
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }
    return defaults | dict(given)


def _number(node: IntValueNode) -> int:
    """The number, or the largest page for one of many digits, which is not worth reading."""
    return int(node.value) if len(node.value) < 6 else MAX_CHANGES


def _grouped(selections: Iterable[SelectionSetNode], walk: _Walk) -> list[list[FieldNode]]:
    """The fields of the selection sets by response key."""
    found: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    for each in selections:
        for one in _fields(each, walk.fragments, seen):
            found.setdefault(_key(one), []).append(one)
    walk.reached |= seen
    return list(found.values())


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _fields(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[FieldNode]:
    """The fields of a selection set; a fragment that is spread again adds nothing."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in fragments and name not in seen:
                seen.add(name)
                yield from _fields(fragments[name].selection_set, fragments, seen)
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments, seen)


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


def _check_value(value: ValueNode | None, depth: int = 0) -> None:
    """Refuse a literal that is nested too deeply or holds what no database keeps."""
    if depth > MAX_NESTING:
        raise TooComplex(f"A value is nested deeper than {MAX_NESTING} levels.")
    if isinstance(value, StringValueNode) and "\0" in value.value:
        raise BadInput(NUL)
    if isinstance(value, IntValueNode) and len(value.value) > MAX_DIGITS:
        raise BadInput(f"A number has more than {MAX_DIGITS} digits.")
    inside: Iterable[ValueNode] = ()
    if isinstance(value, ListValueNode):
        inside = value.values
    elif isinstance(value, ObjectValueNode):
        inside = (each.value for each in value.fields)
    for each in inside:
        _check_value(each, depth + 1)
