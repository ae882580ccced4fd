"""A client of graphql-transport-ws that says whatever a test wants said, against a real server."""

import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.world import Person

PROTOCOL = "graphql-transport-ws"
PATIENCE = 30.0  # seconds after which a test has waited in vain
_ids = itertools.count(1)


@contextmanager
def opened(url: str, *protocols: str, path: str = "/graphql", **headers: str) -> "Iterator[Wire]":
    """A connection on which nothing was said yet."""
    named = [Subprotocol(each) for each in protocols or (PROTOCOL,)]
    address = url.replace("http", "ws", 1) + path
    with connect(
        address, subprotocols=named, additional_headers=headers, compression=None, proxy=None, max_size=None
    ) as line:
        yield Wire(line)


@contextmanager
def greeted(url: str, person: Person, path: str = "/graphql") -> "Iterator[Wire]":
    """A connection of this person."""
    with opened(url, path=path) as wire:
        wire.say(type="connection_init", payload={"authorization": f"Bearer {person.token}"})
        assert wire.hear() == {"type": "connection_ack"}
        yield wire


@dataclass
class Wire:
    """`with greeted(url, person) as wire: wire.answer("{ viewer { name } }")`."""

    line: ClientConnection

    def say(self, **message: Any) -> None:
        self.line.send(json.dumps(message))

    def hear(self) -> dict[str, Any]:
        """The next message."""
        told: dict[str, Any] = json.loads(self.line.recv(PATIENCE))
        return told

    def subscribe(self, query: str, *, id: str | None = None, **payload: Any) -> str:
        """Begin an operation; its id."""
        id_ = id or f"op{next(_ids)}"
        self.say(type="subscribe", id=id_, payload={"query": query, **payload})
        return id_

    def answer(self, query: str, **payload: Any) -> dict[str, Any]:
        """The one answer to a query or mutation; the errors where it was refused."""
        id_ = self.subscribe(query, **payload)
        told = self.hear()
        assert told["id"] == id_
        if told["type"] == "error":
            return {"errors": told["payload"]}
        assert told["type"] == "next"
        assert self.hear() == {"id": id_, "type": "complete"}
        answer: dict[str, Any] = told["payload"]
        return answer

    def closed(self) -> tuple[int, str]:
        """With what the server closes; fails if it says anything before."""
        try:
            said = self.line.recv(PATIENCE)
        except ConnectionClosed as end:
            return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")
        raise AssertionError(f"it was not closed, but said {said!r}")

    def is_open(self) -> bool:
        """Whether it still answers."""
        self.say(type="ping", payload={"n": next(_ids)})
        return bool(self.hear()["type"] == "pong")


def bare(url: str) -> socket.socket:
    """A connection on which only the handshake was made, byte by byte: it answers nothing by itself."""
    host, port = url.removeprefix("http://").split(":")
    made = socket.create_connection((host, int(port)), timeout=PATIENCE)
    lines = [
        "GET /graphql HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Sec-WebSocket-Protocol: {PROTOCOL}",
    ]
    made.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += made.recv(1)
    assert head.startswith(b"HTTP/1.1 101")
    return made


def frame(opcode: int, body: bytes = b"") -> bytes:
    """A frame of a client with the mask 0; up to 125 bytes."""
    return bytes([0x80 | opcode, 0x80 | len(body), 0, 0, 0, 0]) + body


def text(message: dict[str, Any]) -> bytes:
    """A message of up to 64 KiB as a frame."""
    body = json.dumps(message).encode()
    return bytes([0x81, 0x80 | 126, *len(body).to_bytes(2, "big"), 0, 0, 0, 0]) + body
