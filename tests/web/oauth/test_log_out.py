"""Signing out at an app's wish: at once where the app shows the ID token of the session, else the person is asked."""

from urllib.parse import urlencode

import pytest

from tests.web.oauth.partner import CALLBACK, Browser, Partner, csrf_in, installed, onward_of, registered
from tests.world import World

OUT = "https://partner.example/out"


@pytest.fixture(scope="module")
def app(world: World) -> Partner:
    made = registered(world.garage.ada, logOutUris=[OUT])
    installed(world.garage.ada, made, "customer:read")
    return made


def path(**given: str) -> str:
    return f"/oauth/end-session?{urlencode(given)}"


def is_signed_in(browser: Browser, app: Partner) -> bool:
    return "login_required" not in browser.get(app.path(prompt="none")).headers["location"]


def test_the_id_token_of_the_session_signs_it_out(app: Partner, sam: Browser) -> None:
    token = app.tokens(sam)["id_token"]
    answer = sam.get(path(id_token_hint=token, post_logout_redirect_uri=OUT, state="x y"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{OUT}?state=x+y")
    assert not is_signed_in(sam, app)


def test_the_id_token_of_another_session_signs_nobody_out_unasked(world: World, app: Partner, sam: Browser) -> None:
    other = Browser().sign_in(world.garage.sam.email)
    token = app.tokens(other)["id_token"]
    answer = sam.get(path(id_token_hint=token, post_logout_redirect_uri=OUT))
    assert (answer.status_code, "Sign out?" in answer.text) == (200, True)
    assert is_signed_in(sam, app)


def test_without_one_the_person_is_asked(app: Partner, sam: Browser) -> None:
    page = sam.get(path(client_id=app.client_id, post_logout_redirect_uri=OUT, state="s"))
    assert page.status_code == 200
    assert is_signed_in(sam, app)
    form = {"csrf": csrf_in(page), "client_id": app.client_id, "post_logout_redirect_uri": OUT, "state": "s"}
    assert onward_of(sam.post("/oauth/end-session", form)) == f"{OUT}?state=s"
    assert not is_signed_in(sam, app)


def test_another_site_signs_nobody_out(app: Partner, sam: Browser) -> None:
    assert sam.post("/oauth/end-session", {"csrf": "0" * 64}).status_code == 403
    assert sam.post("/oauth/end-session", {"client_id": app.client_id}).status_code == 200
    assert is_signed_in(sam, app)


@pytest.mark.parametrize("uri", [CALLBACK, "https://evil.example/out", f"{OUT}/", f"{OUT}?x=1", "//evil.example"])
def test_one_goes_on_to_a_registered_address_only(app: Partner, sam: Browser, uri: str) -> None:
    token = app.tokens(sam)["id_token"]
    answer = sam.get(path(id_token_hint=token, post_logout_redirect_uri=uri))
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert "http-equiv" not in answer.text
    assert "You are signed out" in answer.text


def test_a_token_of_another_app_is_no_word_of_this_one(app: Partner, phone: Partner, sam: Browser) -> None:
    token = phone.tokens(sam)["id_token"]
    answer = sam.get(path(id_token_hint=token, client_id=app.client_id, post_logout_redirect_uri=OUT))
    assert answer.status_code == 200
    assert is_signed_in(sam, app)


def test_an_access_token_is_no_hint(app: Partner, sam: Browser) -> None:
    token = app.tokens(sam)["access_token"]
    assert "Sign out?" in sam.get(path(id_token_hint=token)).text
    assert is_signed_in(sam, app)
