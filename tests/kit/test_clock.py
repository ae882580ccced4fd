"""The clock stands still when a test asks it to."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

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


def test_the_date_of_a_zone_is_right_at_every_minute_around_its_midnights_and_changes_of_time() -> None:
    zones = ("Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia")
    # Midnights that are skipped or come twice among them: Cairo goes forward at midnight, Apia left out a whole day.
    moments = (
        NEW_YEAR_IN_SHANGHAI,
        datetime(2011, 12, 30, 10, tzinfo=UTC),
        datetime(2018, 11, 4, 3, tzinfo=UTC),
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 4, 23, 22, tzinfo=UTC),
    )
    for moment in moments:
        for minutes in (*range(-750, 751, 15), -1, 1):
            for seconds in (0, 59.999999):
                then = moment + timedelta(minutes=minutes, seconds=seconds)
                for zone in zones:
                    assert clock.date_at(then, zone) == then.astimezone(ZoneInfo(zone)).date(), (then, zone)
