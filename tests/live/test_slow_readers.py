"""A client that reads slowly gets all of it; one that stops, or takes a trickle without end, is cut off."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from saas.cli import server
from saas.cli.server import Server, config_for
from tests.tenants.place import until

MIB = 1 << 20
LENGTH = 24 * MIB  # far more than the kernel takes off our hands


async def large(_scope: Any, _receive: Any, send: Any) -> None:
    """An application that answers much in one piece."""
    headers = [(b"content-length", str(LENGTH).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(LENGTH)})


async def nobody(_seconds: float) -> None:
    """There is nothing to end."""


@contextmanager
def asked() -> Iterator[tuple[socket.socket, Server]]:
    """A connection on which the answer has been asked for, and the server."""
    listener = socket.create_server(("127.0.0.1", 0))
    serving = Server(config_for(large, lifespan="off", timeout_graceful_shutdown=1), nobody)
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: serving.started, "it serves")
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            line.settimeout(20)
            line.connect(listener.getsockname())
            line.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            yield line, serving
    finally:
        serving.should_exit = True
        thread.join(20)
        listener.close()


def read(line: socket.socket, per_second: int, seconds: float = 60) -> int:
    """How many bytes came, at this pace, until nothing did any more or the time was over."""
    began, got = time.monotonic(), 0
    try:
        while (passed := time.monotonic() - began) < seconds:
            if got > passed * per_second:
                time.sleep(0.01)
                continue
            piece = line.recv(64 * 1024)
            if not piece:
                break
            got += len(piece)
    except ConnectionResetError:
        pass
    return got


def test_who_reads_slowly_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 1.0)
    with asked() as (line, _):
        began = time.monotonic()
        assert read(line, 8 * MIB) > LENGTH
        assert time.monotonic() - began > 2  # twice what a client has who takes nothing


def test_who_stops_reading_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.5)
    with asked() as (line, serving):
        read(line, 8 * MIB, 0.3)
        until(lambda: not serving.server_state.connections, "it is cut off")
        assert read(line, 1000 * MIB) < LENGTH


def test_not_even_who_reads_steadily_may_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.5)
    monkeypatch.setattr(server, "LONGEST_PATIENCE", 0.9)
    with asked() as (line, _):
        assert read(line, 8 * MIB) < LENGTH
