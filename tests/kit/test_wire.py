"""JSON for others: bytes without spaces, moments in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import orjson

from saas.kit.wire import as_json, from_json, moment_text


def test_values_come_back() -> None:
    value = {"a": [1, None, "ü"], "b": True}
    assert as_json(value) == '{"a":[1,null,"ü"],"b":true}'.encode()
    assert from_json(as_json(value)) == value
    assert as_json({"done": orjson.Fragment(b'{"x":1}')}) == b'{"done":{"x":1}}'


def test_moments_are_in_utc() -> None:
    assert moment_text(datetime(2026, 3, 2, 8, tzinfo=UTC)) == "2026-03-02T08:00:00Z"
    berlin = timezone(timedelta(hours=1))
    assert moment_text(datetime(2026, 3, 2, 8, 0, 0, 500_000, tzinfo=berlin)) == "2026-03-02T07:00:00.500000Z"
