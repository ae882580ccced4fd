"""GraphQL over server-sent events, in "distinct connections mode": one request, one stream of answers.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import aclosing
from typing import Any

import orjson

from saas.kit import metrics_live
from saas.kit.errors import AtriumError
from saas.schema import told
from saas.schema.live.follow import Asked, follow
from saas.schema.live.places import places
from saas.schema.live.vigil import vigil
from saas.schema.parameters import EVENT_STREAM

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

KEEP_ALIVE = 15.0  # seconds between two comments, so that no proxy takes the stream for dead
_SOONEST, _LATEST = 1_000, 4_000  # milliseconds after which a browser asks again: not all at the same moment
_HEADERS = [
    (b"content-type", f"{EVENT_STREAM}; charset=utf-8".encode()),
    (b"vary", b"Accept"),
    (b"cache-control", b"no-store, no-transform"),  # nobody compresses it on the way, and so waits for more
    (b"x-accel-buffering", b"no"),  # the same said to nginx and those who follow it
]
_COMMENT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


async def single(send: Send, answer: bytes, extra: Headers) -> None:
    """The stream of an operation that has one answer."""
    await send(_start(extra))
    await send({"type": "http.response.body", "body": _next(answer) + _COMPLETE})


async def stream(asked: Asked, receive: Receive, send: Send, extra: Headers) -> None:
    """All that a subscription tells, until either side ends it; AtriumError where there is no place for it."""
    made = _Stream(send)
    with places().place(made.leave) as place:
        place.enter()
        place.settle(asked.caller)
        with vigil().over(asked.caller, made.object_to), metrics_live.connection("sse"):
            await send(_start(extra))
            await made.run(asked, receive)


class _Stream:
    """One stream on its way; whatever ends it says so by `_end`, with the last words."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._last: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()

    async def run(self, asked: Asked, receive: Receive) -> None:
        work = (self._tell(asked), self._keep_alive(), self._listen(receive))
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            last = await self._last
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if last is not None:
            await self._body(last, more=False)

    def leave(self) -> None:
        """The server is about to end. Without the last event the client knows that there is more, and asks again."""
        self._end(b"")

    def object_to(self, error: AtriumError) -> None:
        """The caller may not stay; of an outage the client is told nothing, so that it asks again."""
        self._end(b"" if error.status >= 500 else _next(orjson.dumps(told.refusal(error))) + _COMPLETE)

    async def _tell(self, asked: Asked) -> None:
        try:
            await self._body(b"retry: %d\n\n" % random.randint(_SOONEST, _LATEST))
            async with aclosing(follow(asked)) as answers:
                async for answer in answers:
                    metrics_live.message("sse", "out")
                    await self._body(_next(answer, _cursor(answer)))
        except AtriumError as error:
            self.object_to(error)
        except Exception as error:  # noqa: BLE001  # the client gets GraphQL's form of an answer, whatever it is
            self._end(_next(orjson.dumps(told.bug(error))) + _COMPLETE)
        else:
            self._end(_COMPLETE)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE)
            await self._body(_COMMENT)

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._end(None)

    def _end(self, last: bytes | None) -> None:
        if not self._last.done():
            self._last.set_result(last)

    async def _body(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


def _start(extra: Headers) -> dict[str, Any]:
    return {"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *extra]}


def _next(answer: bytes, cursor: str | None = None) -> bytes:
    """The event of an answer, which is JSON without line breaks."""
    at = b"" if cursor is None else b"id: %s\n" % cursor.encode()
    return b"event: next\n%sdata: %s\n\n" % (at, answer)


def _cursor(answer: bytes) -> str | None:
    """Where to go on after this answer, if it was asked for."""
    if b'"cursor":' not in answer:
        return None
    for event in (orjson.loads(answer).get("data") or {}).values():
        cursor = event.get("cursor") if isinstance(event, dict) else None
        if isinstance(cursor, str):
            return cursor
    return None
