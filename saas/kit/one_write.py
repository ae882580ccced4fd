"""An answer of status 200 in one write: an ASGI extension of our server, for what is asked most often.

Plain ASGI says head and body apart: the server then looks at each header, calls the system twice, and wakes the client
with a head that it can do nothing with. Who knows the whole answer sends one message instead, where that is offered:
`{"type": NAME, "head": lines, "body": body}`. What may stand in a line is the duty of whoever writes it.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

NAME = "atrium.one_write"
STATUS = 200


def is_offered(scope: MutableMapping[str, Any]) -> bool:
    """Whether this request may be answered so."""
    extensions: Mapping[str, Any] = scope.get("extensions") or {}
    return NAME in extensions


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they stand in a head."""
    return b"".join([b"%b: %b\r\n" % each for each in headers])
