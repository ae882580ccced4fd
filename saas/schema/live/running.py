"""One operation over a websocket: done as over HTTP and answered once, or followed until either side ends it."""

import asyncio
import time
from collections.abc import MutableMapping
from contextlib import aclosing
from typing import Any, Protocol

import orjson

from saas.kit import about, log, metrics, trace
from saas.kit.errors import AtriumError
from saas.schema import perform, told
from saas.schema.live import protocol
from saas.schema.live.follow import Asked, asked, follow
from saas.schema.once import key_in, once_of
from saas.schema.parameters import Parameters, from_message
from saas.schema.rates import Headers, spend
from saas.schema.threads import in_thread
from saas.tenants.sign_in import identify

DOOR = "graphql"
_LAST = b'{"errors":'  # how an answer without data begins, after which a subscription cannot go on


class Line(Protocol):
    """The connection, as an operation on it sees it."""

    async def send(self, message: str) -> None: ...

    def forget(self, operation: "Running") -> None: ...

    def ended(self, operation: "Running") -> None: ...


class Running:
    """An operation from `subscribe` to its end. Work that a thread has begun goes on, whether or not it is wanted."""

    def __init__(self, line: Line, id_: str, token: str, request_id: str, turn: asyncio.Semaphore) -> None:
        self.id = id_
        self.is_following, self._may_follow = False, True
        self._line, self._token, self._request_id, self._turn = line, token, request_id, turn
        self._is_wanted, self._is_in_thread = True, False
        self._task: asyncio.Task[None] | None = None

    def begin(self, payload: dict[str, Any]) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(payload), name=f"operation {self._request_id}")
        # Not at its end: one that is stopped before its first step has none.
        self._task.add_done_callback(lambda _: self._line.ended(self))

    def stop(self) -> None:
        """Nobody waits for it any more."""
        self._is_wanted = False
        if self._task is not None and not self._is_in_thread:
            self._task.cancel()

    def leave(self) -> None:
        """The server is about to end: what is being done is finished, nothing is followed any more."""
        self._may_follow = False
        if self.is_following:
            self.stop()

    async def _run(self, payload: dict[str, Any]) -> None:
        began, status = time.perf_counter(), 200
        facts = about.start(request_id=self._request_id, trace_id=trace.begin().trace_id)
        try:
            with trace.span("request", trace.Kind.SERVER, door=DOOR, request_id=self._request_id) as span:
                status = await self._perform(payload)
                span.note(**{name: facts[name] for name in ("tenant", "operation") if name in facts})
        finally:
            seconds = time.perf_counter() - began
            metrics.request_done(DOOR, facts.get("operation", ""), status, seconds)
            ms = round(seconds * 1000, 2)
            log.request_done(__name__, facts, method="WEBSOCKET", path="/graphql", status=status, ms=ms)

    async def _perform(self, payload: dict[str, Any]) -> int:
        """Answer; the status that HTTP would have."""
        try:
            parameters = from_message(payload)
            key = key_in(payload.get("extensions"))
            extra: Headers = []
            async with self._turn:
                soon = perform.soon(self._token, parameters, _never, extra)
                answer = None if soon is None else await soon
                done = await self._work(parameters, key, extra) if answer is None else None
            if isinstance(done, Asked):
                await self._follow(done)
            elif done is not None and "data" not in done:
                await self._error(done["errors"])
            else:
                await self._next(orjson.dumps(done) if answer is None else answer)
                await self._complete()
        except AtriumError as error:
            await self._error(told.refusal(error)["errors"])
            return error.status
        except Exception as error:  # noqa: BLE001  # the client gets GraphQL's form of an answer, whatever it is
            await self._error(told.bug(error)["errors"])
            return 500
        return 200

    async def _work(self, parameters: Parameters, key: bytes | None, extra: Headers) -> dict[str, Any] | Asked:
        self._is_in_thread = True
        try:
            return await in_thread(_done, self._token, parameters, key, extra)
        finally:
            self._is_in_thread = False

    async def _follow(self, what: Asked) -> None:
        if not self._is_wanted or not self._may_follow:
            return
        self.is_following = True
        async with aclosing(follow(what)) as answers:
            async for answer in answers:
                if answer.startswith(_LAST):
                    await self._error(orjson.loads(answer)["errors"])
                    return
                await self._next(answer)
        await self._complete()

    async def _next(self, answer: bytes) -> None:
        if self._is_wanted:
            await self._line.send(protocol.next_(self.id, answer))

    async def _complete(self) -> None:
        await self._last(protocol.complete(self.id))

    async def _error(self, errors: list[dict[str, Any]]) -> None:
        await self._last(protocol.error(self.id, errors))

    async def _last(self, message: str) -> None:
        if self._is_wanted:
            self._is_wanted = False
            self._line.forget(self)  # before it is sent: the client may use the id again at once
            await self._line.send(message)


def _done(token: str, parameters: Parameters, key: bytes | None, extra: Headers) -> dict[str, Any] | Asked:
    """The whole answer, or what is to be followed, in a thread of the pool."""
    caller = identify(token)
    about.note(tenant=caller.tenant.slug)
    try:
        work = perform.understood(caller, parameters, live=True)
    except perform.Misread as misread:
        return misread.answer
    if not extra:  # what began the short way is paid
        spend(caller, work.cost)
    if work.is_subscription:
        return asked(caller, work.prepared, work.operation, parameters.variables, perform.request_id())
    once = once_of(key, parameters) if work.is_mutation else None
    answer = perform.done(work, once)
    if once is not None and once.replayed and "data" in answer:
        answer["extensions"]["idempotencyReplayed"] = True
    return answer


async def _never() -> MutableMapping[str, Any]:
    """A client that leaves is noticed by its connection, which then stops the operation."""
    return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # it has no result
