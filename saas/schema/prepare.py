"""Documents parsed, limited and validated once, then kept."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    get_operation_ast,
    parse,
)
from graphql.execution.values import get_variable_values

from saas.kit import trace
from saas.kit.errors import AtriumError, BadInput
from saas.schema.build import schema
from saas.schema.limits import MAX_TOKENS, Cost, as_int, check_limits, cost_with
from saas.schema.validation import mistakes_in

# A parsed document weighs up to 200 bytes a character: 50 MB at most.
KEPT = 1_000
KEPT_CHARACTERS = 250_000
LONGEST_KEPT = 20_000
MOST_COSTS = 100  # of an operation, by its sizes of pages
_LONGEST_NAME = 100
_numbers = count(1)
_STR = {str}
_DEEP = GraphQLError("The document is nested too deeply.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document, or the errors that make it invalid.

    costs   of each operation by its name; the names of variables where the number of records depends on them
    number  tells it from every other document that was prepared
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    costs: Mapping[str, Cost | frozenset[str]] = field(default_factory=dict)
    number: int = field(default_factory=lambda: next(_numbers))
    text: str | None = None
    _known: dict[str | None, "Known"] = field(default_factory=dict)
    _located: dict[str, DocumentNode] = field(default_factory=dict)

    def valid(self) -> DocumentNode:
        """The document; only asked of one without errors."""
        if self.document is None:
            raise self.errors[0]
        return self.document

    def located(self) -> DocumentNode:
        """The document with the places of its nodes, as errors of fields tell them; made when it is executed."""
        if self.text is None:
            return self.valid()
        found = self._located.get("")
        if found is None:
            found = parse(self.text, max_tokens=MAX_TOKENS)
            if any(is_mutation(each) for each in found.definitions if isinstance(each, OperationDefinitionNode)):
                self._located[""] = found  # executed each time, while a plan answers most queries
        return found

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
        return known if isinstance(known, Cost) else cost_with(self.valid(), operation, variables)

    def known(self, name: str | None) -> "Known":
        """The operation to run, with what is known of it from before; BadInput where the name leaves it open."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Known(self, self.operation(name))
        return found


def tell_trace(operation: OperationDefinitionNode) -> None:
    """Name the operation in the trace of its request, where that is recorded."""
    if trace.is_recorded():
        name = operation.name.value[:_LONGEST_NAME] if operation.name else ""
        trace.note(graphql__operation__type=operation.operation.value, graphql__operation__name=name)


class Known:
    """One operation of a prepared document, and what it costs with the variables it had."""

    def __init__(self, prepared: Prepared, operation: OperationDefinitionNode) -> None:
        name = operation.name.value if operation.name else ""
        self.key = (prepared.number, name)
        self.operation = operation
        self.is_query = operation.operation is OperationType.QUERY
        self._prepared = prepared
        self._variables = operation.variable_definitions or ()
        # Of texts nothing is to be coerced, which is nine of ten queries.
        self._texts = frozenset(each.variable.name.value for each in self._variables if _is_text(each))
        self._required = frozenset(
            each.variable.name.value
            for each in self._variables
            if each.default_value is not None or isinstance(each.type, NonNullTypeNode)
        )
        cost = prepared.costs.get(name, frozenset())
        self._names = () if isinstance(cost, Cost) else tuple(sorted(cost))
        self._costs: dict[Hashable, Cost] = {(): cost} if isinstance(cost, Cost) else {}

    def coerced(self, given: dict[str, Any]) -> dict[str, Any] | None:
        """The values of the variables; None where one of them is wrong."""
        if not self._variables:
            return {}
        if self._texts.issuperset(given) and self._required.issubset(given) and set(map(type, given.values())) <= _STR:
            return given
        found = get_variable_values(schema(), self._variables, given, hide_suggestions=True)
        return None if isinstance(found, list) else found.coerced

    def cost(self, given: Mapping[str, Any]) -> Cost:
        """What it asks for with these variables; TooComplex where that is too much."""
        sizes = tuple([as_int(given.get(name)) for name in self._names])
        found = self._costs.get(sizes)
        if found is None:
            found = self._prepared.cost(self.operation, given)
            if len(self._costs) < MOST_COSTS and all(isinstance(given.get(name), int | None) for name in self._names):
                self._costs[sizes] = found
        return found


def _is_text(variable: VariableDefinitionNode) -> bool:
    """Whether it is a String or an ID."""
    kind = variable.type.type if isinstance(variable.type, NonNullTypeNode) else variable.type
    return isinstance(kind, NamedTypeNode) and kind.name.value in ("String", "ID")


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
        # Without the places of its nodes a document is a third as heavy, and none of it waits for the collector.
        is_kept = len(query) <= LONGEST_KEPT
        document = parse(query, max_tokens=MAX_TOKENS, no_location=is_kept)
        costs = check_limits(document)
        errors = mistakes_in(document)
        if errors and is_kept:
            errors = mistakes_in(parse(query, max_tokens=MAX_TOKENS))
    except GraphQLError as error:
        return Prepared(None, (error,))
    except RecursionError:
        return Prepared(None, (_DEEP,))
    except AtriumError as error:
        return Prepared(None, (GraphQLError(str(error), original_error=error),))
    return Prepared(document, tuple(errors), costs, text=query)


def is_mutation(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.MUTATION
