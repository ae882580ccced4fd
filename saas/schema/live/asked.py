"""A subscription as it was asked: by whom, which source it follows, and what it selects of each event."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
)
from graphql.execution.values import get_variable_values

from saas.engine.live.changes import AT_ONCE, Changes
from saas.engine.live.source import Source
from saas.engine.scope import Via
from saas.engine.selection import Document, Picked
from saas.kit.errors import BadInput
from saas.schema.build import schema
from saas.schema.limits import MAX_RECORDS
from saas.schema.prepare import Prepared
from saas.tenants.sign_in import Caller

SOURCE = "source"  # in the extensions of a field of Subscription: what makes the source of its arguments


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription.

    after  the cursor to begin behind; None: now
    kind   equal for those that are told the same events in the same words
    """

    caller: Caller
    prepared: Prepared
    operation: OperationDefinitionNode
    variables: dict[str, Any]
    source: Source
    picked: list[Picked]
    after: str | None
    kind: Hashable
    request_id: str = ""

    @property
    def via(self) -> Via:
        """Through what it was asked."""
        return Via(self.caller.app, self.caller.app_id, self.caller.scopes)


def asked(
    caller: Caller,
    prepared: Prepared,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    request_id: str = "",
) -> Asked:
    """What is asked; BadInput for what is no subscription, or one that cannot be followed."""
    if operation.operation is not OperationType.SUBSCRIPTION:
        raise BadInput("This is no subscription.", remedy="Ask for queries and mutations as such.")
    root = _root(prepared, operation, variables)
    field = _field(root.name)
    try:
        arguments = root.arguments("Subscription")
    except GraphQLError as error:
        raise BadInput(error.message) from error
    return Asked(
        caller,
        prepared,
        operation,
        variables,
        source=_bounded(field.extensions[SOURCE](arguments), prepared.cost(operation, variables).records),
        picked=root.children,
        after=arguments.get("after"),
        kind=_kind(caller, prepared, operation, variables, root),
        request_id=request_id,
    )


def _bounded(source: Source, records: int) -> Source:
    """A reading asks for no more records than an operation may, however many changes there are."""
    if not isinstance(source, Changes):
        return source
    return replace(source, at_once=max(1, min(AT_ONCE, MAX_RECORDS // max(1, records))))


def _root(prepared: Prepared, operation: OperationDefinitionNode, variables: dict[str, Any]) -> Picked:
    """The one field that it has."""
    values = get_variable_values(schema(), operation.variable_definitions or (), variables, hide_suggestions=True)
    if isinstance(values, list):
        raise BadInput(values[0].message)
    fragments = {
        each.name.value: each for each in prepared.valid().definitions if isinstance(each, FragmentDefinitionNode)
    }
    roots = Document(fragments, values, schema()).pick_roots(operation.selection_set)
    if len(roots) != 1 or roots[0].name.startswith("__"):
        raise BadInput("A subscription has one root field.", remedy="Ask for each in a subscription of its own.")
    return roots[0]


def _field(name: str) -> GraphQLField:
    root = schema().subscription_type
    if root is None or SOURCE not in root.fields[name].extensions:
        raise BadInput(f"{name} cannot be followed.")
    found: GraphQLField = root.fields[name]
    return found


def _kind(
    caller: Caller, prepared: Prepared, operation: OperationDefinitionNode, variables: dict[str, Any], root: Picked
) -> Hashable:
    """Where a follower begins makes no difference to what is told later."""
    cursors = {
        argument.value.name.value
        for argument in root.nodes[0].arguments or ()
        if argument.name.value == "after" and isinstance(argument.value, VariableNode)
    }
    rest = {name: value for name, value in variables.items() if name not in cursors}
    name = operation.name.value if operation.name else ""
    whose = (caller.principal_id, caller.app_id, caller.scopes)
    return (*whose, prepared.number, name, orjson.dumps(rest, option=orjson.OPT_SORT_KEYS))
