"""/graphql as plain ASGI: POST and GET as GraphQL over HTTP has them, event streams, and the websocket beside them."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

import orjson

from saas.kit import about, one_write
from saas.kit.bearer import token_of
from saas.kit.errors import AtriumError, BadInput
from saas.schema import fast, perform, told
from saas.schema.live import sse
from saas.schema.live.follow import Asked, asked
from saas.schema.live.websocket import websocket
from saas.schema.once import HEADER, REPLAYED, once_of
from saas.schema.parameters import (
    EVENT_STREAM,
    JSON,
    RESPONSE_JSON,
    Parameters,
    accepted,
    from_body,
    from_url,
    takes_events,
)
from saas.schema.rates import TooMuch, spend
from saas.schema.threads import in_thread
from saas.tenants.sign_in import identify

Headers = dict[bytes, bytes]
Extra = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _AboutKind:
    """The headers of an answer that depend on nothing but its media type, and the same as lines of a head."""

    def __init__(self, kind: str) -> None:
        self.headers = [(b"content-type", f"{kind}; charset=utf-8".encode()), (b"vary", b"Accept")]
        self.lines = one_write.lines(self.headers)


_ABOUT_KIND = {kind: _AboutKind(kind) for kind in (JSON, RESPONSE_JSON)}


class MethodNotAllowed(BadInput):
    """A query may come by GET or POST, a mutation by POST only."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class NotAcceptable(BadInput):
    code = "NOT_ACCEPTABLE"
    status = 406


async def graphql(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application of the GraphQL door."""
    if scope["type"] == "websocket":
        await websocket(scope, receive, send)
        return
    headers: Headers = dict(scope["headers"])
    kind = accepted(headers.get(b"accept", b""))
    extra: Extra = []  # grows on the way, whatever becomes of the request
    try:
        if kind is None:
            raise NotAcceptable(f"This door answers {JSON}, {RESPONSE_JSON} or {EVENT_STREAM}.")
        body = await _body(receive) if scope["method"] == "POST" else b""
        parameters = _parameters(scope["method"], headers, scope["query_string"], body)
        asked_soon = _soon(headers, parameters, receive, extra) if body else None
        if asked_soon is not None and (soon := await asked_soon) is not None:
            await _answered(scope, send, 200, soon, kind, extra)
            return
        status, answer = await in_thread(_answer, scope["method"], headers, parameters, kind, extra)
        if isinstance(answer, Asked):
            await sse.stream(answer, receive, send, extra)
            return
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
    await _answered(scope, send, status, orjson.dumps(answer), kind or JSON, extra)


def _soon(headers: Headers, parameters: Parameters, receive: Receive, extra: Extra) -> Awaitable[bytes | None] | None:
    try:
        token = token_of(headers.get(b"authorization", b"").decode("latin-1"))
    except AtriumError:
        return None
    return perform.soon(token, parameters, receive, extra)


def _answer(
    method: str, headers: Headers, parameters: Parameters, kind: str, extra: Extra
) -> tuple[int, dict[str, Any] | Asked]:
    """Status and answer of one request, in a thread of the pool; what was asked where it is a subscription."""
    caller = identify(token_of(headers.get(b"authorization", b"").decode("latin-1")))
    about.note(tenant=caller.tenant.slug)
    # A request that was understood as HTTP but not as GraphQL: 400 says so to who asked for the newer media type.
    refused = 400 if kind == RESPONSE_JSON else 200
    try:
        work = perform.understood(caller, parameters, live=takes_events(headers.get(b"accept", b"")))
    except perform.Misread as misread:
        return misread.status or refused, misread.answer
    if not extra:  # what began the short way is paid
        extra += spend(caller, work.cost)
    if work.is_subscription:
        return _followed(work, refused, headers.get(b"last-event-id"))
    if method == "GET" and work.is_mutation:
        raise MethodNotAllowed("A mutation cannot come by GET.", remedy="Send it by POST.")
    once = once_of(headers.get(HEADER), parameters) if work.is_mutation else None
    answer = perform.done(work, once)
    if once is not None and once.replayed:
        extra.append(REPLAYED)
    return 200 if "data" in answer else refused, answer


def _followed(work: perform.Work, refused: int, last: bytes | None) -> tuple[int, dict[str, Any] | Asked]:
    """What is followed; the cursor of the last event that a client got stands for `after`."""
    try:
        found = asked(work.caller, work.prepared, work.operation, work.parameters.variables, perform.request_id())
    except AtriumError as error:
        return refused, told.refusal(error)
    return 200, replace(found, after=last.decode("latin-1")) if last else found


def _parameters(method: str, headers: Headers, query_string: bytes, body: bytes) -> Parameters:
    if method == "POST":
        return from_body(headers.get(b"content-type", b""), body)
    if method == "GET":
        return from_url(query_string)
    raise MethodNotAllowed(f"{method} means nothing here.", remedy="Use POST, or GET for queries.")


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadInput("The request ended before its body was complete.")
        part: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


async def _answered(
    scope: MutableMapping[str, Any], send: Send, status: int, body: bytes, kind: str, extra: Extra
) -> None:
    """Send the whole answer; to who asked for events as the only one, unless there is nobody to be told anything."""
    if kind == EVENT_STREAM and status == 200:
        await sse.single(send, body, extra)
        return
    about_kind = _ABOUT_KIND.get(kind, _ABOUT_KIND[JSON])
    length = (b"content-length", b"%d" % len(body))
    if status == one_write.STATUS and one_write.is_offered(scope):
        head = about_kind.lines + one_write.lines((length, *extra))
        await send({"type": one_write.NAME, "head": head, "body": body})
        return
    headers = [*about_kind.headers, length, *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
