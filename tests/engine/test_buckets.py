"""Buckets are those of Python's own calendar and numbers, in every zone and to the last digit."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.read.buckets import DateBucket, date_bucket, number_bucket
from tests.world import World

EXACT = Context(prec=60)
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")


def _buckets(world: World, values: list[Any], kind: sa.types.TypeEngine[Any], bucket: Any) -> list[Any]:
    """What the database makes of the values, in their order."""
    array = sa.bindparam("given", values, type_=ARRAY(kind))
    given = sa.func.unnest(array).table_valued(sa.column("value", kind), with_ordinality="place").render_derived()
    with world.garage.scope(write=False) as scope:
        return list(scope.session.execute(sa.select(bucket(given.c.value)).order_by(given.c.place)).scalars())


def _first_day(day: date, bucket: DateBucket) -> date:
    if bucket is DateBucket.WEEK:
        return day - timedelta(days=day.weekday())
    month = {DateBucket.MONTH: day.month, DateBucket.QUARTER: (day.month - 1) // 3 * 3 + 1, DateBucket.YEAR: 1}
    return day if bucket is DateBucket.DAY else day.replace(month=month[bucket], day=1)


@pytest.mark.parametrize("zone", ZONES)
def test_a_moment_lies_where_the_clock_on_the_wall_says(world: World, zone: str) -> None:
    dice = random.Random(zone)  # the same moments in every run
    moments = [datetime(1971, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(2_000_000_000)) for _ in range(300)]
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    for bucket in DateBucket:
        told = _buckets(world, moments, sa.DateTime(timezone=True), lambda value, b=bucket: date_bucket(value, b, zone))
        assert told == [_first_day(day, bucket) for day in days], bucket


def test_a_date_is_the_same_in_every_zone(world: World) -> None:
    dice = random.Random(3)  # the same dates in every run
    days = [date.min, date.max, *(date.fromordinal(dice.randrange(1, date.max.toordinal())) for _ in range(300))]
    for bucket in DateBucket:
        told = _buckets(world, days, sa.Date(), lambda value, b=bucket: date_bucket(value, b, "America/Los_Angeles"))
        assert told == [_first_day(day, bucket) for day in days], bucket


@pytest.mark.parametrize("step", ["1", "2.5", "0.0003", "7", "1000", "0.3333333333", "123456789012345678901234"])
def test_a_number_lies_between_a_multiple_of_the_step_and_the_next(world: World, step: str) -> None:
    dice, width = random.Random(step), Decimal(step)  # the same numbers in every run
    numbers = [Decimal(dice.randrange(-(10**18), 10**18)).scaleb(-dice.randrange(0, 18)) for _ in range(200)]
    numbers += [width * n for n in range(-3, 4)] + [width * n - Decimal("0.000001") for n in range(-3, 4)]
    expected = [EXACT.multiply(EXACT.divide(number, width).to_integral_value(ROUND_FLOOR), width) for number in numbers]
    assert _buckets(world, numbers, sa.Numeric(), lambda value: number_bucket(value, width)) == expected
