"""An answer in one write has the head that the same answer has in two, and its connection goes on or ends likewise."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from saas.cli import server
from saas.kit import one_write
from tests.served import serving
from tests.world import World

QUERY = "{ viewer { name } }"
SAM = b'{"data":{"viewer":{"name":"sam"}},"extensions":{"cost":{"records":0,"maxRecords":50000,"fields":2,"depth":2}}}'


@pytest.fixture(params=[True, False], ids=["one write", "two writes"])
def offered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the server offers it."""
    if not request.param:
        monkeypatch.setattr(one_write, "is_offered", lambda _scope: False)
    return bool(request.param)


def asking(person: Any, *, more: str = "") -> bytes:
    body = json.dumps({"query": QUERY}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: atrium.test\r\nauthorization: Bearer {person.token}\r\n"
        f"accept: application/json\r\ncontent-type: application/json\r\nx-request-id: mine\r\n{more}"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def line_to(url: str) -> Iterator[socket.socket]:
    place = urlsplit(url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as line:
        yield line


def heard(line: socket.socket, answers: int) -> bytes:
    """Until so many answers are whole, or the server has closed."""
    told = b""
    while told.count(SAM) < answers and (more := line.recv(65536)):
        told += more
    return told


HEAD = (
    rb"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\nvary: Accept\r\ncontent-length: %d\r\n"
    rb'ratelimit-policy: "person";q=\d+;w=60, "tenant";q=\d+;w=60\r\n'
    rb'ratelimit: "person";r=\d+;t=\d+, "tenant";r=\d+;t=\d+\r\n'
    rb"x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\ncache-control: no-store\r\n"
    rb"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\nx-request-id: mine\r\n" % len(SAM)
)
WHOLE = HEAD + rb"\r\n" + re.escape(SAM)


def test_the_whole_answer_byte_by_byte(world: World, url: str, offered: bool) -> None:
    """The long way first, then the short one, and two that are sent at once: all on one connection."""
    with line_to(url) as line:
        for _ in range(2):
            line.sendall(asking(world.garage.sam))
            assert re.fullmatch(WHOLE, heard(line, 1))
        line.sendall(asking(world.garage.sam) * 2)
        assert re.fullmatch(WHOLE * 2, heard(line, 2))


def test_who_wants_the_connection_closed_has_it_closed(world: World, url: str, offered: bool) -> None:
    with line_to(url) as line:
        line.sendall(asking(world.garage.sam, more="connection: close\r\n"))
        told = heard(line, 1)
        assert re.fullmatch(HEAD + rb"connection: close\r\n\r\n" + re.escape(SAM), told)
        assert line.recv(1) == b""


def test_over_https_it_says_so_too(world: World, offered: bool) -> None:
    """The header of HTTPS stands where it stands in two writes."""
    body = {"json": {"query": QUERY}, "headers": {"authorization": f"Bearer {world.garage.sam.token}"}}
    with serving(public="https://crm.example") as url, httpx2.Client() as client:
        answer = client.post(f"{url}/graphql", **body)  # type: ignore[arg-type]  # of two kinds
    assert (answer.status_code, answer.headers["strict-transport-security"]) == (200, "max-age=31536000")


def test_it_is_offered_and_taken(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []
    real = server._in_one_write

    async def noted(cycle: Any, head: bytes, body: bytes) -> None:
        taken.append(body)
        await real(cycle, head, body)

    monkeypatch.setattr(server, "_in_one_write", noted)
    with line_to(url) as line:
        line.sendall(asking(world.garage.sam) * 2)
        heard(line, 2)
    assert taken == [SAM, SAM]


def test_who_has_left_hears_nothing_and_breaks_nothing(world: World, url: str) -> None:
    with line_to(url) as line:
        line.sendall(asking(world.garage.sam) * 20)
    with line_to(url) as line:
        line.sendall(asking(world.garage.sam))
        assert re.fullmatch(WHOLE, heard(line, 1))
