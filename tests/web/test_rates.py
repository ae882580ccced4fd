"""One network address may knock so often at the doors of signing in, and no oftener."""

from collections.abc import Iterator

import pytest

from saas.gateways import meter as gateway
from saas.gateways.meter import Meter, meter
from saas.kit.settings import settings
from tests.tenants.place import with_settings
from tests.web.conftest import Door


@pytest.fixture(autouse=True)
def three_a_minute(monkeypatch: pytest.MonkeyPatch, door: Door) -> Iterator[None]:
    monkeypatch.setattr("time.time", lambda: 1_800_000_015.0)
    with with_settings(SAAS_ADDRESS_RATE="3"):
        meter.cache_clear()
        yield
    meter.cache_clear()
    redis = Meter(settings().redis_url)._redis
    for key in redis.scan_iter(f"{gateway.PREFIX}*"):
        redis.delete(key)


def test_the_fourth_request_waits(door: Door) -> None:
    assert [door("GET", "/account/sign-in").status_code for _ in range(3)] == [200] * 3
    refused = door("GET", "/account/sign-in")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "45")
    assert refused.json()["error"]["message"] == "Too many requests from this network address."


def test_doors_of_one_group_are_counted_together(door: Door) -> None:
    assert [door("GET", f"/account/{name}").status_code for name in ("x", "y", "z", "sign-in")] == [404] * 3 + [429]
    assert door("POST", "/sign-in", json={}).status_code == 400


def test_other_doors_are_not_counted(door: Door) -> None:
    assert {door("GET", "/healthz").status_code for _ in range(6)} == {200}


def test_apps_have_one_address_for_all_of_their_people(door: Door) -> None:
    """A person's browser waits at the door of consent, not the server of an app at its own."""
    assert [door("POST", "/oauth/token", data={}).status_code for _ in range(6)] == [400] * 6
    assert [door("GET", "/oauth/authorize").status_code for _ in range(4)] == [400] * 3 + [429]
