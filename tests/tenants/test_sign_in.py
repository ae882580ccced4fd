"""Signing in: the right three together, tokens that end, and people who belong to several tenants."""

import hashlib
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from argon2 import Parameters, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from saas.cli.embedded.ports import any_free_port
from saas.kit.clock import now, stopped_at
from saas.kit.errors import BadInput, Conflict, NotFound, TenantUnavailable, Unauthenticated, Unavailable
from saas.kit.settings import settings
from saas.tenants import passwords
from saas.tenants.database import close_connections
from saas.tenants.provision import resume, suspend
from saas.tenants.sign_in import (
    FRESH,
    WITHOUT_DIRECTORY,
    forget_callers,
    identify,
    issue_token,
    let_in,
    shut_out,
    sign_in,
    sign_out,
)
from saas.tenants.tenant import Tenant
from tests.apps import given
from tests.steps import counted
from tests.tenants.place import Place
from tests.world import Person

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def nobody(place: Place) -> Iterator[None]:
    yield
    place.ask("DELETE FROM directory.person", database=place.directory)
    forget_callers()


@pytest.fixture
def david(acme: Tenant) -> UUID:
    """Lets David in at Acme."""
    principal = uuid4()
    let_in(acme, principal, "David@Example.com", PASSWORD, "David")
    return principal


