"""Rates: points are taken for what is asked, told in headers, and spent ones are refused until the minute ends."""

import re
import time
from collections.abc import Iterator

import httpx2
import pytest

from saas.gateways import meter as gateway
from saas.gateways.meter import Meter, meter
from saas.kit.settings import settings
from tests.apps import given
from tests.world import Person, World

ONE = "{ viewer { name } }"
MANY = "{ customers(first: 500) { nodes { id } } }"


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten points a person, twelve a tenant, in a minute that does not end while we look."""
    monkeypatch.setenv("SAAS_PERSON_RATE", "10")
    monkeypatch.setenv("SAAS_TENANT_RATE", "12")
    monkeypatch.setattr(time, "time", lambda: 1_800_000_015.0)
    settings.cache_clear()
    meter.cache_clear()
    yield
    settings.cache_clear()
    meter.cache_clear()


@pytest.fixture(autouse=True)
def counted_from_nothing(world: World) -> Iterator[None]:
    """Redis is shared by all tests, and the minute here is always the same one."""
    yield
    redis = Meter(settings().redis_url)._redis
    for key in redis.scan_iter(f"{gateway.PREFIX}*"):
        redis.delete(key)


def left(answer: httpx2.Response) -> list[tuple[str, int, int]]:
    return [(name, int(rest), int(reset)) for name, rest, reset in re.findall(
        r'"(\w+)";r=(\d+);t=(\d+)', answer.headers["ratelimit"]
    )]  # fmt: skip


def test_every_answer_tells_what_is_left(world: World) -> None:
    answer = world.garage.sam.http(ONE)
    assert answer.headers["ratelimit-policy"] == '"person";q=10;w=60, "tenant";q=12;w=60'
    assert left(answer) == [("person", 9, 45), ("tenant", 11, 45)]
    assert answer.json()["extensions"] == {"cost": {"records": 0, "maxRecords": 50_000, "fields": 2, "depth": 2}}


def test_a_hundred_records_are_a_point(world: World) -> None:
    answer = world.garage.sam.http(MANY)
    assert answer.json()["extensions"]["cost"] == {"records": 500, "maxRecords": 50_000, "fields": 3, "depth": 3}
    assert left(answer)[0] == ("person", 4, 45)


def test_who_has_spent_theirs_waits_and_nothing_runs(world: World) -> None:
    world.garage.ada.http(MANY)
    query = 'mutation { customerCreate(input: { name: "Late" }) { id } }'
    for _ in range(4):
        world.garage.ada.http(ONE)
    refused = world.garage.ada.http(query)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "45"
    assert left(refused)[0] == ("person", 0, 45)
    (error,) = refused.json()["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "remedy": "Send it again in 45 seconds."}
    assert error["message"] == "The points of this person for this minute are spent."
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE name = 'Late'") == [(0,)]
    assert world.garage.sam.http(ONE).status_code == 200


def test_a_tenant_has_a_limit_of_its_own_and_another_tenant_another(world: World) -> None:
    people: list[Person] = [world.garage.ada, world.garage.mona]
    for person in people:
        assert person.http(MANY).status_code == 200
    refused = world.garage.sam.http(ONE)
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (
        429,
        "The points of this tenant for this minute are spent.",
    )
    assert world.rival.rita.http(ONE).status_code == 200


def test_processes_add_up_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: seconds[0])
    one, other = Meter(settings().redis_url), Meter(settings().redis_url)
    assert one.spend(("key",), 3) == ([3], 60)
    assert other.spend(("key",), 4) == ([7], 60)
    assert one.spend(("key",), 1) == ([4], 60)  # the other's points are news of the next second
    seconds[0] += 1
    assert one.spend(("key",), 1) == ([9], 59)
    seconds[0] += 60
    assert one.spend(("key",), 1) == ([1], 59)


def test_without_redis_each_process_counts_for_itself() -> None:
    alone = Meter("redis://127.0.0.1:1/0")
    assert [alone.spend(("key",), 2)[0] for _ in range(3)] == [[2], [4], [6]]


def test_an_app_has_a_limit_of_its_own_in_each_tenant(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAAS_APP_RATE", "3")
    settings.cache_clear()
    through = given(world.garage.mona, "customer:read").person
    answer = through.http(ONE)
    assert answer.headers["ratelimit-policy"] == '"person";q=10;w=60, "tenant";q=12;w=60, "app";q=3;w=60'
    assert left(answer) == [("person", 9, 45), ("tenant", 11, 45), ("app", 2, 45)]
    assert [through.http(ONE).status_code for _ in range(3)] == [200, 200, 429]
    assert through.http(ONE).json()["errors"][0]["message"] == "The points of this app for this minute are spent."
    assert world.garage.mona.http(ONE).status_code == 200
