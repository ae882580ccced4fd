"""One request, whichever protocol brought it: understood, and done. What it may cost is checked on the way."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, OperationDefinitionNode, OperationType

from saas.engine.idempotency import Once
from saas.engine.scope import Via
from saas.kit import about
from saas.kit.errors import AtriumError, BadInput
from saas.kit.settings import settings
from saas.schema import as_role, fast, told
from saas.schema.execute import Request, run
from saas.schema.limits import Cost
from saas.schema.parameters import EVENT_STREAM, Parameters
from saas.schema.persisted import check_document, persist, persisted_text
from saas.schema.prepare import Prepared, is_mutation, prepare, tell_trace
from saas.schema.rates import Headers
from saas.schema.threads import threads
from saas.tenants.sign_in import Caller
from saas.tenants.tenant import Tenant

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_MUTATION = re.compile(r"\s*mutation\b")  # most that are no query are known by their beginning
_LIVE = f"Ask with `Accept: {EVENT_STREAM}`, or over a websocket with the subprotocol graphql-transport-ws."


@dataclass(frozen=True, slots=True)
class Work:
    """An operation that may be done: valid, within the limits, and what it costs."""

    caller: Caller
    parameters: Parameters
    prepared: Prepared
    operation: OperationDefinitionNode
    cost: Cost

    @property
    def is_mutation(self) -> bool:
        return is_mutation(self.operation)

    @property
    def is_subscription(self) -> bool:
        return self.operation.operation is OperationType.SUBSCRIPTION


class Misread(Exception):
    """The request is no GraphQL that could run: `answer` says why; `status` is set where that is our fault."""

    def __init__(self, answer: dict[str, Any], status: int | None = None) -> None:
        super().__init__()
        self.answer, self.status = answer, status


def soon(token: str, parameters: Parameters, receive: Receive, extra: Headers) -> Awaitable[bytes | None] | None:
    """The answer to a query that was asked before; None where it takes the long way, which also tells what is wrong."""
    if settings().reading != "reader" or _MUTATION.match(parameters.query):
        return None
    if parameters.preview is not None:  # what is known there is known of the person as they are
        return None
    return fast.answer(token, parameters, receive, extra, threads().submit)


def understood(caller: Caller, parameters: Parameters, *, live: bool) -> Work:
    """The operation that is asked for; Misread where there is none. `live`: whoever asks can follow a subscription."""
    try:
        prepared = _prepared(caller.tenant, parameters)
        if prepared.errors:
            raise Misread({"errors": [told.error(each) for each in prepared.errors]})
        operation = prepared.operation(parameters.operation_name)
        _check(operation, parameters, live=live)
        work = Work(caller, parameters, prepared, operation, prepared.cost(operation, parameters.variables))
    except AtriumError as error:
        raise Misread(told.refusal(error), None if error.status < 500 else error.status) from error
    about.note(operation=operation.operation.value)
    tell_trace(operation)
    return work


def done(work: Work, once: Once | None) -> dict[str, Any]:
    """The whole answer to a query or mutation; one without `data` was refused before it ran."""
    caller = work.caller
    request = Request(
        caller.tenant,
        caller.principal_id,
        work.prepared,
        work.operation,
        work.parameters.variables,
        request_id(),
        once,
        Via(caller.app, caller.app_id, caller.scopes),
        work.parameters.preview,
    )
    return _outcome(run(request), work)


def request_id() -> str:
    """The id of the current request."""
    return about.facts().get("request_id", "")


def _outcome(result: ExecutionResult, work: Work) -> dict[str, Any]:
    if result.data is None and result.errors and not any(each.path for each in result.errors):
        return {"errors": [told.error(each) for each in result.errors]}
    answer: dict[str, Any] = {"data": result.data, "extensions": {"cost": work.cost.as_extension()}}
    if work.parameters.preview is not None:
        answer["extensions"][as_role.NAME] = as_role.told(work.parameters.preview)
    if result.errors:
        answer["errors"] = [told.error(each) for each in result.errors]
    return answer


def _prepared(tenant: Tenant, parameters: Parameters) -> Prepared:
    """The document that is to run: the text sent, or the one that the tenant keeps under the id."""
    if parameters.document_id is None:
        return prepare(parameters.query)
    if not parameters.query:
        return prepare(persisted_text(tenant, parameters.document_id))
    check_document(parameters.document_id, parameters.query)
    prepared = prepare(parameters.query)
    if not prepared.errors:
        persist(tenant, parameters.document_id, parameters.query)
    return prepared


def _check(operation: OperationDefinitionNode, parameters: Parameters, *, live: bool) -> None:
    """Refuse (BadInput) what is valid, but not in this way."""
    kind = operation.operation
    if kind is OperationType.SUBSCRIPTION and not live:
        raise BadInput("A subscription cannot come by plain HTTP.", remedy=_LIVE)
    if parameters.preview is not None and kind is not OperationType.QUERY:
        what = "nothing was written" if kind is OperationType.MUTATION else "a subscription has none"
        raise BadInput(
            f"A preview only reads: {what}.",
            remedy=f"Leave out extensions.{as_role.NAME} and ask as yourself.",
            path=("extensions", as_role.NAME),
        )
