"""Each rule of a tenant for passwords refuses what it should and nothing else, and is told in both languages."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from saas.kit.errors import BadInput
from saas.tenants.directory import directory
from saas.tenants.identity.password_set import MOST_KEPT, Unmet, check_password, password_set
from saas.tenants.identity.policy import Policy, policy_set
from saas.tenants.identity.reset import policies_for
from saas.tenants.provision import resume, suspend
from saas.tenants.sign_in import identify, let_in, sign_in
from saas.tenants.tenant import Tenant
from saas.web.pages import words
from tests.tenants.place import Place

NAMES = ("Wang Li", "wang.li@acme.example", "Acme Tools", "acme", "王小丽")
EMAIL, PASSWORD = "rules@example.com", "a first secret of theirs"


def unmet(password: str, *policies: Policy, person_id: UUID | None = None) -> list[str]:
    return [each.key for each in check_password(person_id, password, policies, NAMES)]


@pytest.fixture
def person(acme: Tenant, place: Place) -> UUID:
    place.ask("DELETE FROM directory.person", database=place.directory)
    place.ask("DELETE FROM directory.sign_in_policy", database=place.directory)
    let_in(acme, uuid4(), EMAIL, PASSWORD, "Rules")
    found = place.ask("SELECT id FROM directory.person", database=place.directory)
    id_: UUID = found[0][0]
    return id_


def change(person_id: UUID, password: str) -> None:
    with directory() as connection:
        password_set(connection, person_id, password)


@pytest.mark.parametrize(
    ("password", "is_refused"),
    [("x7tq mz", True), ("x7tq mzk", False), ("x7tq mzk" * 25, False), ("x7tq mzk" * 25 + "y", True)],
)
def test_length(password: str, is_refused: bool) -> None:
    assert ("password_length" in unmet(password, Policy(password_length=8))) is is_refused


@pytest.mark.parametrize(
    ("password", "least", "is_refused"),
    [
        ("tangerine cloud", 2, False),
        ("tangerinecloud", 2, True),
        ("tangerineCloud", 3, True),
        ("tangerineCloud7", 3, False),
        ("tangerineCloud7", 4, True),
        ("tangerineCloud7!", 4, False),
        ("红茶配柠檬tangerine", 2, False),
    ],
)
def test_classes(password: str, least: int, is_refused: bool) -> None:
    assert unmet(password, Policy(password_classes=least)) == (["password_classes"] if is_refused else [])


@pytest.mark.parametrize(
    "password",
    [
        "password", "PASSWORD1", "P@ssw0rd!", "Password2024!", "qwertyuiop", "1qaz2wsx", "12345678", "19900101",
        "138-0013-8000", "aaaaaaaaaa", "abcabcabcabc", "woaini1314", "Sunshine#12", "iloveyou", "dragon2024!",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert "password_common" in unmet(password)


@pytest.mark.parametrize(
    "password", ["correct horse", "battery staple", "demo-password", "tangerine cloud", "a password"]
)
def test_what_is_not_is_taken(password: str) -> None:
    assert unmet(password) == []


@pytest.mark.parametrize(
    "password",
    [
        "wangli20261128",
        "ACME-tool",
        "first-acme",
        "acme-welcome",
        "ＡＣＭＥ.1234567",
        "王小丽的秘密12345",
        "wang.li@acme",
    ],
)
def test_what_is_little_more_than_a_name_is_refused(password: str) -> None:
    assert unmet(password) == ["password_named"]


@pytest.mark.parametrize("password", ["my name is not wang", "I am at Acme daily", "王小丽每天早上喝茶"])
def test_a_sentence_may_have_a_name_in_it(password: str) -> None:
    assert unmet(password) == []


def test_names_too_short_to_be_told_from_chance_do_not_count() -> None:
    assert check_password(None, "bolivian tangerine", [], ["Li", "li@x.example", "x"]) == []


def test_of_all_tenants_the_strictest_rule_counts() -> None:
    rules = Policy(password_length=12), Policy(password_classes=3)
    assert unmet("mandarines", *rules) == ["password_length", "password_classes"]


def test_the_last_passwords_do_not_come_back(person: UUID) -> None:
    for password in ("the second secret", "the third secret"):
        change(person, password)
    kept = Policy(password_history=2)
    assert unmet("the third secret", kept, person_id=person) == ["password_same"]
    assert unmet("the second secret", kept, person_id=person) == ["password_former"]
    assert unmet(PASSWORD, kept, person_id=person) == ["password_former"]
    assert unmet(PASSWORD, Policy(password_history=1), person_id=person) == []
    assert unmet("the second secret", Policy(), person_id=person) == []


def test_no_more_former_passwords_are_kept_than_may_be_asked_for(person: UUID, place: Place) -> None:
    for number in range(MOST_KEPT + 3):
        change(person, f"secret number {number}")
    assert place.ask("SELECT count(*) FROM directory.password_history", database=place.directory) == [(MOST_KEPT,)]


def test_a_new_password_ends_what_was_open_and_forgets_failures(acme: Tenant, person: UUID, place: Place) -> None:
    token = sign_in("acme", EMAIL, PASSWORD).token
    place.ask("UPDATE directory.person SET failures = 4, failed_at = now()", database=place.directory)
    assert identify(token).person_id == person
    change(person, "another secret of theirs")
    assert place.ask("SELECT id FROM directory.sign_in", database=place.directory) == []
    (found,) = place.ask(
        "SELECT failures, failed_at, password_set_at > now() - interval '1 minute' FROM directory.person",
        database=place.directory,
    )
    assert found == (0, None, True)
    assert identify(sign_in(acme.slug, EMAIL, "another secret of theirs").token).person_id == person


def test_an_operators_file_meets_the_rules_of_the_tenant(acme: Tenant, person: UUID, place: Place) -> None:
    assert person.version == 8
    with directory() as connection:
        policy_set(connection, acme.id, Policy(password_length=20, password_classes=2))
    with pytest.raises(BadInput) as told:
        let_in(acme, uuid4(), "new@example.com", "mandarines", "New")
    assert told.value.path == ("password",)
    assert told.value.message == (
        "A password has 20 to 200 characters."
        " Of small letters, capitals, digits and other characters, 2 kinds must be there."
    )
    assert place.ask("SELECT email FROM directory.person", database=place.directory) == [(EMAIL,)]


def test_every_rule_is_told_on_pages_in_english_and_chinese() -> None:
    file = Path(words.__file__).with_name("account.json")
    told = json.loads(file.read_text("utf-8"))
    values: dict[str, object] = {"least": 9, "most": 99, "last": 3}
    for key in ("length", "classes", "common", "named", "same", "former"):
        english, chinese = told[f"password_{key}"]
        assert english.format(**values) == Unmet(f"password_{key}", values).sentence
        assert chinese.format(**values) != english.format(**values)


def test_the_rules_of_a_suspended_company_count_on(acme: Tenant, person: UUID) -> None:
    """It comes back one day, and then the password must be good enough."""
    with directory() as connection:
        policy_set(connection, acme.id, Policy(password_length=20))
    suspend(acme)
    try:
        assert [policy.password_length for policy in policies_for(person)] == [20]
    finally:
        resume(acme)
