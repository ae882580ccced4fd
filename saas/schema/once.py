"""The Idempotency-Key of a request, in its header or its extensions: which request it makes one that is done once."""

import hashlib
from typing import Any

import orjson

from saas.engine.idempotency import Once
from saas.kit.errors import BadInput
from saas.schema.parameters import Parameters

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
LONGEST = 255
_NAME = "idempotencyKey"


def key_in(extensions: dict[str, Any] | None) -> bytes | None:
    """The key of an operation over a websocket, which has no headers; BadInput for one that is no text."""
    given = (extensions or {}).get(_NAME)
    if given is None:
        return None
    if not isinstance(given, str):
        raise BadInput(f"extensions.{_NAME} must be a string.", path=("extensions", _NAME))
    return given.encode("utf-8", "surrogatepass")


def once_of(header: bytes | None, parameters: Parameters) -> Once | None:
    """The request with its key, None where it has none; BadInput for a key that is none."""
    if header is None:
        return None
    key = header.strip()
    if not 0 < len(key) <= LONGEST:
        raise BadInput(
            f"An Idempotency-Key has between 1 and {LONGEST} characters, not {len(key)}.",
            remedy="A random UUID is a good one.",
        )
    document = (parameters.document_id or hashlib.sha256(parameters.query.encode()).hexdigest()).removeprefix("sha256:")
    request = orjson.dumps([document, parameters.operation_name, parameters.variables], option=orjson.OPT_SORT_KEYS)
    return Once(hashlib.sha256(key).hexdigest(), hashlib.sha256(request).hexdigest())
