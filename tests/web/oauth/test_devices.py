"""Devices without a browser: they wait for a person who types in their code, reads and decides."""

from datetime import timedelta
from typing import Any

import pytest

from saas.tenants.oauth import devices
from tests.web.oauth.partner import Browser, Partner, asked, claims_in, csrf_in, installed, registered
from tests.world import World

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices may ask as often as they like, but where a test says otherwise."""
    monkeypatch.setattr(devices, "INTERVAL", 0)


def begun(app: Partner, scope: str = "openid customer:read") -> dict[str, Any]:
    answer = app.post("device_authorization", scope=scope)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def poll(app: Partner, begun: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = app.post("token", grant_type=GRANT, device_code=begun["device_code"]).json()
    return told


def decide(browser: Browser, user_code: str, decision: str = "allow", **more: str) -> Any:
    page = browser.get(f"/oauth/device?user_code={user_code}")
    assert page.status_code == 200, page.text
    return browser.post("/oauth/device", {"csrf": csrf_in(page), "user_code": user_code, "decision": decision, **more})


def test_a_person_lets_the_device_in(phone: Partner, sam: Browser) -> None:
    told = begun(phone)
    assert told["verification_uri"] == "http://127.0.0.1:8000/oauth/device"
    assert poll(phone, told)["error"] == "authorization_pending"
    page = sam.get(f"/oauth/device?user_code={told['user_code'].lower().replace('-', ' ')}")
    assert (told["user_code"] in page.text, "Ledger mobile" in page.text, "see customers" in page.text) == (True,) * 3
    assert "The device is connected" in decide(sam, told["user_code"]).text
    tokens = poll(phone, told)
    assert asked(tokens["access_token"]).status_code == 200
    assert "sid" not in claims_in(tokens["id_token"])
    assert poll(phone, told)["error"] == "invalid_request"  # the code is gone


def test_a_person_refuses(phone: Partner, sam: Browser) -> None:
    told = begun(phone)
    assert "was refused" in decide(sam, told["user_code"], "refuse").text
    assert poll(phone, told)["error"] == "access_denied"


def test_a_code_is_decided_about_once(phone: Partner, sam: Browser) -> None:
    told = begun(phone)
    decide(sam, told["user_code"])
    assert sam.get(f"/oauth/device?user_code={told['user_code']}").status_code == 404


def test_who_comes_second_allows_nothing(world: World, sam: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    app = registered(world.garage.ada, kind="PUBLIC", name="Second")
    installed(world.garage.ada, app)
    told = begun(app)
    monkeypatch.setattr("saas.web.oauth.device.device_decide", lambda *_: False)
    assert decide(sam, told["user_code"]).status_code == 404
    assert "Second" not in sam.get("/account/apps").text


def test_nobody_decides_who_is_not_signed_in(phone: Partner) -> None:
    told = begun(phone)
    answer = Browser().get(f"/oauth/device?user_code={told['user_code']}")
    assert answer.headers["location"].startswith("/account/sign-in?continue=%2Foauth%2Fdevice")
    assert poll(phone, told)["error"] == "authorization_pending"


def test_another_site_decides_nothing(phone: Partner, sam: Browser) -> None:
    told = begun(phone)
    answer = sam.post("/oauth/device", {"csrf": "0" * 64, "user_code": told["user_code"], "decision": "allow"})
    assert answer.status_code == 403
    assert poll(phone, told)["error"] == "authorization_pending"


def test_a_code_of_another_app_is_none(phone: Partner, app: Partner) -> None:
    told = begun(phone)
    assert poll(app, told)["error"] == "invalid_request"


def test_an_app_that_is_not_installed_is_not_let_in(world: World, sam: Browser) -> None:
    made = registered(world.rival.rita, kind="PUBLIC")
    installed(world.rival.rita, made)
    told = begun(made)
    assert sam.get(f"/oauth/device?user_code={told['user_code']}").status_code == 403
    assert poll(made, told)["error"] == "authorization_pending"


def test_a_device_that_asks_too_often_has_to_slow_down(phone: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "INTERVAL", 5)
    told = begun(phone)
    assert [poll(phone, told)["error"] for _ in range(3)] == ["authorization_pending", "slow_down", "slow_down"]


def test_a_code_is_good_for_ten_minutes(phone: Partner, sam: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "LASTS", timedelta(seconds=-1))
    told = begun(phone)
    assert poll(phone, told)["error"] == "expired_token"
    assert sam.get(f"/oauth/device?user_code={told['user_code']}").status_code == 404


def test_codes_are_not_guessed(phone: Partner, sam: Browser) -> None:
    statuses = [sam.get(f"/oauth/device?user_code=BBBB-BBB{letter}").status_code for letter in devices.LETTERS[:11]]
    assert statuses == [404] * 10 + [429]
    told = begun(phone)
    waiting = sam.get(f"/oauth/device?user_code={told['user_code']}")
    assert (waiting.status_code, int(waiting.headers["retry-after"]) > 0) == (429, True)


@pytest.mark.parametrize("scope", ["", "unicorn:read"])
def test_a_device_asks_for_what_its_app_is_registered_for(phone: Partner, scope: str) -> None:
    assert phone.post("device_authorization", scope=scope).json()["error"] == "invalid_scope"
