"""The gate that every websocket passes: its id, its line in the log and figures, and what becomes of a fault.

A page of another site may open a connection here, but has nothing to say on it: the API takes no cookies, and whose a
connection is, is told by a token that only its holder has. So the Origin header is not asked.
"""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saas.kit import about, log, metrics_live, report, trace
from saas.kit.errors import AtriumError, NotFound
from saas.web.answers import error_answer
from saas.web.request_id import request_id

_log = log.logger(__name__)
_LEFT = 1006  # what RFC 6455 calls a connection that ended without a word
_FAULT = {"type": "websocket.close", "code": 1011, "reason": "Something went wrong on our side."}


class Crossing:
    """One connection on its way through the gate."""

    __slots__ = ("_receive", "_send", "accepted", "began", "code", "facts", "received", "sent")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.accepted = False
        self.code: int | None = None
        self.received = self.sent = 0
        self.began = time.perf_counter()
        headers = dict(scope["headers"])
        place = trace.begin(headers.get(b"traceparent", b"").decode("latin-1"))
        self.facts = about.start(request_id=request_id(headers), trace_id=place.trace_id)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            self.received += 1
            metrics_live.message("websocket", "in")
        elif message["type"] == "websocket.disconnect":
            self.code = self.code or message.get("code") or _LEFT
        return message

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.send":
                self.sent += 1
                metrics_live.message("websocket", "out")
            case "websocket.accept":
                self.accepted = True
                headers = [*message.get("headers", ()), (b"x-request-id", self.facts["request_id"].encode())]
                message = {**message, "headers": headers}
            case "websocket.close":
                self.code = self.code or message.get("code", 1000)
        await self._send(message)

    async def refuse(self, error: AtriumError) -> None:
        """Answer the handshake as an HTTP request that failed."""
        answer = error_answer(error)
        headers = [*answer.raw_headers, (b"x-request-id", self.facts["request_id"].encode())]
        await self._send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": answer.body})
        self.code = error.status


class WebsocketGate:
    """Lets websockets through to the one address that has them."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        self._path = path
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        crossing = Crossing(scope, receive, send)
        with metrics_live.connection("websocket"):
            try:
                if scope["path"] == self._path:
                    await self._app(scope, crossing.receive, crossing.send)
                else:
                    await crossing.receive()
                    remedy = f"Websockets are at {self._path} only."
                    await crossing.refuse(NotFound("There is nothing at this address.", remedy=remedy))
            except OSError:  # the client has gone
                crossing.code = crossing.code or _LEFT
            except Exception as error:  # noqa: BLE001  # the outermost place: whatever it is, it is reported
                report.capture(error)
                if crossing.code is None:
                    await crossing.send(dict(_FAULT))
            finally:
                self._note(crossing, scope["path"])

    def _note(self, crossing: Crossing, path: str) -> None:
        code = int(crossing.code or _LEFT)
        metrics_live.closed("websocket", code)
        _log.info(
            "connection ended",
            **crossing.facts,
            path=path if path == self._path else "other",  # it may hold what no log needs
            code=code,
            received=crossing.received,
            sent=crossing.sent,
            seconds=round(time.perf_counter() - crossing.began, 2),
        )
