"""The addresses to which answers of a sign-in may go: what an app may register, and what counts as registered.

Only the very address counts. The one exception is the port of a loopback address, which a program on somebody's own
machine learns when it starts (RFC 8252, section 7.3).
"""

import re
from urllib.parse import SplitResult, urlsplit

from saas.kit.errors import BadInput

MOST, LONGEST = 20, 500
_LOOPBACK = ("127.0.0.1", "::1")
# A scheme of one's own is a domain the other way round (RFC 8252, section 7.1): so `javascript:` and `data:` are none.
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
_PLAIN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def check_address(uri: str, name: str, *, own_scheme: bool) -> None:
    """BadInput unless an app may register it: https, http on this very machine, or a scheme of its own where it may."""
    parts = _split(uri)
    if parts is None:
        wrong = "is no address"
    elif "#" in uri or parts.username is not None or "*" in parts.netloc:
        wrong = "has a fragment, a user or a wildcard"
    elif parts.scheme == "https":
        wrong = "" if parts.hostname else "names no host"
    elif parts.scheme == "http":
        wrong = "" if parts.hostname in _LOOPBACK else "is not https; http is for 127.0.0.1 and [::1] only"
    elif own_scheme and _OWN_SCHEME.fullmatch(parts.scheme):
        wrong = "" if parts.path else "names no path"
    else:
        wrong = f"has the scheme {parts.scheme or '(none)'}"
    if wrong:
        remedy = "Use https, http://127.0.0.1, or, in a public app, a scheme such as com.example.app:/signed-in."
        raise BadInput(f"{uri[:100]!r} {wrong}.", remedy=remedy, path=(name,))


def is_registered(uri: str, registered: tuple[str, ...], *, any_port: bool) -> bool:
    """Whether it is one of these, character by character; on a loopback address with another port where that may be."""
    if uri in registered:
        return True
    wanted = _split(uri) if any_port else None
    return wanted is not None and _is_loopback(wanted) and any(_differ_in_port(uri, one) for one in registered)


def is_of_machine(uri: str) -> bool:
    """Whether any program on the person's machine could be the one that gets the answer."""
    return not uri.startswith("https:")


def _differ_in_port(uri: str, registered: str) -> bool:
    known = _split(registered)
    return known is not None and _is_loopback(known) and _without_port(uri) == _without_port(registered)


def _without_port(uri: str) -> str:
    return re.sub(r"\A(http://(?:127\.0\.0\.1|\[::1\])):\d{1,5}(?=[/?]|\Z)", r"\1", uri)


def _is_loopback(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in _LOOPBACK and parts.username is None


def _split(uri: str) -> SplitResult | None:
    if len(uri) > LONGEST or not _PLAIN.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port  # ValueError where it is none
    except ValueError:
        return None
    return parts
