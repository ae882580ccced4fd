"""The HTTP server: uvicorn, with patience that has an end, and a farewell to live connections before it goes."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import uvicorn
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from saas.kit import log, one_write
from saas.kit.settings import settings

PATIENCE = 30.0  # seconds in which a client must take something of what waits for it
LONGEST_PATIENCE = 600.0  # seconds for all that waits at a time, however steadily little of it is taken
LAST_SECONDS = 5.0  # in which a websocket that was closed must be gone
FAREWELL_SECONDS = 20.0  # for what live connections have under way when the server ends
PING_SECONDS = 20.0
_STATUS_LINE = STATUS_LINE[one_write.STATUS]
_log = log.logger(__name__)
_quiet = logging.getLogger("uvicorn.error.websocket")
_quiet.setLevel(logging.WARNING)


class _Impatient(asyncio.Protocol):
    """Cuts a client off that does not read: what waits for it lies in memory, and its connection would never end.

    One that reads slowly keeps its connection as long as what waits for it becomes less.
    """

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _deadline: asyncio.TimerHandle | None = None
    _waiting_since = 0.0

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._deadline is None:
            self._waiting_since = self.loop.time()
            self._look_later()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._deadline = self.loop.call_later(PATIENCE, self._look, self.transport.get_write_buffer_size())

    def _look(self, before: int) -> None:
        takes_something = self.transport.get_write_buffer_size() < before
        if takes_something and self.loop.time() - self._waiting_since < LONGEST_PATIENCE:
            self._look_later()
            return
        _log.info("a client that does not read was cut off")
        self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Http(_Impatient, HttpToolsProtocol):
    """HTTP, by uvicorn on httptools; an answer that is known whole goes out in one write."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if cycle.scope["method"] != "HEAD":
            offered: Any = partial(_in_one_write, cycle)
            cycle.scope["extensions"] = {one_write.NAME: offered}
        super()._start_asgi_task(cycle, app)


async def _in_one_write(cycle: RequestResponseCycle, head: bytes, body: bytes) -> None:
    """Send status 200, these lines and the body: what the cycle does with two messages, without looking at lines."""
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    cycle.response_started, cycle.waiting_for_100_continue = True, False
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    cycle.transport.write(b"".join((_STATUS_LINE, head, end, body)))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


class WebSocket(_Impatient, WebSocketsSansIOProtocol):
    """Websockets, by uvicorn on websockets. However one ends, it is gone soon: a vanished client answers nothing."""

    _leaving: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        # Of each connection the gate writes a line; theirs would tell its query string, too.
        self.logger = self.conn.logger = _quiet

    def handle_ping(self) -> None:
        """Answer, unless answers pile up already."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._leave_soon()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._leave_soon()

    def shutdown(self) -> None:
        super().shutdown()
        self._leave_soon()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        super().on_task_complete(task)
        self._leave_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_leaving()

    def _leave_soon(self) -> None:
        if not self.disconnected and self._leaving is None:
            self._leaving = self.loop.call_later(LAST_SECONDS, self.transport.abort)

    def _stop_leaving(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None


class Server(uvicorn.Server):
    """Takes no more connections, lets live ones end, and then does as uvicorn does."""

    def __init__(self, config: uvicorn.Config, farewell: Callable[[float], Awaitable[None]]) -> None:
        super().__init__(config)
        self._farewell = farewell

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        await self._farewell(FAREWELL_SECONDS)
        await super().shutdown(sockets)


def config_for(app: Callable[..., Awaitable[None]], **more: Any) -> uvicorn.Config:
    """How Atrium is served, wherever it is."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=Http,
        ws=WebSocket,
        ws_max_size=settings().max_body_kb * 1024,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        # Compression keeps 64 KiB for each connection, and most messages are short.
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        **more,
    )
