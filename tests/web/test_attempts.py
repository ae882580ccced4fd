"""Failures are counted per key within a window, and the memory for them is bounded."""

from datetime import UTC, datetime, timedelta

import pytest

from saas.kit import clock
from saas.web import attempts
from saas.web.attempts import Attempts, TooManyAttempts

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def tried(count: int) -> Attempts:
    kept = Attempts(allowed=3, window=timedelta(seconds=60))
    for _ in range(count):
        kept.failed("10.0.0.1", "acme")
    return kept


def test_up_to_the_limit_one_may_try() -> None:
    tried(2).check("10.0.0.1", "acme")


def test_at_the_limit_one_waits_until_the_first_failure_is_old() -> None:
    with clock.stopped_at(NOON):
        kept = tried(3)
    with clock.stopped_at(NOON + timedelta(seconds=20.5)), pytest.raises(TooManyAttempts) as refused:
        kept.check("10.0.0.1", "acme")
    assert refused.value.seconds == 40
    with clock.stopped_at(NOON + timedelta(seconds=60)):
        kept.check("10.0.0.1", "acme")


def test_others_are_not_kept_waiting() -> None:
    tried(3).check("10.0.0.2", "acme")


def test_a_success_forgets_the_failures() -> None:
    kept = tried(2)
    kept.succeeded("10.0.0.1", "acme")
    kept.failed("10.0.0.1", "acme")
    kept.check("10.0.0.1", "acme")


def test_the_oldest_keys_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "REMEMBERED", 2)
    kept = Attempts(allowed=1)
    for key in ("first", "second", "third"):
        kept.failed(key)
    kept.check("first")
    with pytest.raises(TooManyAttempts):
        kept.check("second")
