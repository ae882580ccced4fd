"""The only way by which an address is read that a tenant or partner gave us.

Such an address may be meant to make us read what only we can reach: our own servers, the metadata of the cloud, a
service on this machine. So the name is resolved once, every address behind it is looked at, and it is one of those that
is connected to, whatever the name server says a moment later. HTTPS only, no redirect is followed, no proxy of the
environment is asked, and time and size are limited. SAAS_OUTSIDE_ALLOWED lists the places of which none of this but
time and size is asked, such as a provider in one's own house.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpcore2
import httpx2

from saas.gateways.routable import is_routable
from saas.kit import trace
from saas.kit.errors import BadInput, Unavailable
from saas.kit.settings import settings

SECONDS = 8.0  # for the whole of it, after the name was resolved
MAX_KB = 256
_LONGEST = 2000
_PORTS = {"https": 443, "http": 80}
_LAST = {"connection": "close"}

Resolve = Callable[[str, int], list[str]]


class OutsideRefused(BadInput):
    """An address that we do not read; the reason tells what is wrong with it."""


class OutsideSilent(Unavailable):
    """Nobody answers there, or not as agreed: too late, too much, or no HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are in small letters; the body is as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be read: where it leads, and what is asked for there."""

    url: httpx2.URL
    host: str
    port: int
    is_allowed: bool


def outside_target(url: str) -> Target:
    """The address taken apart; OutsideRefused where its form alone forbids it. Nothing is resolved or read yet."""
    if len(url) > _LONGEST or not url.isascii() or any(ord(each) <= 0x20 or ord(each) == 0x7F for each in url):
        raise OutsideRefused("The address is too long, or holds characters that no address may hold.")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        raise OutsideRefused(f"{url!r} is no address.") from None
    if parsed.scheme not in _PORTS or not parsed.host:
        raise OutsideRefused(f"{url!r} is no address of HTTPS.", remedy="Write it as https://host/path.")
    if parsed.userinfo or "@" in parsed.netloc.decode("ascii", "replace"):
        raise OutsideRefused("The address holds a name or password before its host.", remedy="Leave them out.")
    host = parsed.raw_host.decode("ascii").rstrip(".").lower()
    port = parsed.port or _PORTS[parsed.scheme]
    is_allowed = f"{host}:{port}" in settings().outside_allowed.lower().split()
    if parsed.scheme != "https" and not is_allowed:
        raise OutsideRefused(f"{url!r} is not HTTPS.", remedy="Give its https:// address.")
    return Target(parsed, host, port, is_allowed)


def fetch(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
    max_kb: int = MAX_KB,
) -> Answer:
    """The answer to a GET, or to a POST of `form`. The caller says what status is good; a redirect never is.

    OutsideRefused for an address that we do not read, OutsideSilent where no usable answer came in time.
    """
    body = None if form is None else urlencode(form).encode()
    told = {**(headers or {}), **({} if body is None else {"content-type": "application/x-www-form-urlencoded"})}
    return send("GET" if body is None else "POST", url, body=body, headers=told, seconds=seconds, max_kb=max_kb)


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
    max_kb: int = MAX_KB,
    resolve: Resolve | None = None,
) -> Answer:
    """The same for any method and body; `resolve` names the addresses of a host in place of the machine's resolver."""
    with line_to(url, resolve=resolve) as line:
        return line.send(method, body=body, headers={**(headers or {}), **_LAST}, seconds=seconds, max_kb=max_kb)


@contextmanager
def line_to(url: str, *, resolve: Resolve | None = None) -> Iterator["Line"]:
    """A line to a place, for several requests in a row: looked at once, and kept to the addresses found then.

    OutsideRefused and OutsideSilent as for `fetch`.
    """
    target = outside_target(url)
    wire = _Wire(_checked(target, resolve or _resolved))
    with httpcore2.ConnectionPool(ssl_context=_trust(), network_backend=wire, max_connections=1) as pool:
        yield Line(target, wire, pool)


