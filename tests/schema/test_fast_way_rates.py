"""Rates on the fast way: the same points are taken and told, and who has none left is refused."""

import time
from collections.abc import Iterator

import pytest

from saas.gateways import meter as gateway
from saas.gateways.meter import Meter, meter
from saas.kit.settings import settings
from saas.schema import fast
from saas.tenants.reader import Row
from tests.schema import fast_way
from tests.schema.fast_way import FAST, LONG, Ways, by_fields, code, fresh
from tests.schema.test_rates import left
from tests.world import World

ways, short_way = fast_way.ways, fast_way.short_way
ONE, MANY = "{ products(first: 1) { nodes { id } } }", "{ products(first: 250) { nodes { id } } }"


@pytest.fixture(autouse=True)
def limits(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten points a person, twelve a tenant, in a minute that does not end while we look."""
    monkeypatch.setenv("SAAS_PERSON_RATE", "10")
    monkeypatch.setenv("SAAS_TENANT_RATE", "12")
    monkeypatch.setattr(time, "time", lambda: 1_800_000_135.0)
    settings.cache_clear()
    meter.cache_clear()
    yield
    redis = Meter(settings().redis_url)._redis
    for key in redis.scan_iter(f"{gateway.PREFIX}*"):
        redis.delete(key)
    settings.cache_clear()
    meter.cache_clear()


def test_points_count_down_on_either_way(world: World, ways: Ways) -> None:
    query, taken, rests = fresh(ONE), [], []
    for _ in range(4):
        way, answer = ways.of(world.garage.sam, query)
        taken.append(way)
        rests.append(left(answer))
        assert answer.headers["ratelimit-policy"] == '"person";q=10;w=60, "tenant";q=12;w=60'
        assert answer.headers.get_list("ratelimit")[1:] == []
    assert taken == [[LONG], [FAST], [FAST], [FAST]]
    assert rests == [[("person", 10 - n, 45), ("tenant", 12 - n, 45)] for n in range(1, 5)]


def test_the_cost_is_told_and_taken_as_on_the_long_way(world: World, ways: Ways) -> None:
    query = fresh(MANY)
    first, again = (ways.of(world.garage.sam, query)[1] for _ in range(2))
    cost = {"records": 250, "maxRecords": 50_000, "fields": 3, "depth": 3}
    assert first.json()["extensions"] == again.json()["extensions"] == {"cost": cost}
    assert [left(answer)[0] for answer in (first, again)] == [("person", 7, 45), ("person", 4, 45)]
    assert left(by_fields(world.garage.sam, query))[0] == ("person", 1, 45)


def test_a_size_in_a_variable_counts(world: World, ways: Ways) -> None:
    query = fresh("query($n: Int) { products(first: $n) { nodes { id } } }")
    ways.known(world.garage.sam, query, {"n": 1})
    world.garage.sam.http(query, {"n": 200})
    assert left(ways.of(world.garage.sam, query, {"n": 200})[1])[0] == ("person", 2, 45)


def test_who_has_spent_theirs_is_refused_and_nothing_is_asked(world: World, ways: Ways) -> None:
    query = fresh(ONE)
    for _ in range(10):
        assert world.garage.sam.http(query).status_code == 200
    way, refused = ways.of(world.garage.sam, query)
    assert (way, refused.status_code, code(refused)) == ([], 429, "RATE_LIMITED")
    assert refused.headers["retry-after"] == "45"
    assert left(refused) == [("person", 0, 45), ("tenant", 1, 45)]
    assert refused.headers.get_list("ratelimit")[1:] == []
    (error,) = refused.json()["errors"]
    assert error == {
        "message": "The points of this person for this minute are spent.",
        "extensions": {"code": "RATE_LIMITED", "remedy": "Send it again in 45 seconds."},
    }
    assert world.rival.rita.http(query).status_code == 200


def test_a_tenant_has_a_limit_of_its_own(world: World, ways: Ways) -> None:
    query = fresh(ONE)
    for person in (world.garage.sam, world.garage.sue):
        for _ in range(6):
            person.http(query)
    way, refused = ways.of(world.garage.sue, query)
    assert (way, refused.status_code) == ([], 429)
    assert refused.json()["errors"][0]["message"] == "The points of this tenant for this minute are spent."


def test_an_answer_that_comes_by_the_long_way_after_all_is_paid_once(
    world: World, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = fresh(ONE)
    ways.known(world.garage.sam, query)

    async def other_stamp(*_: object) -> Row:
        return Row(b"another", ())

    monkeypatch.setattr(fast, "read", other_stamp)
    way, answer = ways.of(world.garage.sam, query)
    assert way == [LONG]
    assert answer.headers.get_list("ratelimit")[1:] == []
    assert left(answer)[0] == ("person", 7, 45)
