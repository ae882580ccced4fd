"""Documents parsed, limited and validated once, then kept."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

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
from saas.schema.limits import MAX_TOKENS, check_limits

_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document, or the errors that make it invalid."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()

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


_kept: OrderedDict[str, Prepared] = OrderedDict()
_lock = Lock()


def prepare(query: str) -> Prepared:
    """Parse and validate `query`, or take it from the cache; invalid documents are not kept."""
    with _lock:
        found = _kept.get(query)
        if found is not None:
            _kept.move_to_end(query)
            return found
    made = _prepare(query)
    if not made.errors:
        with _lock:
            _kept[query] = made
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
    return made


def _prepare(query: str) -> Prepared:
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
        check_limits(document)
    except GraphQLError as error:
        return Prepared(None, (error,))
    except RecursionError:
        return Prepared(None, (GraphQLError("The document is nested too deeply."),))
    except AtriumError as error:
        return Prepared(None, (GraphQLError(str(error), original_error=error),))
    errors = validate(schema(), document, specified_rules, max_errors=20)
    return Prepared(document, tuple(errors))


def is_mutation(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.MUTATION
