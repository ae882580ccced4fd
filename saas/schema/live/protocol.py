"""The messages of graphql-transport-ws, and the codes with which a connection is closed.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from dataclasses import dataclass
from typing import Any

import orjson
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL as PROTOCOL

from saas.kit.errors import AtriumError

__all__ = ["PROTOCOL", "Close", "Complete", "Init", "Ping", "Pong", "Refused", "Subscribe", "closed_for", "message_in"]

LONGEST_ID = 200
_LONGEST_REASON = 123  # bytes, RFC 6455


@dataclass(frozen=True, slots=True)
class Close:
    """How a connection ends; the codes from 4400 on are those of the protocol, the others of RFC 6455."""

    code: int
    reason: str

    def as_event(self) -> dict[str, Any]:
        """The ASGI event; a long reason is cut."""
        reason = self.reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        return {"type": "websocket.close", "code": self.code, "reason": reason}


BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, OTHER_PROTOCOL = 4400, 4401, 4403, 4406
INIT_TIMEOUT, DUPLICATE_ID, SECOND_INIT = 4408, 4409, 4429
RESTART, TRY_LATER = 1012, 1013


class Refused(Exception):
    """A message after which the connection cannot go on."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.close = Close(code, reason)


@dataclass(frozen=True, slots=True)
class Init:
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """Asks for nothing."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Begin an operation; `payload` is what a POST would carry as its body."""

    id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Complete:
    """The client wants no more of this operation."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def message_in(text: str | None) -> Message:
    """The message that a client sent; Refused where it is none."""
    if text is None:
        raise Refused(BAD_REQUEST, "Messages are JSON as text, not binary.")
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused(BAD_REQUEST, "The message is no JSON.") from None
    if not isinstance(given, dict):
        raise Refused(BAD_REQUEST, "A message is a JSON object.")
    kind, payload = given.get("type"), given.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Refused(BAD_REQUEST, "payload must be an object.")
    match kind:
        case "connection_init":
            return Init(payload or {})
        case "ping":
            return Ping(payload)
        case "pong":
            return Pong()
        case "subscribe":
            if payload is None:
                raise Refused(BAD_REQUEST, "payload is missing.")
            return Subscribe(_id(given), payload)
        case "complete":
            return Complete(_id(given))
    raise Refused(BAD_REQUEST, "type must be connection_init, ping, pong, subscribe or complete.")


def _id(given: dict[str, Any]) -> str:
    found = given.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID:
        raise Refused(BAD_REQUEST, f"id must be a string of 1 to {LONGEST_ID} characters.")
    return found


def ack() -> str:
    return '{"type":"connection_ack"}'


def pong(payload: dict[str, Any] | None) -> str:
    return _text({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


def next_(id_: str, answer: bytes) -> str:
    """One whole GraphQL answer, which is JSON already."""
    return _text({"id": id_, "type": "next", "payload": orjson.Fragment(answer)})


def error(id_: str, errors: list[dict[str, Any]]) -> str:
    """The operation ends with these."""
    return _text({"id": id_, "type": "error", "payload": errors})


def complete(id_: str) -> str:
    return _text({"id": id_, "type": "complete"})


def _text(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()


def closed_for(given: AtriumError) -> Close:
    """How a connection ends for which this is the reason: for good, until a new token, or to be tried again later."""
    if given.status == 401:
        return Close(FORBIDDEN, str(given))
    if given.status in (429, 503):
        return Close(TRY_LATER, str(given))
    return Close(BAD_REQUEST, str(given))
