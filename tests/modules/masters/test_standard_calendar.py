"""A company reckons in working days from its first day: by the calendar of its country."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import available_timezones

import holidays
import pytest

from saas.engine.scope import open_scope
from saas.kit import clock
from saas.kit.countries import country_of
from saas.modules import plant_all, plant_missing
from saas.modules.masters.public_holidays import public_days
from saas.modules.masters.working_calendars import working_time
from saas.modules.masters.working_time import WorkingTime
from saas.tenants.provision import create_tenant
from saas.tenants.tenant import Tenant
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on

YEARS = (clock.now().year, clock.now().year + 1)
CALENDAR = """
    SELECT name, time_zone, country, work_from, work_to, is_default,
           ARRAY[monday, tuesday, wednesday, thursday, friday, saturday, sunday]
    FROM "{}".calendar WHERE deleted_at IS NULL"""
WEEKDAYS = [True] * 5 + [False] * 2


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "calendars") as settled:
        yield settled


@pytest.fixture(scope="module")
def china(place: Place) -> Tenant:
    """A company made as most are, with nothing but a name."""
    assert place.ask("SELECT 1") == [(1,)]
    return create_tenant("china", "China", seed=plant_all)


def _reckoned(tenant: Tenant) -> WorkingTime:
    with open_scope(tenant, None, write=False) as scope:
        return working_time(scope)


def test_a_chinese_company_knows_its_holidays_and_the_days_that_make_up_for_them(place: Place, china: Tenant) -> None:
    planted = [("工作日历", "Asia/Shanghai", "CN", "09:00", "18:00", True, WEEKDAYS)]
    assert place.ask(CALENDAR.format(china.schema)) == planted
    days, found = public_days("CN", YEARS, "zh"), _reckoned(china)
    assert len(days) > 30
    assert (found.zone, found.weekdays) == ("Asia/Shanghai", frozenset(range(5)))
    assert found.days == {day: kind.value == "working" for day, (kind, _) in days.items()}
    assert not found.is_working_day(date(YEARS[1], 10, 1))
    # The first three days of October are free whatever was announced.
    assert found.add_working_days(date(YEARS[1], 9, 30), 1) > date(YEARS[1], 10, 3)


def test_the_country_is_that_of_the_time_zone(place: Place) -> None:
    """Of Berlin, in the language of the company."""
    tenant = create_tenant("berlin", "Berlin", seed=plant_all, time_zone="Europe/Berlin", language="en")
    planted = [("Working calendar", "Europe/Berlin", "DE", "09:00", "18:00", True, WEEKDAYS)]
    assert place.ask(CALENDAR.format(tenant.schema)) == planted
    days = place.ask(f'SELECT day, kind, name FROM "{tenant.schema}".calendar_day ORDER BY day')
    assert days == [(day, kind.value, name) for day, (kind, name) in sorted(public_days("DE", YEARS, "en").items())]


def test_the_holidays_of_every_country_with_a_time_zone_are_known() -> None:
    countries = {country_of(zone) for zone in available_timezones()}
    assert countries - {None} <= set(holidays.list_supported_countries())
    assert len(countries) > 200


def test_a_zone_of_no_country_has_weekdays_only(place: Place) -> None:
    tenant = create_tenant("nowhere", "Nowhere", seed=plant_all, time_zone="UTC", language="en")
    planted = [("Working calendar", "UTC", None, "09:00", "18:00", True, WEEKDAYS)]
    assert place.ask(CALENDAR.format(tenant.schema)) == planted
    assert place.ask(f'SELECT count(*) FROM "{tenant.schema}".calendar_day') == [(0,)]
    found = _reckoned(tenant)
    assert (found.is_working_day(date(2026, 10, 1)), found.is_working_day(date(2026, 10, 3))) == (True, False)


def test_it_is_planted_once_and_a_company_that_deleted_it_keeps_none(place: Place, china: Tenant) -> None:
    count = f'SELECT count(*) FROM "{china.schema}".calendar'
    plant_missing(china)
    assert place.ask(count) == [(1,)]
    place.ask(f'UPDATE "{china.schema}".calendar SET deleted_at = now()')
    plant_missing(china)
    assert place.ask(count) == [(1,)]
    place.ask(f'UPDATE "{china.schema}".calendar SET deleted_at = NULL')


def test_each_day_stands_in_the_audit(place: Place, china: Tenant) -> None:
    query = """
        SELECT count(*), count(DISTINCT a.record_id), min(a.version), max(a.version), min(p.kind)
        FROM "{0}".audit a JOIN "{0}".principal p ON p.id = a.actor_id JOIN "{0}".calendar_day d ON d.id = a.record_id
        WHERE a.kind = 'created'"""
    number = len(public_days("CN", YEARS, "zh"))
    assert place.ask(query.format(china.schema)) == [(number, number, 1, 1, "system")]
