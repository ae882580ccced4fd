"""The picture with letters: asked for by the domain of the address and after failures, answered once."""

import json
import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from saas.kit import clock
from saas.kit.vault import opened
from saas.tenants.directory import directory
from saas.tenants.identity.policy import Captcha, Policy, policy_set
from saas.tenants.tenant import Tenant
from saas.web.attempts import SUSPECT_AFTER, note_attempt
from tests.tenants.place import Place
from tests.web.browsing import Browsing
from tests.web.conftest import EMAIL, PASSWORD, Door, forget_tries

NOBODY = "nobody@acme.test"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_tries(place: Place, acme: Tenant) -> None:
    assert acme.slug == "acme"
    forget_tries(place)


def demanded(acme: Tenant, captcha: Captcha) -> None:
    with directory() as connection:
        policy_set(connection, acme.id, Policy(captcha=captcha))


def letters_of(browser: Browsing) -> str:
    facts = json.loads(opened(urlsafe_b64decode(browser.hidden["picture"]), "captcha"))
    letters: str = facts["letters"]
    return letters


def has_picture(answer: httpx2.Response) -> bool:
    return 'name="letters"' in answer.text


def outcomes(place: Place) -> list[str]:
    found = place.ask("SELECT outcome FROM directory.sign_in_entry ORDER BY id", database=place.directory)
    return [outcome for (outcome,) in found]


def test_nobody_is_asked_before_anything_failed() -> None:
    assert not has_picture(Browsing().get("/account/sign-in"))
    assert Browsing().sign_in(EMAIL, PASSWORD).status_code == 303


@pytest.mark.parametrize("email", [EMAIL, NOBODY, "somebody@elsewhere.test"])
def test_after_three_failures_the_letters_are_asked_for_whoever_it_is(place: Place, email: str) -> None:
    answers = [Browsing().sign_in(email, "wrong") for _ in range(3)]
    assert [has_picture(answer) for answer in answers] == [False, False, True]
    answer = Browsing().sign_in(email, "wrong")
    assert (answer.status_code, has_picture(answer)) == (401, True)
    assert "Please type the letters of the picture" in answer.text
    assert outcomes(place) == ["wrong"] * 3 + ["captcha"]


def test_the_right_letters_open_the_way_and_success_ends_the_asking(place: Place) -> None:
    browser = Browsing()
    for _ in range(3):
        browser.sign_in(EMAIL, "wrong")
    assert browser.post("/account/sign-in", email=EMAIL, password=PASSWORD, letters="").status_code == 401
    assert outcomes(place)[3:] == ["captcha"]
    letters = letters_of(browser).lower()
    assert browser.post("/account/sign-in", email=EMAIL, password=PASSWORD, letters=letters).status_code == 303
    assert outcomes(place)[4:] == ["ok"]
    assert Browsing().sign_in(EMAIL, PASSWORD).status_code == 303


def test_wrong_letters_are_refused_before_the_password_is_looked_at(place: Place, acme: Tenant) -> None:
    demanded(acme, Captcha.ALWAYS)
    browser = Browsing()
    assert has_picture(browser.sign_in(EMAIL, PASSWORD))
    answer = browser.post("/account/sign-in", email=EMAIL, password=PASSWORD, letters="AAAAA")
    assert answer.status_code == 401
    assert "Those were not the letters" in answer.text
    assert has_picture(answer)
    assert place.ask("SELECT id FROM directory.session", database=place.directory) == []
    assert place.ask("SELECT failures FROM directory.person", database=place.directory) == [(0,)]


def test_an_answer_counts_once(acme: Tenant) -> None:
    demanded(acme, Captcha.ALWAYS)
    browser = Browsing()
    browser.sign_in(EMAIL, PASSWORD)
    picture, letters = browser.hidden["picture"], letters_of(browser)
    assert browser.post("/account/sign-in", email=EMAIL, password="wrong", letters=letters).status_code == 401
    fields = {"email": EMAIL, "password": PASSWORD, "letters": letters, "picture": picture}
    again = browser.post("/account/sign-in", **fields)
    assert again.status_code == 401
    assert "Those were not the letters" in again.text


