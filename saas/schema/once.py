"""The Idempotency-Key header: which request it makes one that is done once."""

import hashlib

import orjson

from saas.engine.idempotency import Once
from saas.kit.errors import BadInput
from saas.schema.parameters import Parameters

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
LONGEST = 255


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
