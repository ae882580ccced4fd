"""`POST /sign-in` asks what the page asks, and each refusal has a code; the log tells every try."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from saas.kit import clock
from saas.kit.errors import RateLimited
from saas.kit.ids import code_of
from saas.tenants import sign_in as identity
from saas.tenants.directory import directory
from saas.tenants.identity.policy import Policy, policy_set
from saas.tenants.identity.sign_in_log import KEPT, log_sign_in
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place
from tests.web.browsing import Browsing
from tests.web.conftest import EMAIL, PASSWORD, Door

RIGHT = {"tenant": "acme", "email": EMAIL, "password": PASSWORD}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def demand(acme: Tenant, **rules: Any) -> None:
    with directory() as connection:
        policy_set(connection, acme.id, Policy(**rules))


def log(place: Place) -> list[tuple[Any, ...]]:
    query = "SELECT email, outcome, method FROM directory.sign_in_entry ORDER BY id"
    return place.ask(query, database=place.directory)


def tokens(place: Place) -> int:
    count: int = place.ask("SELECT count(*) FROM directory.sign_in", database=place.directory)[0][0]
    return count


def refused(place: Place, door: Door, body: dict[str, str]) -> str:
    """The code of the refusal; no token was given."""
    before = tokens(place)
    answer = door("POST", "/sign-in", json=body)
    assert answer.status_code == 401
    assert tokens(place) == before
    code: str = answer.json()["error"]["code"]
    return code


def test_a_tenant_without_passwords_sends_to_its_own_way(place: Place, acme: Tenant, door: Door) -> None:
    demand(acme, password_allowed=False)
    assert refused(place, door, RIGHT) == "SSO_REQUIRED"
    assert refused(place, door, RIGHT | {"password": "wrong"}) == "UNAUTHENTICATED"
    assert log(place) == [(EMAIL, "refused", "pwd"), (EMAIL, "wrong", "pwd")]


def test_a_password_that_is_due_is_set_on_the_page(place: Place, acme: Tenant, door: Door) -> None:
    demand(acme, password_days=30)
    place.ask("UPDATE directory.person SET password_set_at = %s", NOON, database=place.directory)
    with clock.stopped_at(NOON + timedelta(days=29)):
        assert door("POST", "/sign-in", json=RIGHT).status_code == 200
    with clock.stopped_at(NOON + timedelta(days=30)):
        assert refused(place, door, RIGHT) == "PASSWORD_EXPIRED"
        assert refused(place, door, RIGHT | {"password": "wrong"}) == "UNAUTHENTICATED"


def test_a_second_factor_goes_along(place: Place, acme: Tenant, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    demand(acme, second_factor=True)
    monkeypatch.setattr(
        identity, "second_factor_is_right", lambda _connection, _id, code: "otp" if code == "123456" else None
    )
    assert refused(place, door, RIGHT) == "SECOND_FACTOR_REQUIRED"
    assert refused(place, door, RIGHT | {"otp": "000000"}) == "SECOND_FACTOR_WRONG"
    assert refused(place, door, RIGHT | {"password": "wrong", "otp": "123456"}) == "UNAUTHENTICATED"
    failed = place.ask("SELECT failures FROM directory.person WHERE email = %s", EMAIL, database=place.directory)
    assert failed == [(2,)]
    assert door("POST", "/sign-in", json=RIGHT | {"otp": "123456"}).status_code == 200
    assert [(outcome, method) for _, outcome, method in log(place)] == [
        ("refused", "pwd"), ("second_factor_wrong", "otp"), ("wrong", "pwd"), ("ok", "otp"),
    ]  # fmt: skip


def test_guessing_codes_locks_as_guessing_passwords_does(place: Place, acme: Tenant, door: Door) -> None:
    demand(acme, second_factor=True, captcha="never")
    with clock.stopped_at(NOON):
        for number in range(5):
            assert refused(place, door, RIGHT | {"otp": f"00000{number}"}) == "SECOND_FACTOR_WRONG"
        assert refused(place, door, RIGHT | {"otp": "000009"}) == "UNAUTHENTICATED"
    assert [outcome for _, outcome, _ in log(place)] == ["second_factor_wrong"] * 5 + ["locked"]


def test_codes_that_are_looked_at_no_more_are_logged_as_locked(
    place: Place, acme: Tenant, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def patient(*_: object) -> str:
        raise RateLimited("Too many codes were wrong.")

    demand(acme, second_factor=True)
    monkeypatch.setattr(identity, "second_factor_is_right", patient)
    before = tokens(place)
    assert door("POST", "/sign-in", json=RIGHT | {"otp": "123456"}).status_code == 429
    assert log(place) == [(EMAIL, "locked", "otp")]
    assert tokens(place) == before


def test_a_code_that_nobody_asked_for_is_not_looked_at(door: Door) -> None:
    assert door("POST", "/sign-in", json=RIGHT | {"otp": "1"}).status_code == 200
    assert door("POST", "/sign-in", json=RIGHT | {"otp": None}).status_code == 200
    answer = door("POST", "/sign-in", json=RIGHT | {"otp": 123456})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "otp: is not a text.")


def test_each_try_is_a_row_with_everything_about_it(place: Place, acme: Tenant, door: Door) -> None:
    agent = {"user-agent": "Test/1"}
    door("POST", "/sign-in", json=RIGHT, headers=agent)
    door("POST", "/sign-in", json=RIGHT | {"email": "Nobody@acme.test", "tenant": "elsewhere"}, headers=agent)
    Browsing(**agent).sign_in(EMAIL, PASSWORD)
    person = place.ask("SELECT id FROM directory.person WHERE email = %s", EMAIL, database=place.directory)[0][0]
    session = place.ask("SELECT id FROM directory.session", database=place.directory)[0][0]
    columns = "person_id, tenant_id, session_id, email, outcome, method, address, agent"
    rows = place.ask(f"SELECT {columns} FROM directory.sign_in_entry ORDER BY id", database=place.directory)
    caller = ("127.0.0.1", "Test/1")
    assert rows == [
        (person, acme.id, None, EMAIL, "ok", "pwd", *caller),
        (None, None, None, "nobody@acme.test", "wrong", "pwd", *caller),
        (person, None, session, EMAIL, "ok", "pwd", *caller),
    ]
    (id_, at) = place.ask("SELECT id, at FROM directory.sign_in_entry LIMIT 1", database=place.directory)[0]
    assert code_of(id_) == 0x714
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60


def test_the_log_forgets_after_half_a_year_in_small_steps(place: Place, door: Door) -> None:
    def write(moment: datetime) -> None:
        with clock.stopped_at(moment), directory() as connection:
            log_sign_in(
                connection, person_id=None, email="a@b.test", outcome="wrong", method="pwd", address="", agent=""
            )

    for number in range(5):
        write(NOON + timedelta(minutes=number))
    later = NOON + KEPT
    write(later)  # none is older than half a year yet
    assert len(log(place)) == 6
    write(later + timedelta(minutes=10))
    assert len(log(place)) == 5
    for _ in range(3):
        write(later + timedelta(minutes=10))
    assert [
        row[0] for row in place.ask("SELECT at < %s FROM directory.sign_in_entry", later, database=place.directory)
    ] == [False] * 5
    assert door("POST", "/sign-in", json=RIGHT).status_code == 200