@contextmanager
def without_directory() -> Iterator[None]:
    """Inside, nothing answers where the directory should be; what the process remembers stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAAS_DIRECTORY_DSN", f"postgresql://127.0.0.1:{any_free_port()}/directory")
        close_connections()
        settings.cache_clear()
        try:
            yield
        finally:
            patch.undo()
            close_connections()
            settings.cache_clear()


def tokens(place: Place) -> list[bytes]:
    return [row[0] for row in place.ask("SELECT token_hash FROM directory.sign_in", database=place.directory)]


def test_a_token_tells_tenant_and_principal(acme: Tenant, david: UUID) -> None:
    signed_in = sign_in("acme", "david@example.com", PASSWORD)
    caller = identify(signed_in.token)
    assert (caller.tenant, caller.principal_id, caller.expires_at) == (acme, david, signed_in.expires_at)
    assert timedelta(hours=11.9) < signed_in.expires_at - now() <= timedelta(hours=12)


@pytest.mark.usefixtures("david")
def test_a_token_is_kept_as_a_hash_only(place: Place) -> None:
    token = sign_in("acme", "david@example.com", PASSWORD).token
    assert len(token) == len("atr_") + 43
    assert token.startswith("atr_")
    assert tokens(place) == [hashlib.sha256(token.encode()).digest()]


@pytest.mark.parametrize("email", ["david@example.com", " DAVID@EXAMPLE.COM ", "ｄａｖｉｄ@example.com"])
def test_case_and_width_of_the_address_do_not_matter(email: str, david: UUID) -> None:
    assert identify(sign_in("acme", email, PASSWORD).token).principal_id == david


@pytest.mark.parametrize(
    ("slug", "email", "password"),
    [
        ("acme", "david@example.com", "wrong horse"),
        ("acme", "david@example.com", ""),
        ("acme", "david@example.com", "x" * 100_000),
        ("acme", "dávid@example.com", PASSWORD),
        ("acme", "nobody@example.com", PASSWORD),
        ("rival", "david@example.com", PASSWORD),
        ("nowhere", "david@example.com", PASSWORD),
        ("acme' OR true --", "david@example.com", PASSWORD),
        ("acme\x00", "david@example.com\x00", "\x00"),
        ("\ud800", "\ud800@example.com", "\ud800"),
    ],
)
@pytest.mark.usefixtures("david", "rival")
def test_what_was_wrong_is_not_told(slug: str, email: str, password: str, place: Place) -> None:
    with pytest.raises(Unauthenticated) as told:
        sign_in(slug, email, password)
    assert str(told.value) == "Tenant, e-mail or password is wrong. Check all three."
    assert tokens(place) == []


@pytest.mark.usefixtures("david", "rival")
@pytest.mark.parametrize(
    ("slug", "email"),
    [
        ("acme", "david@example.com"),
        ("acme", "nobody@example.com"),
        ("rival", "david@example.com"),
        ("nowhere", "david@example.com"),
        ("no slug", "no address"),
    ],
)
def test_an_unknown_person_costs_as_much_as_a_wrong_password(slug: str, email: str) -> None:
    """What takes long is the comparison with a hash, and nothing is answered without exactly one."""
    passwords.is_right("warm", None)  # the hash that stands in for nobody's is made once

    def attempt() -> None:
        with pytest.raises(Unauthenticated):
            sign_in(slug, email, "wrong horse")

    _, calls = counted(attempt)
    # Hashes are made by threads of their own: one was asked for, and it is the comparison.
    assert (calls["is_right"], calls["ThreadPoolExecutor.submit"]) == (1, 1)


def test_nobodys_hash_costs_as_much_as_anybodys(place: Place, acme: Tenant) -> None:
    let_in(acme, uuid4(), "new@example.com", PASSWORD, "New")
    ((kept,),) = place.ask("SELECT password_hash FROM directory.person", database=place.directory)
    assert extract_parameters(passwords._nobodys()) == extract_parameters(kept)


def test_a_hash_costs_what_the_standard_advises() -> None:
    """The tests themselves hash cheaply, so the module is read anew."""
    usual = runpy.run_path(passwords.__file__)["_hasher"]
    assert Parameters(
        usual.type, 19, usual.salt_len, usual.hash_len, usual.time_cost, usual.memory_cost, usual.parallelism
    ) == (RFC_9106_LOW_MEMORY)


def test_who_has_no_password_cannot_sign_in_with_one(acme: Tenant) -> None:
    let_in(acme, uuid4(), "no@example.com", None, "No")
    for password in ("", "None", "nobody has this password"):
        with pytest.raises(Unauthenticated):
            sign_in("acme", "no@example.com", password)


def test_an_expired_token_is_refused_even_where_it_is_remembered(david: UUID) -> None:
    signed_in = sign_in("acme", "david@example.com", PASSWORD)
    with stopped_at(signed_in.expires_at - timedelta(seconds=1)):
        assert identify(signed_in.token).principal_id == david
    with stopped_at(signed_in.expires_at), pytest.raises(Unauthenticated, match="unknown or has ended"):
        identify(signed_in.token)


@pytest.mark.parametrize("token", ["", "atr_", "atr_" + "x" * 43, "Bearer", "é" * 9000, "\ud800", "a\x00b"])
def test_a_token_that_never_was_is_refused(place: Place, token: str) -> None:
    assert place.directory
    with pytest.raises(Unauthenticated, match="unknown or has ended"):
        identify(token)


def test_signed_out_is_out_at_once_here_and_soon_elsewhere(place: Place, david: UUID) -> None:
    token = sign_in("acme", "david@example.com", PASSWORD).token
    other = sign_in("acme", "david@example.com", PASSWORD).token
    assert identify(token).principal_id == david
    sign_out(token)
    with pytest.raises(Unauthenticated):
        identify(token)
    moment = now()
    with stopped_at(moment):
        identify(other)
    place.ask("DELETE FROM directory.sign_in", database=place.directory)  # as another process would
    with stopped_at(moment + FRESH):
        identify(other)
    with stopped_at(moment + FRESH + timedelta(milliseconds=1)), pytest.raises(Unauthenticated):
        identify(other)


def test_shut_out_ends_what_is_open_and_let_in_again_opens_nothing_old(acme: Tenant, david: UUID) -> None:
    token = sign_in("acme", "david@example.com", PASSWORD).token
    shut_out(acme, david)
    forget_callers()
    with pytest.raises(Unauthenticated, match="unknown or has ended"):
        identify(token)
    with pytest.raises(Unauthenticated, match="password is wrong"):
        sign_in("acme", "david@example.com", PASSWORD)
    with pytest.raises(NotFound):
        issue_token(acme, david, 1)
    let_in(acme, david, "david@example.com", None, "David")
    with pytest.raises(Unauthenticated):
        identify(token)
    assert identify(sign_in("acme", "david@example.com", PASSWORD).token).principal_id == david


def test_a_suspended_tenant_lets_nobody_in_and_says_so_only_to_its_people(acme: Tenant, david: UUID) -> None:
    token = sign_in("acme", "david@example.com", PASSWORD).token
    suspend(acme)
    try:
        forget_callers()
        with pytest.raises(TenantUnavailable, match="acme is suspended"):
            identify(token)
        with pytest.raises(TenantUnavailable, match="acme is suspended"):
            sign_in("acme", "david@example.com", PASSWORD)
        with pytest.raises(Unauthenticated):
            sign_in("acme", "david@example.com", "wrong horse")
    finally:
        resume(acme)
    forget_callers()
    assert identify(token).principal_id == david


def test_let_in_twice_changes_nothing(acme: Tenant, place: Place, david: UUID) -> None:
    def everything() -> list[object]:
        return [
            place.ask(f"SELECT * FROM directory.{table}", database=place.directory)
            for table in ("person", "membership", "sign_in")
        ]

    token = sign_in("acme", "david@example.com", PASSWORD).token
    before = everything()
    let_in(acme, david, "david@example.com", PASSWORD, "David")
    let_in(acme, david, "DAVID@example.com", None, "David")
    assert everything() == before
    assert identify(token).principal_id == david


def test_a_new_password_replaces_the_old_one_and_ends_open_sign_ins(acme: Tenant, david: UUID) -> None:
    token = sign_in("acme", "david@example.com", PASSWORD).token
    let_in(acme, david, "david@example.com", "battery staple", "David")
    forget_callers()
    for attempt in (lambda: identify(token), lambda: sign_in("acme", "david@example.com", PASSWORD)):
        with pytest.raises(Unauthenticated):
            attempt()
    assert identify(sign_in("acme", "david@example.com", "battery staple").token).principal_id == david


def test_one_person_in_two_tenants_has_one_password(acme: Tenant, rival: Tenant, david: UUID) -> None:
    there = uuid4()
    let_in(rival, there, "david@example.com", None, "David")
    assert identify(sign_in("rival", "david@example.com", PASSWORD).token).principal_id == there
    assert identify(sign_in("acme", "david@example.com", PASSWORD).token).principal_id == david


def test_another_tenant_cannot_take_a_person_over_by_setting_a_password(rival: Tenant, david: UUID) -> None:
    with pytest.raises(Conflict, match="with a password of their own"):
        let_in(rival, uuid4(), "david@example.com", "attackers choice", "David")
    with pytest.raises(Unauthenticated):
        sign_in("rival", "david@example.com", "attackers choice")
    assert identify(sign_in("acme", "david@example.com", PASSWORD).token).principal_id == david
    let_in(rival, uuid4(), "david@example.com", PASSWORD, "David")  # the right one changes nothing


def test_one_address_is_one_principal_of_a_tenant(acme: Tenant, david: UUID) -> None:
    with pytest.raises(Conflict, match="signs in to acme as somebody else already"):
        let_in(acme, uuid4(), "david@example.com", None, "Dave")
    shut_out(acme, david)
    successor = uuid4()
    let_in(acme, successor, "david@example.com", None, "Dave")
    assert identify(sign_in("acme", "david@example.com", PASSWORD).token).principal_id == successor


def test_a_principal_whose_address_changes_signs_in_with_the_new_one(acme: Tenant, david: UUID) -> None:
    token = sign_in("acme", "david@example.com", PASSWORD).token
    let_in(acme, david, "new@example.com", "battery staple", "David")
    forget_callers()
    with pytest.raises(Unauthenticated):
        identify(token)
    with pytest.raises(Unauthenticated):
        sign_in("acme", "david@example.com", PASSWORD)
    assert identify(sign_in("acme", "new@example.com", "battery staple").token).principal_id == david


@pytest.mark.parametrize(
    "email", ["", "david", "@", "a@", "@b", "a@b@c", "a" * 250 + "@b.cd", "a b@c", "a\x00@b", "\ud800@b"]
)
def test_what_is_no_address_is_refused(acme: Tenant, email: str) -> None:
    with pytest.raises(BadInput, match="is not an e-mail address") as told:
        let_in(acme, uuid4(), email, PASSWORD, "Wrong")
    assert told.value.path == ("email",)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_a_password_too_short_or_too_long_is_refused_and_nobody_let_in(
    acme: Tenant, place: Place, password: str
) -> None:
    with pytest.raises(BadInput, match="8 to 200 characters"):
        let_in(acme, uuid4(), "new@example.com", password, "New")
    assert place.ask("SELECT * FROM directory.person", database=place.directory) == []


def test_an_operator_gets_a_token_for_who_may_sign_in(acme: Tenant, david: UUID) -> None:
    signed_in = issue_token(acme, david, 2)
    assert identify(signed_in.token).principal_id == david
    assert timedelta(hours=1.9) < signed_in.expires_at - now() <= timedelta(hours=2)
    with pytest.raises(NotFound, match="Nobody signs in to acme as"):
        issue_token(acme, uuid4(), 2)


def test_signed_in_people_go_on_for_ten_minutes_without_the_directory(david: UUID) -> None:
    token, stranger = (sign_in("acme", "david@example.com", PASSWORD).token for _ in range(2))
    moment = now()
    with stopped_at(moment):
        identify(token)
    with without_directory(), stopped_at(moment + WITHOUT_DIRECTORY):
        assert identify(token).principal_id == david
        with pytest.raises(Unavailable, match="directory"):
            identify(stranger)
    later = moment + WITHOUT_DIRECTORY + timedelta(seconds=1)
    with without_directory(), stopped_at(later), pytest.raises(Unavailable, match="directory"):
        identify(token)
    assert identify(token).principal_id == david


def test_with_the_directory_down_a_token_of_an_app_counts_as_long_as_it_says(acme: Tenant, david: UUID) -> None:
    """The signature alone opens nothing: who was never asked about waits until the directory is back."""
    person = Person("David", david, "david@example.com", acme, "")
    seen, unseen = (given(person, "customer:read").person.token for _ in range(2))
    moment = now()
    with stopped_at(moment + timedelta(minutes=5)):
        assert identify(seen).scopes == frozenset({"customer:read"})
    with without_directory(), stopped_at(moment + timedelta(minutes=9)):
        assert identify(seen).principal_id == david
        with pytest.raises(Unavailable, match="directory"):
            identify(unseen)
    over = moment + timedelta(minutes=10, seconds=1)
    with without_directory(), stopped_at(over), pytest.raises(Unauthenticated):
        identify(seen)
