"""Messages on their way: signed with the moment of the try, one after the other, over one line to the receiver."""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from saas.gateways.outside import Answer, Line, OutsideRefused, OutsideSilent, line_to
from saas.kit import trace
from saas.kit.clock import now
from saas.kit.log import logger
from saas.modules.webhooks.outcomes import Tried, retry_after
from saas.modules.webhooks.signing import signed_headers

log = logger(__name__)
SECONDS = 15.0  # for one message
_ROUND = 5.0  # seconds after which no further message is begun
_KB = 2  # of the answer


@dataclass(frozen=True, slots=True)
class Origin:
    """The place in a trace where something was changed, and when."""

    traceparent: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One body, with the deliveries that it holds, the requests that caused them, and the trace that it goes on."""

    id: str
    body: bytes
    delivery_ids: tuple[UUID, ...]
    request_ids: tuple[str, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """Messages to one address, in their order; `keys` sign them, `headers` are the endpoint's own.

    seconds  within which each must be answered; None: as usual
    """

    url: str
    messages: tuple[Message, ...]
    keys: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float | None = None


def send_round(work: Round) -> list[Tried]:
    """Send them until one fails or the time is over; what was not tried is left for the next round."""
    if not work.messages:
        return []
    begun, told = time.monotonic(), list[Tried]()
    try:
        with line_to(work.url) as line:
            for message in work.messages:
                with _going_on(message):
                    tried = _sent(line, work, message)
                    _note(message, tried)
                told.append(tried)
                if not tried.is_good or time.monotonic() - begun > _ROUND:
                    break
    except (OutsideRefused, OutsideSilent) as error:  # no line: of the first message alone
        told.append(_failed(work.messages[0], begun, str(error)))
        with _going_on(work.messages[0]):
            _note(work.messages[0], told[0])
    return told


def _going_on(message: Message) -> AbstractContextManager[None]:
    """Inside is the trace of the request that caused it; without one that of the job."""
    if message.origin is None:
        return nullcontext()
    return trace.continued(message.origin.traceparent, since=(now() - message.origin.at).total_seconds())


def _note(message: Message, tried: Tried) -> None:
    """In the log it stands beside the requests that it tells of."""
    caused_by = " ".join(message.request_ids)
    log.info("webhook tried", message=message.id, status=tried.status, ms=tried.ms, caused_by=caused_by)


def _sent(line: Line, work: Round, message: Message) -> Tried:
    begun, at = time.monotonic(), now()
    signed = signed_headers(message.id, at, message.body, work.keys)
    headers = {**dict(work.headers), "content-type": "application/json", **signed, **_traced()}
    seconds = SECONDS if work.seconds is None else work.seconds
    try:
        answer = line.send("POST", body=message.body, headers=headers, seconds=seconds, max_kb=_KB, is_cut=True)
    except (OutsideRefused, OutsideSilent) as error:
        return _failed(message, begun, str(error))
    wait = retry_after(answer.headers.get("retry-after"), at)
    ms = int((time.monotonic() - begun) * 1000)
    return Tried(message.delivery_ids, at, ms, answer.status, _text(answer), wait=wait)


def _traced() -> dict[str, str]:
    """So that the receiver's own trace can go on ours."""
    here = trace.traceparent()
    return {} if here is None else {"traceparent": here}


def _failed(message: Message, begun: float, error: str) -> Tried:
    return Tried(message.delivery_ids, now(), int((time.monotonic() - begun) * 1000), error=error)


def _text(answer: Answer) -> str:
    """As it may be shown and kept: Postgres holds no NUL."""
    return answer.body.decode("utf-8", "replace").replace("\x00", "�")
