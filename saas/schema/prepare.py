"""Documents parsed, limited and validated once, then kept."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from saas.kit.errors import AtriumError, BadInput
from saas.schema.build import schema
from saas.schema.limits import MAX_TOKENS, Cost, check_limits, cost_with

# A parsed document weighs up to 200 bytes a character: 50 MB at most.
KEPT = 1_000
KEPT_CHARACTERS = 250_000
LONGEST_KEPT = 20_000
_DEEP = GraphQLError("The document is nested too deeply.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document, or the errors that make it invalid.

    costs  of each operation by its name; None where the number of records depends on variables
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    costs: Mapping[str, Cost | None] = field(default_factory=dict)

    def valid(self) -> DocumentNode:
        """The document; only asked of one without errors."""
        if self.document is None:
            raise self.errors[0]
        return self.document

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run; BadInput where the name leaves it open."""
        found = get_operation_ast(self.valid(), name)
        if found is None:
            what = f"There is no operation named {name!r}." if name else "The document has several operations."
            raise BadInput(what, remedy="Name one of them in operationName.")
        return found

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Cost:
        """What the operation asks for with these variables; TooComplex where that is too much."""
        known = self.costs.get(operation.name.value if operation.name else "")
        return known or cost_with(self.valid(), operation, variables)


class Kept:
    """The documents used last, bounded in number and in weight."""

    def __init__(self) -> None:
        self._documents: OrderedDict[str, Prepared] = OrderedDict()
        self._lock = Lock()
        self.characters = 0

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, query: str) -> Prepared | None:
        with self._lock:
            found = self._documents.get(query)
            if found is not None:
                self._documents.move_to_end(query)
            return found

    def keep(self, query: str, prepared: Prepared) -> None:
        if len(query) > LONGEST_KEPT:
            return
        with self._lock:
            if query not in self._documents:
                self.characters += len(query)
            self._documents[query] = prepared
            while len(self._documents) > KEPT or self.characters > KEPT_CHARACTERS:
                oldest, _ = self._documents.popitem(last=False)
                self.characters -= len(oldest)


kept = Kept()


def prepare(query: str) -> Prepared:
    """Parse and validate `query`, or take it from what is kept; invalid documents are not kept."""
    found = kept.get(query)
    if found is not None:
        return found
    made = _prepare(query)
    if not made.errors:
        kept.keep(query, made)
    return made


def _prepare(query: str) -> Prepared:
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
        costs = check_limits(document)
        errors = validate(schema(), document, specified_rules, max_errors=20, hide_suggestions=True)
    except GraphQLError as error:
        return Prepared(None, (error,))
    except RecursionError:
        return Prepared(None, (_DEEP,))
    except AtriumError as error:
        return Prepared(None, (GraphQLError(str(error), original_error=error),))
    return Prepared(document, tuple(errors), costs)


def is_mutation(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.MUTATION
