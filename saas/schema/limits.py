"""What a document may ask at most; a hostile one is refused before it is validated or run."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from saas.kit.errors import TooComplex

MAX_TOKENS = 5_000
MAX_DEPTH = 15
MAX_ROOT_FIELDS = 30
MAX_FIELDS = 2_000
MAX_NODES = 50_000
_DEFAULT_PAGE = 50
_INTROSPECTION_DEPTH = 15


@dataclass(slots=True)
class _Size:
    fields: int = 0


def check_limits(document: DocumentNode) -> None:
    """Refuse (TooComplex) a document that is too deep, too wide, or asks for too many records."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            _check_operation(each, fragments)


def _check_operation(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
    size = _Size()
    roots = list(_fields(operation.selection_set, fragments, set()))
    if len(roots) > MAX_ROOT_FIELDS:
        raise TooComplex(f"The operation has {len(roots)} root fields; at most {MAX_ROOT_FIELDS} are allowed.")
    nodes = 0
    for field in roots:
        nodes += _measure(field, fragments, size, depth=1)
    if nodes > MAX_NODES:
        raise TooComplex(f"The operation asks for up to {nodes:,} records; at most {MAX_NODES:,} are allowed.")


def _measure(field: FieldNode, fragments: dict[str, FragmentDefinitionNode], size: _Size, *, depth: int) -> int:
    """The records that the field can yield; counts fields and depth on the way."""
    size.fields += 1
    if depth > MAX_DEPTH:
        raise TooComplex(f"The operation is deeper than {MAX_DEPTH} levels.")
    if size.fields > MAX_FIELDS:
        raise TooComplex(f"The operation selects more than {MAX_FIELDS:,} fields.")
    if field.selection_set is None:
        return 0
    page = _page(field)
    inside = 0
    for child in _fields(field.selection_set, fragments, set()):
        inside += _measure(child, fragments, size, depth=depth + 1)
    return page * max(1, inside) if page else inside


def _page(field: FieldNode) -> int:
    """How many records a list may yield, 0 where the field is no list."""
    inside = field.selection_set.selections if field.selection_set else ()
    names = {child.name.value for child in inside if isinstance(child, FieldNode)}
    for argument in field.arguments or ():
        if argument.name.value in ("first", "last") and isinstance(argument.value, IntValueNode):
            return int(argument.value.value)
    return _DEFAULT_PAGE if names & {"nodes", "edges"} else 0


def _fields(
    selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]
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
