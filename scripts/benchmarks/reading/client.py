"""The load: requests made beforehand, over sockets that are kept, so light that it is not what is measured."""

import json
import re
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Load:
    """How long requests took: milliseconds of each, sorted, and seconds of all."""

    sorted_ms: list[float]
    seconds: float

    @property
    def count(self) -> int:
        return len(self.sorted_ms)

    @property
    def rps(self) -> float:
        return self.count / self.seconds

    def at(self, share: float) -> float:
        """The time within which so large a share of them was answered."""
        return self.sorted_ms[min(self.count - 1, int(share * self.count))]


def request(path: str, body: object, token: str = "") -> bytes:
    """A POST as it goes over the wire."""
    content = json.dumps(body).encode()
    signed_in = f"authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\n{signed_in}accept: application/graphql-response+json\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@dataclass(slots=True)
class _Connection:
    """One kept connection: at most one request is under way on it."""

    port: int
    began: float = 0
    received: bytes = b""
    wire: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.wire = socket.create_connection(("127.0.0.1", self.port), _TIMEOUT)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, what: bytes) -> None:
        self.received, self.began = b"", time.perf_counter()
        self.wire.sendall(what)

    def receive(self) -> bytes | None:
        """The body of the answer once it is whole."""
        more = self.wire.recv(1 << 20)
        if not more:
            raise RuntimeError("The server closed the connection.")
        self.received = self.received + more if self.received else more
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = _LENGTH.search(self.received, 0, end)
        if not self.received.startswith(b"HTTP/1.1 200") or length is None:
            raise RuntimeError(f"The server answered {self.received[:20]!r} with {self.received[end + 4 :][:1000]!r}.")
        return self.received[end + 4 :] if len(self.received) >= end + 4 + int(length[1]) else None


def ask(port: int, what: bytes) -> dict[str, Any]:
    """The answer to one request, as JSON."""
    connection = _Connection(port)
    try:
        connection.send(what)
        while (body := connection.receive()) is None:
            pass
    finally:
        connection.wire.close()
    answer: dict[str, Any] = json.loads(body)
    return answer


class Client:
    """So many connections to one server, kept between rounds; the requests go out in turn."""

    def __init__(self, port: int, requests: Sequence[bytes], concurrency: int) -> None:
        self._requests, self._next = requests, 0
        self._connections = [_Connection(port) for _ in range(concurrency)]

    def close(self) -> None:
        for connection in self._connections:
            connection.wire.close()

    def fire(self, count: int, *, at_most: float = float("inf")) -> Load:
        """Send so many requests, or as many as are begun within so many seconds."""
        began = time.perf_counter()
        taken = self._one_by_one(count, began + at_most)
        return Load(sorted(taken), time.perf_counter() - began)

    def _one_by_one(self, count: int, until: float) -> list[float]:
        if len(self._connections) > 1:
            return self._side_by_side(count, until)
        (connection,) = self._connections
        taken: list[float] = []
        while len(taken) < count and time.perf_counter() < until:
            connection.send(self._turn())
            while connection.receive() is None:
                pass
            taken.append((time.perf_counter() - connection.began) * 1000)
        return taken

    def _side_by_side(self, count: int, until: float) -> list[float]:
        taken: list[float] = []
        left = count
        with selectors.EpollSelector() as selector:
            for connection in self._connections[:count]:
                selector.register(connection.wire, selectors.EVENT_READ, connection)
                connection.send(self._turn())
                left -= 1
            under_way = count - left
            while under_way:
                for key, _ in selector.select():
                    connection = key.data
                    if connection.receive() is None:
                        continue
                    now = time.perf_counter()
                    taken.append((now - connection.began) * 1000)
                    if left > 0 and now < until:
                        connection.send(self._turn())
                        left -= 1
                    else:
                        under_way -= 1
        return taken

    def _turn(self) -> bytes:
        self._next = (self._next + 1) % len(self._requests)
        return self._requests[self._next]
