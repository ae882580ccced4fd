"""Pushed requests: checked at once, referred to by a browser that can change nothing, answered once."""

from urllib.parse import urlencode

import pytest

from tests.web.oauth.partner import Browser, Partner, installed, registered, told_in
from tests.world import World


def pushed(app: Partner, **changes: str | None) -> str:
    answer = app.post("par", **app.request(**changes))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["expires_in"] == 600
    return str(told["request_uri"])


def path(app: Partner, uri: str, **more: str) -> str:
    return f"/oauth/authorize?{urlencode({'client_id': app.client_id, 'request_uri': uri, **more})}"


def test_a_pushed_request_is_put_to_the_person(app: Partner, sam: Browser) -> None:
    uri = pushed(app, prompt="consent")
    told = told_in(sam.decide(sam.get(path(app, uri))))
    assert told["state"] == "st4te"
    assert app.redeem(told["code"]).status_code == 200
    assert sam.get(path(app, uri)).status_code == 400


def test_the_browser_changes_nothing_of_it(app: Partner, sam: Browser) -> None:
    uri = pushed(app, scope="openid", prompt="consent")
    page = sam.get(path(app, uri, scope="openid customer:read", redirect_uri="https://evil.example/in", state="other"))
    there = sam.decide(page)
    assert there.startswith("https://partner.example/in?")
    assert told_in(there)["state"] == "st4te"
    assert app.redeem(told_in(there)["code"]).json()["scope"] == "openid"


def test_another_app_cannot_refer_to_it(app: Partner, phone: Partner, sam: Browser) -> None:
    assert sam.get(path(phone, pushed(app))).status_code == 400
    assert sam.get(path(app, "urn:ietf:params:oauth:request_uri:unknown")).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://evil.example/in"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"scope": "unicorn:read"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_refused_at_once(app: Partner, changes: dict[str, str], error: str) -> None:
    answer = app.post("par", **app.request(**changes))
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_only_the_app_itself_pushes(app: Partner) -> None:
    stranger = Partner(app.id, app.client_id, "wrong")
    assert stranger.post("par", **app.request()).status_code == 401


def test_an_app_may_be_bound_to_pushing(world: World, sam: Browser) -> None:
    made = registered(world.garage.ada, needsPushedRequests=True)
    installed(world.garage.ada, made)
    assert told_in(sam.get(made.path()).headers["location"])["error"] == "invalid_request"
    assert sam.get(path(made, pushed(made))).status_code == 200
