"""The pages of one's account: home, sessions, companies, password, sign out; each asks for a session that counts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from saas.kit import clock, ids
from saas.tenants.directory import directory
from saas.tenants.identity.policy import Policy, policy_set
from saas.tenants.sign_in import let_in, shut_out
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place, make_tenant
from tests.web.browsing import Browsing
from tests.web.conftest import EMAIL, PASSWORD, forget_tries

NEW = "tangerine clouds at dawn"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1"
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGES = ["/account", "/account/password", "/account/sessions", "/account/tenants"]


@pytest.fixture(autouse=True)
def fresh(place: Place, acme: Tenant) -> None:
    """The person has their first password, and belongs to Acme alone."""
    forget_tries(place)
    let_in(acme, _principal(place), EMAIL, PASSWORD, "王丽")


@pytest.fixture(scope="module")
def rival(place: Place) -> Tenant:
    return make_tenant(place, "rival")


def _principal(place: Place) -> UUID:
    query = "SELECT principal_id FROM directory.membership m JOIN directory.person p ON p.id = person_id"
    of_them = " JOIN directory.tenant t ON t.id = tenant_id WHERE t.slug = 'acme' AND p.email = %s"
    id_: UUID = place.ask(query + of_them, EMAIL, database=place.directory)[0][0]
    return id_


def signed_in(**headers: str) -> Browsing:
    browser = Browsing(**headers)
    assert browser.sign_in(EMAIL, PASSWORD).status_code == 303
    return browser


def count(place: Place, what: str) -> int:
    number: int = place.ask(f"SELECT count(*) FROM directory.{what}", database=place.directory)[0][0]
    return number


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_one_is_sent_to_sign_in_and_back(path: str) -> None:
    answer = Browsing().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/account/sign-in?continue=%2Faccount")


@pytest.mark.parametrize("path", [*PAGES, "/account/sign-in", "/account/sign-out"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_page_is_whole_in_both_languages_and_without_script(rival: Tenant, path: str, language: str) -> None:
    person = ids.new_id(0x003)
    let_in(rival, person, EMAIL, None, "王丽")
    answer = signed_in().get(f"{path}?lang={language}")
    shut_out(rival, person)
    assert answer.status_code == 200
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    # Every field that one fills in has a label.
    for part in answer.text.split("<input ")[1:]:
        if 'type="hidden"' not in part.split(">")[0]:
            name = part.split('id="')[1].split('"')[0]
            assert f'<label for="{name}">' in answer.text


def test_home_tells_who_one_is_and_where() -> None:
    answer = signed_in().get("/account")
    for told in ("王丽", EMAIL, "Acme", "/account/password", "/account/sessions", "/account/second-factor/set-up"):
        assert told in answer.text


def test_signing_out_ends_the_session_and_the_cookie(place: Place) -> None:
    browser = signed_in()
    secret = browser.secret
    browser.get("/account/sign-out")
    assert count(place, "session") == 1  # looking at the page does nothing
    assert browser.post("/account/sign-out").headers["location"].startswith("/account/sign-in")
    assert count(place, "session") == 0
    assert browser.secret is None
    browser.cookies.set("atrium-session", secret or "", domain="atrium.test", path="/")
    assert browser.get("/account").status_code == 303


def test_a_form_of_another_browser_signs_nobody_out(place: Place) -> None:
    browser, other = signed_in(), signed_in()
    other.get("/account/sign-out")
    assert browser.post("/account/sign-out", csrf=other.hidden["csrf"]).status_code == 403
    assert count(place, "session") == 2


def test_signing_in_again_gives_a_new_secret_and_ends_the_former_session(place: Place) -> None:
    browser = signed_in()
    before = browser.secret
    assert browser.sign_in(EMAIL, PASSWORD).status_code == 303
    assert browser.secret not in (None, before)
    assert count(place, "session") == 1


def test_sessions_are_listed_and_one_or_all_others_can_be_ended(place: Place) -> None:
    laptop, phone, third = signed_in(), signed_in(**{"user-agent": PHONE}), signed_in(**{"user-agent": "curl/8"})
    shown = phone.get("/account/sessions").text
    assert shown.count('name="session" value="others"') == 1
    assert "Safari on iPhone" in shown
    assert "from 127.0.0.1" in shown
    own, *others = [part.split('"')[0] for part in shown.split('name="session" value="')[1:]]
    assert shown.index("this browser") < shown.index(others[0])
    curl = next(each for each in others if f"{each}" in shown and "curl" in shown.split(each)[0].rsplit("<li", 1)[1])
    assert "Ended." in phone.post("/account/sessions", session=curl).text
    assert third.get("/account").status_code == 303
    assert "It had ended already." in phone.post("/account/sessions", session=curl).text
    assert laptop.get("/account").status_code == 200
    phone.post("/account/sessions", session="others")
    assert laptop.get("/account").status_code == 303
    assert phone.post("/account/sessions", session=own).headers["location"].startswith("/account/sign-in")
    assert count(place, "session") == 0


def test_nobody_ends_the_session_of_another_person(place: Place, acme: Tenant) -> None:
    let_in(acme, ids.new_id(0x003), "other@acme.test", NEW, "Other")
    other = Browsing()
    other.sign_in("other@acme.test", NEW)
    (theirs,) = place.ask("SELECT id FROM directory.session", database=place.directory)[0]
    browser = signed_in()
    browser.get("/account/sessions")
    for given in (str(theirs), "others", "x"):
        browser.post("/account/sessions", session=given)
    assert other.get("/account").status_code == 200


def test_a_person_of_one_company_is_not_asked_which(place: Place, acme: Tenant, rival: Tenant) -> None:
    asked = "/account/tenants?continue=%2Foauth%2Fauthorize%3Fclient_id%3Dx%26tenant%3Devil"
    one = signed_in().get(asked)
    assert 'href="/oauth/authorize?client_id=x&amp;tenant=acme"' in one.text
    person = ids.new_id(0x003)
    let_in(rival, person, EMAIL, None, "王丽")
    both = signed_in().get(asked)
    assert both.status_code == 200
    for slug in (acme.slug, rival.slug):
        assert f'href="/oauth/authorize?client_id=x&amp;tenant={slug}"' in both.text
    shut_out(rival, person)
    assert "rival" not in signed_in().get(asked).text
    assert count(place, "membership WHERE ended_at IS NOT NULL") >= 1


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "/account/../x", "/x"])
@pytest.mark.parametrize("path", ["/account/tenants", "/account/password"])
def test_one_is_sent_on_to_our_own_addresses_only(path: str, to: str) -> None:
    browser = signed_in()
    answer = browser.get(f"{path}?continue={to}")
    assert "evil" not in browser.hidden.get("continue", "") + answer.headers.get("location", "")
    if path == "/account/password":
        answer = browser.post(path, current=PASSWORD, new=NEW, again=NEW, **{"continue": to})
        assert answer.headers["location"] == "/account"


def test_a_changed_password_ends_all_but_this_session_which_gets_a_new_secret(place: Place) -> None:
    browser, other = signed_in(), signed_in()
    before = browser.secret
    browser.get("/account/password")
    answer = browser.post("/account/password", current=PASSWORD, new=NEW, again=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=password")
    assert browser.secret not in (None, before)
    assert "The new password is set." in browser.get("/account?done=password").text
    assert other.get("/account").status_code == 303
    assert count(place, "session") == 1
    assert Browsing().sign_in(EMAIL, PASSWORD).status_code == 401
    assert Browsing().sign_in(EMAIL, NEW).status_code == 303


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"current": "wrong"}, "The current password is wrong."),
        ({"again": "otherwise"}, "The new password was not typed the same twice."),
        ({"new": "short", "again": "short"}, "A password has 8 to 200 characters."),
        ({"new": "password1", "again": "password1"}, "one of those that are guessed first"),
        ({"new": PASSWORD, "again": PASSWORD}, "This is the password that you have now."),
    ],
)
def test_a_password_that_is_refused_changes_nothing(place: Place, fields: dict[str, str], told: str) -> None:
    browser, other = signed_in(), signed_in()
    before = place.ask("SELECT password_hash FROM directory.person WHERE email = %s", EMAIL, database=place.directory)
    browser.get("/account/password")
    answer = browser.post("/account/password", **{"current": PASSWORD, "new": NEW, "again": NEW, **fields})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'role="alert"' in answer.text
    after = place.ask("SELECT password_hash FROM directory.person WHERE email = %s", EMAIL, database=place.directory)
    assert after == before
    assert other.get("/account").status_code == 200


def test_guessing_the_password_in_a_stolen_session_locks(place: Place) -> None:
    browser = signed_in()
    browser.get("/account/password")
    with clock.stopped_at(datetime.now(UTC)):
        for _ in range(5):
            browser.post("/account/password", current="wrong", new=NEW, again=NEW)
        assert browser.post("/account/password", current=PASSWORD, new=NEW, again=NEW).status_code == 422
    found = place.ask("SELECT outcome FROM directory.sign_in_entry ORDER BY id", database=place.directory)
    assert [outcome for (outcome,) in found] == ["ok"] + ["wrong"] * 5 + ["locked"]


def test_a_password_that_is_due_is_replaced_before_anything_else(place: Place, acme: Tenant) -> None:
    with directory() as connection:
        policy_set(connection, acme.id, Policy(password_days=90))
    place.ask("UPDATE directory.person SET password_set_at = %s", NOON, database=place.directory)
    with clock.stopped_at(NOON + timedelta(days=89, hours=23)):
        assert Browsing().sign_in(EMAIL, PASSWORD).headers["location"] == "/account"
    with clock.stopped_at(NOON + timedelta(days=90)):
        browser = Browsing()
        due = "/account/password?continue=%2Faccount%2Fsessions"
        answer = browser.sign_in(EMAIL, PASSWORD, **{"continue": "/account/sessions"})
        assert answer.headers["location"] == due
        for path in ("/account", "/account/sessions", "/account/tenants"):
            assert browser.get(path).headers["location"].startswith("/account/password?continue=")
        assert "Your password has expired." in browser.get(due).text
        before = browser.secret
        again = browser.post("/account/password", current=PASSWORD, new=PASSWORD, again=PASSWORD)
        assert again.status_code == 422
        answer = browser.post("/account/password", current=PASSWORD, new=NEW, again=NEW)
        assert answer.headers["location"] == "/account/sessions"
        assert browser.secret != before
        assert browser.get("/account").status_code == 200
        assert Browsing().sign_in(EMAIL, NEW).headers["location"] == "/account"


def test_a_second_factor_that_is_due_comes_first(acme: Tenant) -> None:
    with directory() as connection:
        policy_set(connection, acme.id, Policy(second_factor=True))
    browser = Browsing()
    assert browser.sign_in(EMAIL, PASSWORD).headers["location"] == "/account/second-factor?continue=%2Faccount"
    for path in PAGES:
        assert browser.get(path).headers["location"].startswith("/account/second-factor?continue=")


def test_a_person_of_a_company_that_takes_no_passwords_is_told_to_use_its_own_way(place: Place, acme: Tenant) -> None:
    with directory() as connection:
        policy_set(connection, acme.id, Policy(password_allowed=False))
    answer = Browsing().sign_in(EMAIL, PASSWORD)
    assert answer.status_code == 401
    assert "Sign in through your company." in answer.text
    assert Browsing().sign_in(EMAIL, "wrong").text.count("E-mail or password is wrong.") == 1
    assert count(place, "session") == 0


def test_sessions_end_by_the_strictest_hours_and_idleness_of_ones_companies(acme: Tenant) -> None:
    with directory() as connection:
        policy_set(connection, acme.id, Policy(session_hours=2, idle_minutes=30))
    with clock.stopped_at(NOON):
        browser, idle = signed_in(), signed_in()
    for minutes in (29, 58, 87, 116):
        with clock.stopped_at(NOON + timedelta(minutes=minutes)):
            assert browser.get("/account").status_code == 200
    with clock.stopped_at(NOON + timedelta(minutes=30)):
        assert idle.get("/account").status_code == 303
    with clock.stopped_at(NOON + timedelta(minutes=119, seconds=59)):
        assert browser.get("/account/sessions").text.count("Signed in <time") == 1
    with clock.stopped_at(NOON + timedelta(minutes=120)):
        assert browser.get("/account").status_code == 303


def test_sessions_that_were_over_a_month_ago_are_swept_away(place: Place) -> None:
    with clock.stopped_at(NOON):
        for _ in range(3):
            signed_in()
    with clock.stopped_at(NOON + timedelta(days=30, hours=11)):
        signed_in()
    assert count(place, "session") == 4
    with clock.stopped_at(NOON + timedelta(days=30, hours=13)):
        signed_in()
        signed_in()
    assert count(place, "session") == 3


def test_a_policy_that_is_tightened_later_ends_sessions_that_are_open(acme: Tenant) -> None:
    with clock.stopped_at(NOON):
        browser = signed_in()
    with clock.stopped_at(NOON + timedelta(hours=3)):
        assert browser.get("/account").status_code == 200
        with directory() as connection:
            policy_set(connection, acme.id, Policy(session_hours=1))
        assert browser.get("/account").status_code == 303
