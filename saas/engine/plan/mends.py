"""What only Python can make, put into the answer where Postgres left what it is made of between two marks."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from saas.engine.address import formatted
from saas.engine.plan.json_text import MARK
from saas.engine.read.cursor import seal_told
from saas.kit.countries import countries

_MARK = MARK.encode()


def mended(answer: bytes, mends: Sequence[Callable[[Any, Any], bytes]], run: Any) -> bytes:
    """The answer with what stands between marks made into JSON."""
    parts = answer.split(_MARK)
    for i in range(1, len(parts), 2):
        number, _, given = parts[i].partition(b":")
        parts[i] = mends[int(number)](run, orjson.loads(given))
    return b"".join(parts)


def country_name(run: Any, code: str | None) -> bytes:
    country = countries().get(code or "")
    if country is None:
        return b"null"
    return orjson.dumps(country.zh if run.tenant.language == "zh" else country.en)


def in_order(names: Sequence[str]) -> Callable[[Any, Any], bytes]:
    """Writes the address whose parts, with these names, Postgres tells in this order."""
    return lambda _run, values: orjson.dumps(formatted(dict(zip(names, values, strict=True))))


def cursor(signature: str, tags: Sequence[str]) -> Callable[[Any, Any], bytes]:
    """Seals the keys of a record, which Postgres wrote as texts."""

    def sealed(run: Any, keys: list[str | None]) -> bytes:
        return orjson.dumps(seal_told(run, signature, tags, keys))

    return sealed
