"""What a GraphQL document asks of one field: names, aliases, arguments, sub-selections, directives resolved.

The door hands the engine the parsed document; webhooks and reports will hand it theirs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    Node,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import get_argument_values, get_directive_values

from saas.engine.later import pinned
from saas.kit.errors import BadConfig


@dataclass(slots=True)
class Picked:
    """A field of a selection set; several nodes under one response key are merged."""

    name: str
    key: str
    nodes: list[FieldNode]
    document: "Document" = field(repr=False)
    children: list["Picked"] = field(default_factory=list)

    def child(self, name: str) -> "Picked | None":
        return next((one for one in self.children if one.name == name), None)

    def arguments(self, type_name: str) -> dict[str, Any]:
        """The values of its arguments, where it is a field of the type with this name."""
        return self.document.arguments(type_name, self.nodes[0])

    def names(self) -> set[str]:
        return {one.name for one in self.children}


def variables_in(nodes: Iterable[Node], fragments: Mapping[str, FragmentDefinitionNode]) -> set[str]:
    """The names of the variables on which what these nodes select depends."""
    found, spread = set[str](), set[str]()

    class Names(Visitor):
        def enter_variable(self, node: VariableNode, *_rest: object) -> None:
            found.add(node.name.value)

        def enter_fragment_spread(self, node: FragmentSpreadNode, *_rest: object) -> None:
            if node.name.value not in spread:
                spread.add(node.name.value)
                visit(fragments[node.name.value], Names())

    for node in nodes:
        visit(node, Names())
    return found


@dataclass(frozen=True, slots=True)
class Document:
    """What is needed to resolve fragments, directives and arguments."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Any
    schema: GraphQLSchema

    def arguments(self, type_name: str, node: FieldNode) -> dict[str, Any]:
        """The values of the arguments of a field of the type with this name, defaults included."""
        owner = self.schema.type_map.get(type_name)
        if not isinstance(owner, GraphQLObjectType):
            raise BadConfig(f"The schema has no object type {type_name}.")
        return get_argument_values(owner.fields[node.name.value], node, self.variables, hide_suggestions=True)

    def pick(self, nodes: Iterable[FieldNode], only_type: str | None = None) -> list[Picked]:
        """The sub-selections of field nodes that stand for one response key.

        `only_type` leaves out fragments on other types, for a field whose static type is an interface.
        """
        return self._picked((node.selection_set for node in nodes if node.selection_set), only_type)

    def pick_roots(self, selections: SelectionSetNode) -> list[Picked]:
        """The root fields of an operation."""
        return self._picked([selections], None)

    def _picked(self, selections: Iterable[SelectionSetNode], only_type: str | None) -> list[Picked]:
        found: dict[str, Picked] = {}
        for each in selections:
            for one in self._walk(each, only_type):
                key = one.alias.value if one.alias else one.name.value
                found.setdefault(key, Picked(one.name.value, key, [], self)).nodes.append(one)
        for picked in found.values():
            picked.children = self.pick(picked.nodes)
        return list(found.values())

    def _walk(self, selections: SelectionSetNode, only_type: str | None) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            if not isinstance(fragment, InlineFragmentNode | FragmentDefinitionNode):
                continue
            condition = fragment.type_condition
            if only_type and condition and condition.name.value not in (only_type, "Node"):
                continue
            yield from self._walk(fragment.selection_set, only_type)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and pinned(skip["if"])) and bool(include is None or pinned(include["if"]))
