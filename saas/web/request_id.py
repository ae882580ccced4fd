"""The id of a request: the one that was sent along, else one of ours."""

import re
from collections.abc import Mapping

from saas.kit import ids

_SANE = re.compile(rb"[A-Za-z0-9._:/+=-]{1,100}")


def request_id(headers: Mapping[bytes, bytes]) -> str:
    """The X-Request-Id where it is one that a log can hold."""
    given = headers.get(b"x-request-id")
    return given.decode() if given is not None and _SANE.fullmatch(given) else ids.new_request_id()
