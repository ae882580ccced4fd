"""A partner's server on this machine: keeps what it was sent, and answers what it is told to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

from tests.tenants.place import with_settings


@dataclass(frozen=True)
class Got:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.raw)
        return found


@dataclass(frozen=True)
class Says:
    """An answer."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Receiver:
    """`says` decides on each message; by default all is well."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.says: Callable[[Got], Says] = lambda _got: Says()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def ids(self) -> list[str]:
        return [each.id for each in self.got]

    def answers(self, *statuses: int) -> None:
        """These, one after the other, and from then on 204."""
        waiting = [*statuses]
        self.says = lambda _got: Says(waiting.pop(0) if waiting else 204)

    def clear(self) -> None:
        self.got.clear()
        self.says = lambda _got: Says()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805  # the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, raw)
                receiver.got.append(got)
                says = receiver.says(got)
                self.send_response(says.status)
                for name, value in {**says.headers, "content-length": str(len(says.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(says.body)

            def log_message(self, *_arguments: Any) -> None:
                """Quiet."""

        return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that may be written to although it is inside."""
    receiver = Receiver()
    with with_settings(SAAS_OUTSIDE_ALLOWED=f"127.0.0.1:{receiver.port}"):
        yield receiver
    receiver.close()
