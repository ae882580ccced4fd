"""The gate that every request passes: its id, size, line in the log and figures, and the headers of its answer.

Plain ASGI, because it stands before GraphQL too and must cost next to nothing there.
"""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saas.kit import about, log, metrics, one_write, report, trace
from saas.kit.errors import AtriumError, TooLarge
from saas.kit.settings import settings
from saas.web.answers import bug_answer, error_answer
from saas.web.bearer import challenge
from saas.web.gate_websocket import WebsocketGate
from saas.web.rates import TooManyRequests, knock
from saas.web.request_id import request_id

_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}
_USUAL = tuple(_HEADERS.items())
_USUAL_LINES = one_write.lines(_USUAL)
# Over HTTPS a browser is told never to come back without it (RFC 6797).
_ALWAYS_HTTPS = (b"strict-transport-security", b"max-age=31536000")
_ALWAYS_HTTPS_LINE = one_write.lines([_ALWAYS_HTTPS])
GRAPHQL = "/graphql"
_DOOR = GRAPHQL.strip("/")
_FILES = "/files/"
# Below these the rest of the address is a secret, which no log needs.
_SECRETIVE = (_FILES, "/account/invitation/", "/account/forgotten/")


class Passage:
    """One request on its way through the gate."""

    __slots__ = ("began", "facts", "headers", "is_secure", "limit", "read", "receive", "scope", "send", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int, *, is_secure: bool) -> None:
        self.scope, self.receive, self.send, self.limit = scope, receive, send, limit
        self.is_secure = is_secure
        self.status = self.read = 0
        self.began = time.perf_counter()
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = self.headers.get(b"traceparent")
        place = trace.begin(given.decode("latin-1") if given else "")
        self.facts = about.start(request_id=request_id(self.headers), trace_id=place.trace_id)

    def check_announced_size(self) -> None:
        """Refuse a body that says itself that it is too large, before reading any of it."""
        announced = self.headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.limit:
            raise self._too_large()

    async def receive_limited(self) -> Message:
        """The body as it comes; one too large is refused in the words of whoever reads it."""
        self.check_announced_size()
        message = await self.receive()
        if message["type"] == "http.request":
            self.read += len(message.get("body", b""))
            if self.read > self.limit:
                raise self._too_large()
        return message

    async def send_completed(self, message: Message) -> None:
        """Add to the head of the answer what every answer carries."""
        kind = message["type"]
        if kind == one_write.NAME:
            self.status = one_write.STATUS
            carried = _USUAL_LINES + _ALWAYS_HTTPS_LINE if self.is_secure else _USUAL_LINES
            head = b"%b%bx-request-id: %b\r\n" % (message["head"], carried, self.facts["request_id"].encode())
            await self.scope["extensions"][one_write.NAME](head, message["body"])
            return
        if kind == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", ())
            names = dict(given)  # in small letters, as ASGI has them
            # Most answers say nothing of these themselves.
            usual = _USUAL if names.keys().isdisjoint(_HEADERS) else [each for each in _USUAL if each[0] not in names]
            headers = [*given, *usual, (b"x-request-id", self.facts["request_id"].encode())]
            if self.is_secure:
                headers.append(_ALWAYS_HTTPS)
            if self.status == 401 and b"www-authenticate" not in names:
                sent = challenge(token_was_sent=b"authorization" in self.headers)
                headers.append((b"www-authenticate", sent.encode()))
            message = {**message, "headers": headers}
        await self.send(message)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The body is larger than {self.limit // 1024} KiB.",
            remedy="Send less at once; files go through the file door. The operator sets SAAS_MAX_BODY_KB.",
        )


class Gate:
    """Stands before the whole site; GraphQL goes straight through, the rest by Starlette's router."""

    def __init__(self, site: ASGIApp, graphql: ASGIApp, *, max_body: int, max_file: int, doors: frozenset[str]) -> None:
        self._site = site
        self._graphql = graphql
        self._max_body = max_body
        self._max_file = max_file
        self._doors = doors
        self._connections = WebsocketGate(GRAPHQL, graphql)
        self._is_secure = settings().public_url.startswith("https:")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._connections(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        is_file = scope["path"].startswith(_FILES)
        passage = Passage(
            scope, receive, send, self._max_file if is_file else self._max_body, is_secure=self._is_secure
        )
        with trace.span("request", trace.Kind.SERVER) as span:
            try:
                await self._pass(passage)
            finally:
                self._note(passage, span)

    async def _pass(self, passage: Passage) -> None:
        path = passage.scope["path"]
        app = self._graphql if path == GRAPHQL else self._site
        try:
            if path != GRAPHQL:
                knock(path, (passage.scope.get("client") or ("",))[0])
            await app(passage.scope, passage.receive_limited, passage.send_completed)
        except AtriumError as error:
            if passage.status:
                raise
            headers = {"retry-after": str(error.seconds)} if isinstance(error, TooManyRequests) else None
            await error_answer(error, headers)(passage.scope, passage.receive, passage.send_completed)
        except Exception as error:  # noqa: BLE001  # the outermost place: whatever it is, it is reported and answered
            report.capture(error)
            if not passage.status:
                await bug_answer()(passage.scope, passage.receive, passage.send_completed)

    def _note(self, passage: Passage, span: trace.Span) -> None:
        seconds = time.perf_counter() - passage.began
        path = passage.scope["path"]
        if path == GRAPHQL:
            door = _DOOR
        elif path.startswith(_SECRETIVE):
            before = next(each for each in _SECRETIVE if path.startswith(each))
            path, door = before + "…", before.strip("/")
        else:
            door = path.strip("/") or "explorer" if path in self._doors else "other"
        if trace.is_recorded():
            _tell(span, passage, door)
        metrics.request_done(door, passage.facts.get("operation", ""), passage.status, seconds)
        # Without the query string: it may hold values.
        log.request_done(
            __name__,
            passage.facts,
            method=passage.scope["method"],
            path=path[:200],
            status=passage.status,
            ms=round(seconds * 1000, 2),
        )


def _tell(span: trace.Span, passage: Passage, door: str) -> None:
    """What a recorded request tells of itself: nothing of its address but the door."""
    about_it = {name: value for name, value in passage.facts.items() if name != "trace_id"}
    span.note(
        door=door, http__request__method=passage.scope["method"], http__response__status_code=passage.status, **about_it
    )
