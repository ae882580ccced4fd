"""Figures of live connections: websockets and event streams."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge

_OPEN = Gauge("atrium_live_connections", "Live connections that are open.", ["transport"], multiprocess_mode="livesum")
_MESSAGES = Counter("atrium_live_messages", "Messages over live connections.", ["transport", "direction"])
_CLOSED = Counter("atrium_live_closed", "Live connections that ended, by the code of RFC 6455.", ["transport", "code"])


@contextmanager
def connection(transport: str) -> Iterator[None]:
    """A live connection, `websocket` or `sse`, for as long as it lasts."""
    _OPEN.labels(transport).inc()
    try:
        yield
    finally:
        _OPEN.labels(transport).dec()


def closed(transport: str, code: int) -> None:
    """Count how a connection ended."""
    _CLOSED.labels(transport, str(code)).inc()


def message(transport: str, direction: str) -> None:
    """Count a message, `in` or `out`."""
    _MESSAGES.labels(transport, direction).inc()
