"""POST and GET /graphql, as the GraphQL-over-HTTP specification has them, as plain ASGI."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import orjson
from graphql import ExecutionResult, OperationDefinitionNode, OperationType

from saas.engine.scope import Via
from saas.kit import about
from saas.kit.bearer import token_of
from saas.kit.errors import AtriumError, BadInput
from saas.kit.settings import settings
from saas.modules.organisation.preview import Preview
from saas.schema import as_role, fast, told
from saas.schema.execute import Request, run
from saas.schema.limits import Cost
from saas.schema.once import HEADER, REPLAYED, once_of
from saas.schema.parameters import JSON, RESPONSE_JSON, Parameters, accepted, from_body, from_url
from saas.schema.persisted import check_document, persist, persisted_text
from saas.schema.prepare import Prepared, is_mutation, prepare, tell_trace
from saas.schema.rates import TooMuch, spend
from saas.tenants.sign_in import identify
from saas.tenants.tenant import Tenant

Headers = dict[bytes, bytes]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


_CONTENT_TYPES = {kind: f"{kind}; charset=utf-8".encode() for kind in (JSON, RESPONSE_JSON)}


class MethodNotAllowed(BadInput):
    """A query may come by GET or POST, a mutation by POST only."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


async def graphql(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application of the GraphQL door."""
    headers: Headers = dict(scope["headers"])
    kind = accepted(headers.get(b"accept", b""))
    extra: list[tuple[bytes, bytes]] = []  # grows on the way, whatever becomes of the request
    try:
        if kind is None:
            raise NotAcceptable("This door answers application/json or application/graphql-response+json.")
        body = await _body(receive) if scope["method"] == "POST" else b""
        soon = await _soon(headers, body, receive, extra)
        if soon is not None:
            await _send(send, 200, soon, kind, extra)
            return
        status, answer = await _in_thread(_answer, scope["method"], headers, scope["query_string"], body, kind, extra)
    except fast.Left:
        return
    except AtriumError as error:
        status, answer = error.status, told.refusal(error)
        if status == 405:
            extra.append((b"allow", b"POST" if scope["method"] == "GET" else b"GET, POST"))
        if status == 503:
            extra.append((b"retry-after", b"5"))
        if isinstance(error, TooMuch):
            extra += error.headers
    except Exception as error:  # noqa: BLE001  # whatever it is, a GraphQL client gets GraphQL's form of an answer
        status, answer = 500, told.bug(error)
    await _send(send, status, orjson.dumps(answer), kind or JSON, extra)


class NotAcceptable(BadInput):
    code = "NOT_ACCEPTABLE"
    status = 406


async def _soon(headers: Headers, body: bytes, receive: Receive, extra: list[tuple[bytes, bytes]]) -> bytes | None:
    """The answer to a query that was asked before; None where it takes the long way, which also tells what is wrong."""
    if not body or settings().reading != "reader":
        return None
    try:
        token = token_of(headers.get(b"authorization", b"").decode("latin-1"))
        parameters = from_body(headers.get(b"content-type", b""), body)
    except AtriumError:
        return None
    if parameters.preview is not None:  # what is known there is known of the person as they are
        return None
    return await fast.answer(token, parameters, receive, extra, _threads().submit)


def _answer(
    method: str, headers: Headers, query_string: bytes, body: bytes, kind: str, extra: list[tuple[bytes, bytes]]
) -> tuple[int, dict[str, Any]]:
    """Status and answer of one request, in a thread of the pool."""
    parameters = _parameters(method, headers, query_string, body)
    caller = identify(token_of(headers.get(b"authorization", b"").decode("latin-1")))
    about.note(tenant=caller.tenant.slug)
    # A request that was understood as HTTP but not as GraphQL: 400 says so to who asked for the newer media type.
    refused = 400 if kind == RESPONSE_JSON else 200
    try:
        prepared = _prepared(caller.tenant, parameters)
        if prepared.errors:
            return refused, {"errors": [told.error(each) for each in prepared.errors]}
        operation = _operation(prepared, parameters)
        cost = prepared.cost(operation, parameters.variables)
    except AtriumError as error:
        return refused if error.status < 500 else error.status, told.refusal(error)
    if not extra:  # what began the short way is paid
        extra += spend(caller, cost)
    if method == "GET" and is_mutation(operation):
        raise MethodNotAllowed("A mutation cannot come by GET.", remedy="Send it by POST.")
    once = once_of(headers.get(HEADER), parameters) if is_mutation(operation) else None
    about.note(operation=operation.operation.value)
    tell_trace(operation)
    request = Request(
        caller.tenant,
        caller.principal_id,
        prepared,
        operation,
        parameters.variables,
        about.facts().get("request_id", ""),
        once,
        Via(caller.app, caller.app_id, caller.scopes),
        parameters.preview,
    )
    result = run(request)
    if once is not None and once.replayed:
        extra.append(REPLAYED)
    return _outcome(result, cost, refused, parameters.preview)


def _outcome(result: ExecutionResult, cost: Cost, refused: int, preview: Preview | None) -> tuple[int, dict[str, Any]]:
    if result.data is None and result.errors and not any(each.path for each in result.errors):
        return refused, {"errors": [told.error(each) for each in result.errors]}
    answer: dict[str, Any] = {"data": result.data, "extensions": {"cost": cost.as_extension()}}
    if preview is not None:
        answer["extensions"][as_role.NAME] = as_role.told(preview)
    if result.errors:
        answer["errors"] = [told.error(each) for each in result.errors]
    return 200, answer


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


def _operation(prepared: Prepared, parameters: Parameters) -> OperationDefinitionNode:
    found = prepared.operation(parameters.operation_name)
    if found.operation is OperationType.SUBSCRIPTION:
        raise BadInput("A subscription cannot come by plain HTTP.", remedy="Ask with a query until it is delivered.")
    if parameters.preview is not None and is_mutation(found):
        raise BadInput(
            "A preview only reads: nothing was written.",
            remedy=f"Leave out extensions.{as_role.NAME} and write as yourself.",
            path=("extensions", as_role.NAME),
        )
    return found


def _parameters(method: str, headers: Headers, query_string: bytes, body: bytes) -> Parameters:
    if method == "POST":
        return from_body(headers.get(b"content-type", b""), body)
    if method == "GET":
        return from_url(query_string)
    raise MethodNotAllowed(f"{method} means nothing here.", remedy="Use POST, or GET for queries.")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings().threads, thread_name_prefix="graphql")


async def _in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """Run blocking work in the pool, with the context of the request."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads(), lambda: context.run(work, *arguments))


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadInput("The request ended before its body was complete.")
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send(send: Send, status: int, body: bytes, kind: str, extra: list[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", _CONTENT_TYPES[kind]),
        (b"content-length", b"%d" % len(body)),
        (b"vary", b"Accept"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