def test_an_answer_is_good_for_ten_minutes_and_for_one_browser(acme: Tenant) -> None:
    demanded(acme, Captcha.ALWAYS)
    browser, other = Browsing(), Browsing()
    with clock.stopped_at(NOON):
        browser.sign_in(EMAIL, PASSWORD)
        other.get("/account/sign-in")
        mine = {"email": EMAIL, "password": PASSWORD, "letters": letters_of(browser)}
        assert other.post("/account/sign-in", **mine, picture=browser.hidden["picture"]).status_code == 401
        browser.sign_in(EMAIL, PASSWORD)
    with clock.stopped_at(NOON + timedelta(minutes=10)):
        mine["letters"] = letters_of(browser)
        assert browser.post("/account/sign-in", **mine).status_code == 401
    with clock.stopped_at(NOON + timedelta(minutes=19, seconds=59)):
        mine["letters"] = letters_of(browser)  # those of the page that came with the refusal
        assert browser.post("/account/sign-in", **mine).status_code == 303


@pytest.mark.parametrize("picture", ["x", "AAAA", urlsafe_b64encode(b"\0" * 80).decode(), "é"])
def test_a_picture_that_is_none_of_ours_is_refused(picture: str) -> None:
    browser = Browsing()
    browser.get("/account/sign-in")
    answer = browser.post("/account/sign-in", email=EMAIL, password=PASSWORD, letters="ABCDE", picture=picture)
    assert answer.status_code == 401


def test_other_letters_can_be_had_and_the_picture_is_in_the_page(acme: Tenant) -> None:
    demanded(acme, Captcha.ALWAYS)
    browser = Browsing()
    browser.sign_in(EMAIL, PASSWORD)
    before = browser.hidden["picture"]
    answer = browser.post("/account/sign-in", email=EMAIL, again="1")
    assert answer.status_code == 200
    assert browser.hidden["picture"] != before
    found = re.search(r'src="data:image/png;base64,([^"]+)"', answer.text)
    assert found is not None
    assert b64decode(found[1]).startswith(b"\x89PNG")
    assert letters_of(browser) not in answer.text
    assert f'value="{EMAIL}"' in answer.text


def test_a_tenant_that_always_asks_asks_its_domain_known_or_not(acme: Tenant) -> None:
    demanded(acme, Captcha.ALWAYS)
    for email in (EMAIL, NOBODY):
        answer = Browsing().sign_in(email, "wrong")
        assert (answer.status_code, has_picture(answer)) == (401, True)
    assert not has_picture(Browsing().sign_in("somebody@elsewhere.test", "wrong"))


def test_whoever_cannot_read_the_letters_waits_a_quarter_of_an_hour(place: Place) -> None:
    with clock.stopped_at(NOON):
        for _ in range(3):
            Browsing().sign_in(EMAIL, "wrong")
    with clock.stopped_at(NOON + timedelta(minutes=14, seconds=59)):
        answer = Browsing().sign_in(EMAIL, PASSWORD)
        assert (answer.status_code, has_picture(answer)) == (401, True)
        assert "wait 15 minutes" in answer.text
    with clock.stopped_at(NOON + timedelta(minutes=15)):
        assert Browsing().sign_in(EMAIL, PASSWORD).status_code == 303
    assert outcomes(place) == ["wrong"] * 3 + ["captcha", "ok"]


def test_a_network_from_which_very_much_fails_is_asked_at_once() -> None:
    for number in range(SUSPECT_AFTER):
        note_attempt("127.0.0.1", f"n{number}@acme.test", succeeded=False)
    browser = Browsing()
    assert has_picture(browser.get("/account/sign-in"))
    answer = browser.post("/account/sign-in", email=EMAIL, password=PASSWORD, letters=letters_of(browser))
    assert answer.status_code == 303


def test_the_json_door_sends_to_the_page(place: Place, door: Door) -> None:
    body = {"tenant": "acme", "email": EMAIL, "password": PASSWORD}
    for _ in range(3):
        door("POST", "/sign-in", json=body | {"password": "wrong"})
    tokens = place.ask("SELECT count(*) FROM directory.sign_in", database=place.directory)
    answer = door("POST", "/sign-in", json=body)
    assert answer.status_code == 401
    assert place.ask("SELECT count(*) FROM directory.sign_in", database=place.directory) == tokens
    error = answer.json()["error"]
    assert error["code"] == "CAPTCHA_REQUIRED"
    assert error["remedy"] == (
        "Sign in at http://127.0.0.1:8000/account/sign-in; after failures it also helps to wait 15 minutes."
    )
    browser = Browsing()
    browser.sign_in(EMAIL, PASSWORD)
    browser.post("/account/sign-in", email=EMAIL, password=PASSWORD, letters=letters_of(browser))
    assert door("POST", "/sign-in", json=body).status_code == 200
