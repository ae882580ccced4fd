"""The clock stands still when a test asks it to."""

from datetime import UTC, date, datetime

from saas.kit import clock

NEW_YEAR_IN_SHANGHAI = datetime(2025, 12, 31, 16, 30, tzinfo=UTC)


def test_now_has_a_zone_and_it_is_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_inside_stopped_at_the_time_does_not_move() -> None:
    with clock.stopped_at(NEW_YEAR_IN_SHANGHAI):
        assert clock.now() == NEW_YEAR_IN_SHANGHAI
        assert clock.now() == NEW_YEAR_IN_SHANGHAI
    assert clock.now() != NEW_YEAR_IN_SHANGHAI


def test_the_time_runs_again_after_an_error_inside() -> None:
    try:
        with clock.stopped_at(NEW_YEAR_IN_SHANGHAI):
            raise LookupError("something went wrong")
    except LookupError:
        pass
    assert clock.now() > NEW_YEAR_IN_SHANGHAI


def test_today_is_the_date_on_the_wall_of_the_zone() -> None:
    with clock.stopped_at(NEW_YEAR_IN_SHANGHAI):
        assert clock.today("Asia/Shanghai") == date(2026, 1, 1)
        assert clock.today("America/New_York") == date(2025, 12, 31)
