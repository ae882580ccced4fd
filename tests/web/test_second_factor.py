"""A second factor: set up with an app, asked for at every sign-in, each code once, and wrong ones ever more slowly."""

import itertools
import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from saas.kit import clock
from saas.kit.vault import opened
from saas.modules.organisation.rights import Grants
from saas.tenants.directory import directory
from saas.tenants.identity.policy import Policy, policy_set
from saas.tenants.identity.second_factor import PURPOSE, has_second_factor
from saas.tenants.sign_in import let_in
from tests.browsing import Browser, Page, browser, known, mails_to, work
from tests.engine.people import hire
from tests.workers.place import eventually
from tests.world import PASSWORD, World, call

ENTER, SET_UP = "/account/second-factor", "/account/second-factor/set-up"
SESSION = """
    SELECT s.methods, s.pending FROM directory.session s JOIN directory.person p ON p.id = s.person_id
    WHERE p.email = :email ORDER BY s.id DESC LIMIT 1"""
FACTOR = """
    SELECT f.confirmed_at IS NOT NULL, f.failures FROM directory.second_factor f
    JOIN directory.person p ON p.id = f.person_id WHERE p.email = :email"""
_numbers = itertools.count(1)


@pytest.fixture
def guest() -> Iterator[Browser]:
    with browser() as opened_one:
        yield opened_one


def somebody(world: World) -> str:
    """The address of a person who signs in by password."""
    name = f"otto{next(_numbers)}"
    person = hire(world.garage, name, Grants())
    let_in(world.garage.tenant, person.id, person.email, PASSWORD, name)
    return person.email


def key_in(page: Page) -> str:
    (found,) = re.findall(r"<code>([A-Z2-7 ]+)</code>", page.text)
    return str(found).replace(" ", "")


def codes_in(page: Page) -> list[str]:
    return re.findall(r"<code>([A-Z0-9]{4}(?:-[A-Z0-9]{4}){3})</code>", page.text)


def code(key: str, steps: int = 0) -> str:
    """What the app shows so many steps of 30 seconds from now."""
    return pyotp.TOTP(key).at(clock.now() + timedelta(seconds=30 * steps))


def wrong(key: str) -> str:
    shown = {code(key, steps) for steps in range(-3, 4)}
    return next(each for each in map("{:06}".format, range(20)) if each not in shown)


def set_up(guest: Browser, email: str) -> tuple[str, list[str]]:
    """Signed in with a factor that was set up just now; its key and the recovery codes."""
    assert guest.sign_in(email, PASSWORD).status == 303
    key = key_in(guest.get(SET_UP))
    done = guest.post(SET_UP, do="confirm", code=code(key, -1))
    assert done.status == 200
    return key, codes_in(done)


def test_it_is_set_up_by_key_or_picture_and_confirmed_by_a_code(world: World, guest: Browser) -> None:
    email = somebody(world)
    guest.sign_in(email, PASSWORD)
    assert known(SESSION, email=email) == [(["pwd"], None)]
    page = guest.get(SET_UP)
    key = key_in(page)
    assert (page.status, 'src="data:image/svg+xml' in page.text) == (200, True)
    assert key_in(guest.get(SET_UP)) == key
    refused = guest.post(SET_UP, do="confirm", code=wrong(key))
    assert (refused.status, "The code is wrong" in refused.text, known(FACTOR, email=email)) == (
        422,
        True,
        [(False, 1)],
    )
    done = guest.post(SET_UP, do="confirm", code=code(key))
    codes = codes_in(done)
    assert (done.status, len(set(codes))) == (200, 10)
    assert known(FACTOR, email=email) == [(True, 0)]
    assert known(SESSION, email=email) == [(["pwd", "otp"], None)]
    after = guest.get(SET_UP).text
    assert ("10 of 10 are left" in after, key in after, codes[0] in after) == (True, False, False)


def test_nothing_that_is_kept_opens_it(world: World, guest: Browser) -> None:
    email = somebody(world)
    key, codes = set_up(guest, email)
    ((secret,),) = known("SELECT secret FROM directory.second_factor ORDER BY created_at DESC LIMIT 1")
    assert (key.encode() in bytes(secret), opened(bytes(secret), PURPOSE)) == (False, key.encode())
    kept = b"".join(bytes(each) for (each,) in known("SELECT code_hash FROM directory.recovery_code"))
    assert [each for each in codes if each.replace("-", "").encode() in kept] == []


