"""An address that a stranger gave is read only where it leads into the internet, no longer and no more than agreed."""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saas.gateways import outside
from saas.gateways.outside import OutsideRefused, OutsideSilent, fetch, send
from saas.kit import trace
from tests.gateways.certificates import certificate_of
from tests.tenants.place import with_settings

Talk = Callable[[socket.socket], None]


class Server:
    """A server on this machine that says what it is told to, and counts who came."""

    def __init__(self) -> None:
        self.talk: Talk = said(b"ok")
        self.wrap: Callable[[socket.socket], socket.socket] = lambda client: client
        self.heard: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self.wrap(client) as talking:
                self.heard.append(_request(talking))
                self.talk(talking)

    def close(self) -> None:
        # A thread that waits in accept is woken by nothing else.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def _request(client: socket.socket) -> bytes:
    heard = b""
    while more := client.recv(65536):
        heard += more
        head, end, body = heard.partition(b"\r\n\r\n")
        announced = re.search(rb"content-length: (\d+)", head.lower())
        if end and len(body) >= (int(announced[1]) if announced else 0):
            break
    return heard


def said(body: bytes, status: str = "200 OK", *headers: str) -> Talk:
    lines = "".join(f"{each}\r\n" for each in headers)

    def talk(client: socket.socket) -> None:
        client.sendall(f"HTTP/1.1 {status}\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return talk


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    with with_settings(SAAS_OUTSIDE_ALLOWED=f"127.0.0.1:{server.port} inside.test:{server.port}"):
        yield server
    server.close()


def url(server: Server, host: str = "127.0.0.1", scheme: str = "http") -> str:
    return f"{scheme}://{host}:{server.port}/keys"


def test_a_place_on_the_list_is_read(server: Server) -> None:
    answer = fetch(url(server), headers={"accept": "application/json"})
    assert (answer.status, answer.body) == (200, b"ok")
    (heard,) = server.heard
    assert heard.startswith(b"GET /keys HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{server.port}\r\n".encode() in heard.lower()
    assert heard.lower().count(b"accept: application/json") == 1


def test_who_is_told_of_our_trace_is_told_of_this_call_and_nobody_else_is(server: Server) -> None:
    with trace.continued(f"00-{'a' * 32}-{'b' * 16}-00"):
        fetch(url(server), headers={"traceparent": "anything"})
        fetch(url(server))
    told, untold = server.heard
    assert f"traceparent: 00-{'a' * 32}-{'b' * 16}-00\r\n".encode() in told.lower()
    assert b"traceparent" not in untold.lower()


def test_a_form_is_posted(server: Server) -> None:
    fetch(url(server), form={"code": "a b&c"})
    assert server.heard[0].startswith(b"POST /keys")
    assert server.heard[0].endswith(b"\r\n\r\ncode=a+b%26c")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104  # nothing is bound
        "224.0.0.1",
        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "fd00::1", "fe80::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(server: Server, address: str) -> None:
    with pytest.raises(OutsideRefused, match="not the internet"):
        send("GET", url(server, "evil.test", "https"), resolve=lambda *_: [address])
    assert server.heard == []


def test_one_bad_address_among_good_ones_is_enough(server: Server) -> None:
    with pytest.raises(OutsideRefused):
        send("GET", url(server, "evil.test", "https"), resolve=lambda *_: ["8.8.8.8", "127.0.0.1"])
    assert server.heard == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0x7f.1", "2130706433"])
def test_numbers_instead_of_a_name_are_no_way_around(server: Server, host: str) -> None:
    with with_settings(SAAS_OUTSIDE_ALLOWED=""), pytest.raises((OutsideRefused, OutsideSilent)):
        fetch(url(server, host, "https"))
    assert server.heard == []


def test_the_address_that_was_checked_is_the_one_connected_to(server: Server) -> None:
    """The name server says something else the second time (rebinding); it is not even asked."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return answers.pop(0)

    answer = send("GET", url(server, "inside.test"), resolve=resolve)
    assert answer.body == b"ok"
    assert asked == [("inside.test", server.port)]
    assert f"host: inside.test:{server.port}".encode() in server.heard[0].lower()


def test_an_allowed_host_is_allowed_at_its_port_only(server: Server) -> None:
    with with_settings(SAAS_OUTSIDE_ALLOWED="127.0.0.1:1"), pytest.raises(OutsideRefused):
        fetch(url(server, scheme="https"), seconds=1)
    assert server.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "example.com", "",
        "https://", "https://a:b@example.com/", "https://a@example.com/", "https://exa mple.com/",
        "https://example.com/\r\nx: y", "https://" + "a" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_plain_address_of_https_is_refused(address: str) -> None:
    def resolve(host: str, _port: int) -> list[str]:
        raise AssertionError(f"{host} is not even to be resolved")

    with pytest.raises(OutsideRefused):
        send("GET", address, resolve=resolve)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_is_not_followed(server: Server, status: str) -> None:
    server.talk = said(b"", status, f"Location: {url(server)}")
    with pytest.raises(OutsideRefused, match="leads on"):
        fetch(url(server))
    assert len(server.heard) == 1


def test_a_proxy_of_the_environment_is_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(url(server)).body == b"ok"


def test_too_much_is_not_read(server: Server) -> None:
    server.talk = said(b"x" * 20_000)
    with pytest.raises(OutsideSilent, match="larger than 10 KiB"):
        fetch(url(server), max_kb=10)
    server.talk = said(b"x" * 10_240)
    assert len(fetch(url(server), max_kb=10).body) == 10_240


def test_without_end_is_too_much_as_well(server: Server) -> None:
    def endless(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            client.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")

    server.talk = endless
    with pytest.raises(OutsideSilent, match="larger than"):
        fetch(url(server), max_kb=10)


def test_what_is_packed_is_not_unpacked(server: Server) -> None:
    server.talk = said(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip")
    with pytest.raises(OutsideSilent, match="packed"):
        fetch(url(server))


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"])
def test_one_byte_at_a_time_ends_when_all_must(server: Server, begin: bytes) -> None:
    def dripping(client: socket.socket) -> None:
        client.sendall(begin)
        for _ in range(100):
            time.sleep(0.1)
            client.sendall(b"H")

    server.talk = dripping
    began = time.monotonic()
    with pytest.raises(OutsideSilent):
        fetch(url(server), seconds=0.5)
    assert time.monotonic() - began < 2


def test_a_closed_door_and_an_unknown_name_are_told(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    with with_settings(SAAS_OUTSIDE_ALLOWED=f"127.0.0.1:{port}"), pytest.raises(OutsideSilent, match="does not answer"):
        fetch(f"http://127.0.0.1:{port}/")
    with pytest.raises(OutsideSilent, match="no address behind"):
        send("GET", "https://nowhere.test/", resolve=lambda *_: [])


def test_plain_http_behind_https_is_no_answer(server: Server) -> None:
    with pytest.raises(OutsideSilent, match="does not answer"):
        fetch(url(server, scheme="https"), seconds=1)


def test_the_certificate_is_that_of_the_name_though_an_address_is_connected_to(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate_of("inside.test", tmp_path)
    mine = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mine.load_cert_chain(file)
    server.wrap = lambda client: mine.wrap_socket(client, server_side=True)
    theirs = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(outside, "_trust", lambda: theirs)
    assert send("GET", url(server, "inside.test", "https"), resolve=lambda *_: ["127.0.0.1"]).body == b"ok"
    with with_settings(SAAS_OUTSIDE_ALLOWED=f"other.test:{server.port}"), pytest.raises(OutsideSilent):
        send("GET", url(server, "other.test", "https"), resolve=lambda *_: ["127.0.0.1"], seconds=2)
    monkeypatch.undo()
    with with_settings(SAAS_OUTSIDE_ALLOWED=f"inside.test:{server.port}"), pytest.raises(OutsideSilent):
        send("GET", url(server, "inside.test", "https"), resolve=lambda *_: ["127.0.0.1"], seconds=2)
    assert len(server.heard) == 1
