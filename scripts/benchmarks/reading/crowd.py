"""Clients side by side, each with one kept connection and requests of its own; whatever goes wrong is counted."""

import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from saas.cli.embedded.ports import LOOPBACK

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 30  # seconds without an answer to any of them


@dataclass(slots=True)
class Asker:
    """A client that sends a request when the one before is answered: milliseconds of each, and what went wrong."""

    port: int
    requests: Iterator[bytes]
    taken: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    is_asking: bool = False
    wire: socket.socket = field(init=False)
    _began: float = 0
    _received: bytes = b""

    def __post_init__(self) -> None:
        self._connect()

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.wire.close()

    def ask(self) -> None:
        """Send the next request, if there is one."""
        request = next(self.requests, None)
        if request is not None:
            self.is_asking, self._received, self._began = True, b"", time.perf_counter()
            self.wire.sendall(request)

    def listen(self) -> bool:
        """Take what has come; whether the answer is whole. A connection that broke is a fault, and made anew."""
        try:
            more = self.wire.recv(1 << 20)
        except OSError as error:
            return self._lost(str(error))
        if not more:
            return self._lost("the connection was closed")
        self._received = self._received + more if self._received else more
        end = self._received.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(self._received, 0, end) if end > 3 else None
        if length is None or len(self._received) < end + int(length[1]):
            return False
        self.taken.append((time.perf_counter() - self._began) * 1000)
        if not self._received.startswith(b"HTTP/1.1 200") or b'"errors":' in self._received:
            self.faults.append(self._received[:500].decode(errors="replace"))
        self.is_asking = False
        return True

    def _lost(self, why: str) -> bool:
        self.faults.append(why)
        self.is_asking = False
        self.wire.close()
        self._connect()
        return True

    def _connect(self) -> None:
        self.wire = socket.create_connection((LOOPBACK, self.port), _PATIENCE)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def converse(askers: Sequence[Asker], *, go_on: Callable[[Asker], bool] = lambda _: True) -> float:
    """All of them ask until they have nothing more to ask or are not to go on; seconds from first to last."""
    began = time.perf_counter()
    with selectors.EpollSelector() as selector:
        for each in askers:
            each.ask()
        for each in askers:
            selector.register(each.wire, selectors.EVENT_READ, each)
        while any(each.is_asking for each in askers):
            ready = selector.select(_PATIENCE)
            if not ready:
                raise RuntimeError(f"No answer within {_PATIENCE} s.")
            for key, _ in ready:
                asker: Asker = key.data
                if not asker.listen():
                    continue
                if key.fileobj is not asker.wire:
                    selector.unregister(key.fileobj)
                    selector.register(asker.wire, selectors.EVENT_READ, asker)
                if go_on(asker):
                    asker.ask()
    return time.perf_counter() - began