def test_a_sign_in_asks_for_it_and_counts_only_then(world: World, guest: Browser) -> None:
    email = somebody(world)
    key, _ = set_up(guest, email)
    with browser() as other:
        other.sign_in(email, PASSWORD)
        assert known(SESSION, email=email) == [(["pwd"], "second_factor")]
        assert other.get(SET_UP).location == f"{ENTER}?continue=%2Faccount%2Fsecond-factor%2Fset-up"
        assert other.get(f"{ENTER}?continue=/oauth/device").status == 200
        before = dict(other.client.cookies)
        done = other.post(ENTER, code=code(key), **{"continue": "/account/tenants"})
        assert (done.status, done.location) == (303, "/account/tenants")
        assert known(SESSION, email=email) == [(["pwd", "otp"], None)]
        assert dict(other.client.cookies)["atrium-session"] != before["atrium-session"]
        assert other.get(ENTER).location == "/account"
    log = "SELECT outcome, method FROM directory.sign_in_entry WHERE email = :email ORDER BY id DESC LIMIT 1"
    assert known(log, email=email) == [("ok", "otp")]


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_a_code_is_good_one_step_before_and_after_its_own(
    world: World, guest: Browser, steps: int, status: int
) -> None:
    email = somebody(world)
    key, _ = set_up(guest, email)
    with clock.stopped_at(clock.now() + timedelta(minutes=5)), browser() as other:
        other.sign_in(email, PASSWORD)
        other.get(ENTER)
        assert other.post(ENTER, code=code(key, steps)).status == status


def test_a_code_is_taken_once_and_an_older_one_not_after_it(world: World, guest: Browser) -> None:
    email = somebody(world)
    key, _ = set_up(guest, email)
    with clock.stopped_at(clock.now() + timedelta(minutes=5)):
        shown, statuses = code(key), []
        for _ in range(2):
            with browser() as other:
                other.sign_in(email, PASSWORD)
                other.get(ENTER)
                spaced = f" {shown[:3]} {shown[3:]}"
                statuses.append(other.post(ENTER, code=spaced).status)
                statuses.append(other.post(ENTER, code=code(key, -1)).status)
        assert statuses == [303, 303, 401, 401]  # who is in goes on; the other one is not let in by either
    log = "SELECT count(*) FROM directory.sign_in_entry WHERE email = :email AND outcome = 'second_factor_wrong'"
    assert known(log, email=email) == [(2,)]


def test_a_recovery_code_lets_in_once(world: World, guest: Browser) -> None:
    email = somebody(world)
    _, codes = set_up(guest, email)
    for typed, status in ((codes[3].lower().replace("-", " "), 303), (codes[3], 401), (codes[4], 303)):
        with browser() as other:
            other.sign_in(email, PASSWORD)
            other.get(ENTER)
            assert other.post(ENTER, code=typed).status == status
    assert known(SESSION, email=email) == [(["pwd", "recovery"], None)]
    assert "8 of 10 are left" in guest.get(SET_UP).text


def test_after_five_wrong_ones_each_waits_longer_in_every_session(world: World, guest: Browser) -> None:
    email = somebody(world)
    key, codes = set_up(guest, email)

    with browser() as other, browser() as third:
        for each in (other, third):
            each.sign_in(email, PASSWORD)
            each.get(ENTER)
        assert [each.post(ENTER, code=wrong(key)).status for each in (other, third, other, third, other)] == [401] * 5
        refused = third.post(ENTER, code=codes[0])
        assert (refused.status, refused.headers["retry-after"]) == (429, "5")
        with browser() as fourth:  # the password alone is locked too, and does not begin the count anew
            assert fourth.sign_in(email, PASSWORD).status == 401
        later = clock.now() + timedelta(seconds=6)
        with clock.stopped_at(later):
            assert third.post(ENTER, code=wrong(key)).status == 401
            assert third.post(ENTER, code=codes[0]).headers["retry-after"] == "10"
        with clock.stopped_at(later + timedelta(seconds=11)):
            assert third.post(ENTER, code=codes[0]).status == 303
            with browser() as fourth:
                assert fourth.sign_in(email, PASSWORD).status == 303
    assert known(FACTOR, email=email) == [(True, 0)]


