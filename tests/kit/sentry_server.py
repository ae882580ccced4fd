"""A small server that keeps what it is sent, in the place of Sentry."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Sent = list[dict[str, Any]]


@contextmanager
def sentry_server() -> Iterator[tuple[str, Sent]]:
    """Inside it listens: its DSN, and the events that arrived, in order."""
    arrived: Sent = []

    class Store(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server asks for
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            arrived.extend(json.loads(line) for line in body.splitlines() if b'"level"' in line)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://key@127.0.0.1:{server.server_port}/1", arrived
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
