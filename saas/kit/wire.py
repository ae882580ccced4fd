"""JSON as it is sent to others or kept: bytes, and moments in UTC."""

from datetime import UTC, datetime
from typing import Any

import orjson


def as_json(value: Any) -> bytes:
    """The value, without spaces; texts, numbers, lists and objects, and what of it is JSON already."""
    return orjson.dumps(value)


def from_json(text: bytes | str) -> Any:
    """What `as_json` wrote."""
    return orjson.loads(text)


def moment_text(at: datetime) -> str:
    """A moment as RFC 3339 writes it, in UTC: `2026-03-02T08:00:00Z`."""
    text: str = orjson.loads(orjson.dumps(at.astimezone(UTC), option=orjson.OPT_UTC_Z))
    return text