def test_it_is_turned_off_with_the_password_unless_a_company_demands_it(world: World, guest: Browser) -> None:
    email = somebody(world)
    set_up(guest, email)
    refused = guest.post(SET_UP, do="off", password="wrong")
    assert (refused.status, known(FACTOR, email=email)) == (422, [(True, 0)])
    demand(world, Policy(second_factor=True))
    try:
        assert "demands a second factor" in guest.get(SET_UP).text
        assert guest.post(SET_UP, do="off", password=PASSWORD).status == 422
        assert known(FACTOR, email=email) == [(True, 0)]
    finally:
        demand(world, Policy())
    assert guest.post(SET_UP, do="off", password=PASSWORD).location == SET_UP
    assert known(FACTOR, email=email) == []
    with browser() as other:
        other.sign_in(email, PASSWORD)
        assert known(SESSION, email=email) == [(["pwd"], None)]

    def told() -> list[str]:
        work(world)
        return [mail["subject"] for mail in mails_to(email)]

    eventually(told, ["A second factor was set up", "Your second factor was turned off"].__eq__)


def test_new_recovery_codes_take_the_place_of_the_old_ones(world: World, guest: Browser) -> None:
    email = somebody(world)
    _, codes = set_up(guest, email)
    guest.get(SET_UP)
    assert guest.post(SET_UP, do="renew", code="000").status == 422
    fresh = codes_in(guest.post(SET_UP, do="renew", code=codes[0]))
    assert (len(fresh), set(fresh) & set(codes)) == (10, set())
    for given, status in ((codes[1], 401), (fresh[1], 303)):
        with browser() as other:
            other.sign_in(email, PASSWORD)
            other.get(ENTER)
            assert other.post(ENTER, code=given).status == status


def test_who_has_none_and_must_have_one_sets_it_up_before_going_on(world: World, guest: Browser) -> None:
    email = somebody(world)
    demand(world, Policy(second_factor=True))
    try:
        guest.sign_in(email, PASSWORD)
        assert known(SESSION, email=email) == [(["pwd"], "second_factor")]
        path = guest.get(f"{ENTER}?continue=/oauth/device").location
        assert path == f"{SET_UP}?continue=%2Foauth%2Fdevice"
        key = key_in(guest.get(path))
        done = guest.post(path, do="confirm", code=code(key))
        assert (done.status, 'href="/oauth/device"' in done.text) == (200, True)
        assert known(SESSION, email=email) == [(["pwd", "otp"], None)]
    finally:
        demand(world, Policy())


def test_a_token_for_password_takes_a_code_too(world: World, guest: Browser) -> None:
    email = somebody(world)
    key, codes = set_up(guest, email)

    def asked(**more: str) -> tuple[int, str]:
        body = {"tenant": "garage", "email": email, "password": PASSWORD, **more}
        answer = call("POST", "/sign-in", json=body)
        told = answer.json()
        return answer.status_code, told["error"]["code"] if "error" in told else told["token"][:4]

    assert asked() == (401, "SECOND_FACTOR_REQUIRED")
    assert asked(otp=wrong(key)) == (401, "SECOND_FACTOR_WRONG")
    assert asked(otp=code(key)) == (200, "atr_")
    assert asked(otp=code(key)) == (401, "SECOND_FACTOR_WRONG")
    assert asked(otp=codes[0]) == (200, "atr_")
    assert asked(otp=codes[0]) == (401, "SECOND_FACTOR_WRONG")


def test_nobody_gets_there_without_a_session_or_with_a_form_of_elsewhere(world: World, guest: Browser) -> None:
    for path in (ENTER, SET_UP):
        assert guest.get(path).location.startswith("/account/sign-in?continue=")
        assert guest.post(path, code="1").location.startswith("/account/sign-in?continue=")
    email = somebody(world)
    guest.sign_in(email, PASSWORD)
    key = key_in(guest.get(SET_UP))
    assert guest.post(SET_UP, csrf="0" * 64, do="confirm", code=code(key)).status == 403
    ((person_id,),) = known("SELECT id FROM directory.person WHERE email = :email", email=email)
    assert has_second_factor(person_id) is False


def demand(world: World, policy: Policy) -> None:
    with directory() as connection:
        policy_set(connection, world.garage.tenant.id, policy)