class Line:
    """An open line to one address; for one thread."""

    def __init__(self, target: Target, wire: "_Wire", pool: httpcore2.ConnectionPool) -> None:
        self._target, self._wire, self._pool = target, wire, pool

    def send(
        self,
        method: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
        max_kb: int = MAX_KB,
        is_cut: bool = False,
    ) -> Answer:
        """One request and its answer; of a longer answer the beginning where `is_cut`, and else OutsideSilent."""
        target, seconds = self._target, SECONDS if seconds is None else seconds
        self._wire.until = time.monotonic() + seconds
        told = {"host": target.url.netloc.decode("ascii"), "accept": "*/*", **(headers or {})}
        told |= {"user-agent": "Atrium", "accept-encoding": "identity"}
        if body is not None:
            told["content-length"] = str(len(body))
        url, patience = str(target.url), _patience(seconds)
        span = trace.span("outside call", trace.Kind.CLIENT, server__address=target.host, http__request__method=method)
        try:
            with (
                span as called,
                self._pool.stream(method, url, headers=_traced(told), content=body, extensions=patience) as answer,
            ):
                called.note(http__response__status_code=answer.status)
                return _read(answer, max_kb * 1024, is_cut=is_cut)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            raise _silent(target, "it took too long" if _is_late(error) else "no usable answer came") from error


def _traced(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Who is told of our trace is told of this very call; the caller decides who is told."""
    here = trace.traceparent() if "traceparent" in headers else None
    return [*(headers if here is None else {**headers, "traceparent": here}).items()]


def _read(answer: Any, most: int, *, is_cut: bool) -> Answer:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    if 300 <= answer.status < 400:
        raise OutsideRefused("The address leads on to another one.", remedy="Give the address that answers itself.")
    if headers.get("content-encoding", "identity") != "identity" and not is_cut:
        raise OutsideSilent("The answer is packed, which nobody asked for.")
    body = bytearray()
    for piece in answer.iter_stream():
        body += piece
        if len(body) > most and is_cut:
            break
        if len(body) > most:
            raise OutsideSilent(f"The answer is larger than {most // 1024} KiB.")
    return Answer(answer.status, headers, bytes(body[:most]))


def _checked(target: Target, resolve: Resolve) -> list[str]:
    """The addresses behind the name; one bad one among them is enough to refuse all."""
    addresses = resolve(target.host, target.port)
    if not addresses:
        raise OutsideSilent(f"There is no address behind the name {target.host}.", remedy="Check how it is spelt.")
    if not target.is_allowed and not all(map(is_routable, addresses)):
        raise OutsideRefused(
            f"{target.host} leads into a network that is not the internet.",
            remedy="The operator can allow it in SAAS_OUTSIDE_ALLOWED.",
        )
    return addresses


def _resolved(host: str, port: int) -> list[str]:
    """As the machine's resolver says."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates count: those that the machine trusts. Reading them takes more time than a whole sign-in."""
    return httpcore2.default_ssl_context()


class _Wire(httpcore2.NetworkBackend):
    """Connects to the addresses that were checked, whatever name is asked for, and keeps the end of all patience."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._own = httpcore2.SyncBackend()
        self.until = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first of them that takes one."""
        failed: Exception = httpcore2.ConnectError(host)
        for address in self._addresses:
            try:
                stream = self._own.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
                return _Timed(stream, self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        """Never."""
        raise httpcore2.ConnectError(path)

    def left(self, timeout: float | None) -> float:
        """The time that is left for a step of what is under way."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("too late")
        return left if timeout is None else min(left, timeout)


class _Timed(httpcore2.NetworkStream):
    """A connection of which every step ends when all of it must: one byte a second is no way around."""

    def __init__(self, stream: httpcore2.NetworkStream, wire: _Wire) -> None:
        self._stream = stream
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What came."""
        return self._stream.read(max_bytes, self._wire.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send it."""
        self._stream.write(buffer, self._wire.left(timeout))

    def close(self) -> None:
        """Leave it."""
        self._stream.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> "_Timed":
        """The same, encrypted; the certificate is that of the name, not of the address."""
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._wire.left(timeout)), self._wire)

    def get_extra_info(self, info: str) -> Any:
        """What the connection tells of itself."""
        return self._stream.get_extra_info(info)


def _patience(seconds: float) -> dict[str, Any]:
    return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}


def _is_late(error: Exception) -> bool:
    return isinstance(error, httpcore2.TimeoutException)


def _silent(target: Target, why: str) -> OutsideSilent:
    return OutsideSilent(f"{target.host} does not answer: {why}.", remedy="Check the address, or try again later.")
