"""One websocket: whose it is, the operations on it, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack, suppress
from typing import Any

from saas.kit import about
from saas.kit.bearer import token_of
from saas.kit.errors import AtriumError, RateLimited
from saas.schema import told
from saas.schema.live import protocol
from saas.schema.live.places import Place, places
from saas.schema.live.protocol import Close, Complete, Init, Ping, Pong, Refused, Subscribe, closed_for, message_in
from saas.schema.live.running import Running
from saas.schema.live.vigil import vigil
from saas.schema.threads import in_thread
from saas.tenants.sign_in import identify

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

INIT_SECONDS = 10.0  # within which a connection says whose it is
FAREWELL_SECONDS = 5.0  # for the last message to a client that may not read any more
MOST_OPERATIONS = 100  # at once on one connection
MOST_AT_WORK = 10  # of these that are answered at once, the others wait: all connections share the threads


class TooManyOperations(RateLimited):
    """More at once than one connection may have."""


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of a connection, from its handshake to its end."""
    await receive()
    offered = protocol.PROTOCOL in scope["subprotocols"]
    await send({"type": "websocket.accept", "subprotocol": protocol.PROTOCOL if offered else None})
    close: Close | None = Close(protocol.OTHER_PROTOCOL, f"Speak the subprotocol {protocol.PROTOCOL}.")
    if offered:
        close = await _held(scope, receive, send)
    if close is not None:
        with suppress(OSError, TimeoutError):  # who has left needs no farewell
            async with asyncio.timeout(FAREWELL_SECONDS):
                await send(close.as_event())


async def _held(scope: Scope, receive: Receive, send: Send) -> Close | None:
    connection = Connection(scope, receive, send)
    try:
        with places().place(connection.leave) as place:
            place.enter(waiting_at=(scope.get("client") or ("",))[0])
            return await connection.live(place)
    except AtriumError as error:
        return closed_for(error)


class Connection:
    """A websocket that was accepted. Its reader takes one message after the other; each operation is a task."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        self._authorization = headers.get(b"authorization", b"").decode("latin-1")
        self._receive, self._send = receive, send
        self._sending = asyncio.Lock()
        self._turn = asyncio.Semaphore(MOST_AT_WORK)
        self._id = about.facts().get("request_id", "")
        self._end: asyncio.Future[Close | None] = asyncio.get_running_loop().create_future()
        self._held = ExitStack()
        self._is_leaving = self._was_greeted = False
        self._token: str | None = None
        self._operations: dict[str, Running] = {}  # those that the client waits for
        self._running: set[Running] = set()  # and those whose work goes on although it does not
        self._begun = 0

    async def live(self, place: Place) -> Close | None:
        """Until it ends: how it is closed, None where the client has gone."""
        loop = asyncio.get_running_loop()
        reader = loop.create_task(self._read(place))
        late = loop.call_later(INIT_SECONDS, self._check_greeted)
        try:
            return await self._end
        finally:
            late.cancel()
            reader.cancel()
            self._held.close()
            for operation in tuple(self._running):
                operation.stop()

    def end(self, close: Close | None) -> None:
        """It is over; whatever ended it first is what the client is told."""
        if not self._end.done():
            self._end.set_result(close)

    def leave(self) -> None:
        """The server is about to end: what is being followed ends at once, what is being done is finished first."""
        self._is_leaving = True
        for operation in tuple(self._running):
            operation.leave()
        self._end_if_done()

    async def send(self, message: str) -> None:
        """Send one message; whoever sends waits while the client does not read."""
        try:
            async with self._sending:
                if not self._end.done():
                    await self._send({"type": "websocket.send", "text": message})
        except OSError:
            self.end(None)

    def ended(self, operation: Running) -> None:
        """Its work is done, whether or not anybody waited for it."""
        self._running.discard(operation)
        self.forget(operation)
        self._end_if_done()

    def forget(self, operation: Running) -> None:
        """The client was told, or said itself, that it is over: its id is free."""
        if self._operations.get(operation.id) is operation:
            del self._operations[operation.id]

    def _end_if_done(self) -> None:
        if self._is_leaving and not self._running:
            self.end(Close(protocol.RESTART, "The server restarts; connect again."))

    def _check_greeted(self) -> None:
        if not self._was_greeted:
            self.end(Close(protocol.INIT_TIMEOUT, "Connection initialisation timeout"))

    async def _read(self, place: Place) -> None:
        try:
            while (event := await self._receive())["type"] == "websocket.receive":
                await self._take(message_in(event.get("text")), place)
            self.end(None)
        except Refused as refused:
            self.end(refused.close)
        except AtriumError as error:
            self.end(closed_for(error))
        except Exception as error:  # noqa: BLE001  # whatever it is, whoever waits for the end has to hear of it
            if not self._end.done():
                self._end.set_exception(error)

    async def _take(self, message: protocol.Message, place: Place) -> None:
        match message:
            case Init(payload):
                await self._greet(payload, place)
            case Ping(payload):
                await self.send(protocol.pong(payload))
            case Pong():
                pass
            case Subscribe(id_, payload):
                await self._subscribe(id_, payload)
            case Complete(id_):
                if id_ in self._operations:
                    self._operations.pop(id_).stop()

    async def _greet(self, payload: dict[str, Any], place: Place) -> None:
        if self._was_greeted:
            raise Refused(protocol.SECOND_INIT, "Too many initialisation requests")
        self._was_greeted = True
        given = next((value for name, value in payload.items() if name.lower() == "authorization"), self._authorization)
        if not isinstance(given, str) or not given:
            raise Refused(protocol.UNAUTHORIZED, 'Send {"authorization": "Bearer …"} as payload of connection_init.')
        token = token_of(given)
        caller = await in_thread(identify, token)
        about.note(tenant=caller.tenant.slug)
        place.settle(caller)
        self._held.enter_context(vigil().over(caller, lambda error: self.end(closed_for(error))))
        self._token = token
        await self.send(protocol.ack())

    async def _subscribe(self, id_: str, payload: dict[str, Any]) -> None:
        if self._token is None:
            raise Refused(protocol.UNAUTHORIZED, "Unauthorized")
        if id_ in self._operations:
            raise Refused(protocol.DUPLICATE_ID, f"Subscriber for {id_} already exists")
        if self._is_leaving:
            return  # it was not begun, and the connection is about to close
        if len(self._running) >= MOST_OPERATIONS:
            refused = TooManyOperations(
                f"One connection has at most {MOST_OPERATIONS} operations at once.",
                remedy="Wait for an answer, complete a subscription, or open another connection.",
            )
            await self.send(protocol.error(id_, told.refusal(refused)["errors"]))
            return
        self._begun += 1
        operation = Running(self, id_, self._token, f"{self._id}/{self._begun}", self._turn)
        self._operations[id_] = operation
        self._running.add(operation)
        operation.begin(payload)
