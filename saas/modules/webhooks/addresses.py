"""Where a webhook may go, and which headers of one's own it may carry."""

import re
from collections.abc import Mapping

from saas.engine.problem import Problem, ProblemCode
from saas.gateways.outside import OutsideRefused, outside_target

MOST_HEADERS, LONGEST_VALUE, LONGEST_NAME = 10, 1000, 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
# What says how the message is framed, by whom it was signed and how it travels is ours to say.
_OURS = frozenset({
    *("host", "connection", "keep-alive", "upgrade", "te", "trailer", "transfer-encoding", "expect"),
    *("accept", "accept-encoding", "user-agent", "traceparent", "tracestate", "forwarded", "via", "date"),
})  # fmt: skip
_OUR_BEGINNINGS = ("content-", "webhook-", "proxy-", "x-forwarded-", "sec-")


def url_problems(url: str) -> list[Problem]:
    """What is wrong with an address. Where its name leads is looked at each time that something is sent."""
    try:
        target = outside_target(url)
    except OutsideRefused as error:
        return [_wrong(str(error), "url")]
    if target.url.fragment or "#" in url:
        return [_wrong("The address has a fragment, which no server ever sees.", "url")]
    return []


def header_problems(headers: Mapping[str, str]) -> list[Problem]:
    """What is wrong with headers of one's own, such as a key that a gateway asks for."""
    found = []
    if len(headers) > MOST_HEADERS or len({each.lower() for each in headers}) < len(headers):
        found.append(_wrong(f"There are at most {MOST_HEADERS} headers, each once.", "headers"))
    for name, value in headers.items():
        small = name.lower()
        if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            found.append(_wrong(f"{name[:LONGEST_NAME]!r} is no name of a header.", "headers"))
        elif small in _OURS or small.startswith(_OUR_BEGINNINGS):
            found.append(_wrong(f"The header {name} is set by Atrium.", "headers"))
        elif not _VALUE.fullmatch(value) or len(value) > LONGEST_VALUE:
            message = f"The value of {name} needs 1 to {LONGEST_VALUE} printable characters of ASCII."
            found.append(_wrong(message, "headers"))
    return found


def _wrong(message: str, *path: str) -> Problem:
    return Problem(ProblemCode.BAD_INPUT, message, path)
