"""A small server that keeps the spans it is sent, in the place of a collector."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Arrived:
    """A span as it arrived; ids in hexadecimal."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    links: tuple[str, ...]
    is_error: bool
    service: str


@dataclass
class Collector:
    """Its address, what arrived, and the headers of the last request."""

    url: str
    spans: list[Arrived]
    headers: dict[str, str]

    def of(self, trace_id: str) -> list[Arrived]:
        """The spans of a trace, in the order in which they ended."""
        return [each for each in self.spans if each.trace_id == trace_id]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Inside it listens."""
    found = Collector("", [], {})

    class Store(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server asks for
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                found.headers = {name.lower(): value for name, value in self.headers.items()}
                found.spans.extend(_read(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read(body: bytes) -> Iterator[Arrived]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    for resource in request.resource_spans:
        service = _attributes(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Arrived(
                    span.name,
                    span.kind,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    _attributes(span.attributes),
                    tuple(link.trace_id.hex() for link in span.links),
                    span.status.code == 2,
                    service,
                )


def _attributes(told: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in told}
