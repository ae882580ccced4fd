"""Who is called and told by webhooks: counts what comes, and is not always well."""

import json
import random
import threading
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CALLS, HOOKS = 20, 60  # one in so many fails; a webhook that fails is retried after seconds, and holds up the others
MOST_FAILURES = 2  # of one webhook: the next try after them is due in half a minute, and after a third one in two


class Receiver:
    """An HTTP server on the loopback; what it heard, in the order in which it heard it.

    calls  by idempotency key what was told with it
    hooks  by webhook-id the bodies that came under it
    """

    def __init__(self, seed: int) -> None:
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.hooks: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.order: list[str] = []
        self._chance = random.Random(seed)
        self._failed = Counter[str]()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver._hear(self.path, dict(self.headers), body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Not on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _hear(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """The status to answer; sometimes it fails after it has heard, as receivers do."""
        lower = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            if path == "/call":
                self.calls[lower["idempotency-key"]].add(body.decode())
                return 200 if self._chance.randrange(CALLS) else 500
            id_ = lower["webhook-id"]
            if id_ not in self.hooks:
                self.order.append(id_)
            self.hooks[id_].append(json.loads(body))
            if self._chance.randrange(HOOKS) or self._failed[id_] == MOST_FAILURES:
                return 200
            self._failed[id_] += 1
            return 500
