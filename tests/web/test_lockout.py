"""Failures lock an address for longer and longer, whoever has it, and nobody learns anything from that."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from saas.kit import clock
from saas.tenants import passwords
from saas.tenants.directory import directory
from saas.tenants.identity import by_password
from saas.tenants.identity.lockout import LONGEST, delay
from saas.tenants.identity.policy import Captcha, Policy, policy_set
from saas.tenants.tenant import Tenant
from saas.web.attempts import ALLOWED, attempts, networks
from tests.tenants.place import Place
from tests.web.browsing import Browsing
from tests.web.conftest import EMAIL, PASSWORD, Door, knock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOBODY = "nobody@acme.test"


@pytest.fixture(autouse=True)
def no_captcha(acme: Tenant, door: Door) -> None:
    """Nobody tried yet, and no captcha is asked for in this domain."""
    assert door is knock
    with directory() as connection:
        policy_set(connection, acme.id, Policy(captcha=Captcha.NEVER))


def tried(seconds: float, email: str, password: str) -> httpx2.Response:
    """A try so long after noon; of the network address nothing is remembered."""
    attempts.forget()
    networks.forget()
    with clock.stopped_at(NOON + timedelta(seconds=seconds)):
        return Browsing().sign_in(email, password)


def outcomes(place: Place) -> list[str]:
    found = place.ask("SELECT outcome FROM directory.sign_in_entry ORDER BY id", database=place.directory)
    return [outcome for (outcome,) in found]


def failures(place: Place) -> int:
    found = place.ask("SELECT failures FROM directory.person WHERE email = %s", EMAIL, database=place.directory)
    count: int = found[0][0]
    return count


def test_the_wait_doubles_to_a_quarter_of_an_hour() -> None:
    waits = [delay(count).total_seconds() for count in range(4, 18)]
    assert waits == [0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]
    assert delay(10_000) == LONGEST


def test_after_five_failures_the_right_password_waits_and_each_failure_doubles_that(place: Place) -> None:
    for second in range(5):
        assert tried(second, EMAIL, "wrong").status_code == 401
    assert tried(5.9, EMAIL, PASSWORD).status_code == 401  # locked until the sixth second
    assert tried(6, EMAIL, "wrong").status_code == 401  # counts, and locks for four
    assert tried(9.9, EMAIL, PASSWORD).status_code == 401
    assert failures(place) == 6
    assert tried(10, EMAIL, PASSWORD).status_code == 303
    assert failures(place) == 0
    assert outcomes(place) == ["wrong"] * 5 + ["locked", "wrong", "locked", "ok"]


def test_while_locked_no_try_counts_whatever_the_password(place: Place) -> None:
    for second in range(5):
        tried(second, EMAIL, "wrong")
    wrong, right = tried(5, EMAIL, "wrong"), tried(5, EMAIL, PASSWORD)
    assert shown(wrong) == shown(right)
    assert failures(place) == 5
    assert place.ask("SELECT id FROM directory.session", database=place.directory) == []


def test_a_day_later_the_count_begins_anew(place: Place) -> None:
    for second in range(4):
        tried(second, EMAIL, "wrong")
    tried(86_500, EMAIL, "wrong")
    assert failures(place) == 1


def test_an_address_that_nobody_has_cannot_be_told_from_one_that_somebody_has(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[str | None] = []
    is_right = passwords.is_right

    def counting(password: str, kept: str | None) -> bool:
        checks.append(kept)
        return is_right(password, kept)

    monkeypatch.setattr(by_password, "is_right", counting)
    seen: dict[str, list[object]] = {EMAIL: [], NOBODY: []}
    for email, told in seen.items():
        for second in (0, 1, 2, 3, 4, 5, 6, 7, 10, 20):
            told.append(shown(tried(second, email, "wrong")))
    assert seen[EMAIL] == seen[NOBODY]
    assert [kept is None for kept in checks] == [False] * 10 + [True] * 10
    assert outcomes(place)[:10] == outcomes(place)[10:]
    assert outcomes(place)[4:8] == ["wrong", "locked", "wrong", "locked"]
    kept = place.ask("SELECT failures FROM directory.unknown_address", database=place.directory)
    assert kept == [(failures(place),)]


def test_what_is_no_address_at_all_counts_as_well_and_is_not_written_down(place: Place) -> None:
    for second in range(3):
        assert tried(second, "my secret password", "wrong").status_code == 401
    assert place.ask("SELECT failures FROM directory.unknown_address", database=place.directory) == [(3,)]
    # It may be a password that was typed into the wrong field.
    assert place.ask("SELECT DISTINCT email FROM directory.sign_in_entry", database=place.directory) == [("",)]


def test_old_failures_of_unknown_addresses_are_swept_away(place: Place) -> None:
    for number in range(6):
        tried(number, f"n{number}@acme.test", "wrong")
    for number in range(3):
        tried(2 * 86_400 + number, f"m{number}@acme.test", "wrong")
    assert place.ask("SELECT count(*) FROM directory.unknown_address", database=place.directory) == [(3,)]


def test_the_page_and_the_json_door_count_together(place: Place, door: Door) -> None:
    body = {"tenant": "acme", "email": EMAIL, "password": "wrong"}
    with clock.stopped_at(NOON):
        for _ in range(ALLOWED // 2):
            assert door("POST", "/sign-in", json=body).status_code == 401
            assert Browsing().sign_in(EMAIL.upper(), "wrong").status_code == 401
        answer = Browsing().sign_in(EMAIL, PASSWORD)
        assert door("POST", "/sign-in", json=body | {"password": PASSWORD}).status_code == 429
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "300"
    assert "Wait 300 seconds" in answer.text
    assert outcomes(place) == ["wrong"] * 5 + ["locked"] * 5
    assert failures(place) == 5


def test_the_right_password_for_a_tenant_where_one_is_not_counts_as_a_wrong_one(place: Place, door: Door) -> None:
    body = {"tenant": "elsewhere", "email": EMAIL, "password": PASSWORD}
    answer = door("POST", "/sign-in", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHENTICATED")
    assert outcomes(place) == ["refused"]
    assert failures(place) == 1


def shown(answer: httpx2.Response) -> tuple[int, str]:
    """Status and page, without what differs from one browser to the next, and without the address itself."""
    text = answer.text.replace(EMAIL, "EMAIL").replace(NOBODY, "EMAIL")
    before, _, rest = text.partition('name="csrf" value="')
    return answer.status_code, before + rest[64:]
