"""Logging out at one end logs out at the other, and takes along what apps were given."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from saas.kit import clock, ids
from saas.kit.errors import Unauthenticated
from saas.tenants.identity.access_token import issue_access_token
from saas.tenants.sign_in import identify
from tests.sso.browser import Browser, onward_in
from tests.sso.conftest import Sso
from tests.sso.idp import CLIENT, EVENT

SAM = {"sub": "sub of sam", "email": "sam@garage.test", "sid": "session one"}


def open_sessions(sso: Sso) -> int:
    ((count,),) = sso.ask("SELECT count(*) FROM directory.session")
    return int(count)


def told(sso: Sso, token: str) -> int:
    return Browser().post(sso.path("back-channel"), logout_token=token).status_code


def app_token(sso: Sso) -> str:
    """A token that an app was given through the only session there is."""
    app, installation, authorization = (ids.new_id(code) for code in (ids.APP, ids.INSTALLATION, ids.AUTHORIZATION))
    tenant = sso.garage.tenant
    sso.ask(
        "INSERT INTO directory.app (id, client_id, name, kind, state, description, homepage, redirect_uris,"
        " log_out_uris, scopes, needs_pushed_requests, created_at)"
        " VALUES (%s, %s, 'App', 'public', 'active', '', '', '{}', '{}', '{*:read}', false, now())",
        app, str(app),
    )  # fmt: skip
    sso.ask(
        "INSERT INTO directory.installation (id, app_id, tenant_id, scopes, principal_id, created_at)"
        " VALUES (%s, %s, %s, '{*:read}', %s, now())",
        installation, app, tenant.id, ids.new_id(ids.APP_IDENTITY),
    )  # fmt: skip
    sso.ask(
        'INSERT INTO directory."authorization" (id, installation_id, membership_id, session_id, scopes, resource,'
        " methods, authenticated_at, expires_at, created_at)"
        " SELECT %s, %s, m.id, s.id, '{*:read}', '', '{sso}', now(), now() + interval '1 day', now()"
        " FROM directory.session s JOIN directory.membership m ON m.person_id = s.person_id AND m.tenant_id = %s",
        authorization, installation, tenant.id,
    )  # fmt: skip
    token, _ = issue_access_token(
        authorization, subject="sam", client_id=str(app), tenant=str(tenant.id), scopes=frozenset({"*:read"})
    )
    return token


def test_signing_out_here_goes_on_to_the_provider(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM)
    answer = browser.submit("/account/sign-out")
    address = urlsplit(onward_in(answer))
    assert address.geturl().startswith(f"{sso.idp.issuer}/log-out?")
    asked = parse_qs(address.query)
    assert asked["client_id"] == [CLIENT]
    assert asked["post_logout_redirect_uri"] == [f"http://127.0.0.1:8000{sso.path('log-out')}"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert open_sessions(sso) == 0
    assert not browser.has_session
    assert "You are signed out" in browser.get(sso.path("log-out")).text


def test_a_form_of_another_site_signs_nobody_out(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM)
    assert browser.post("/account/sign-out", csrf="0" * 64).status_code == 403
    assert open_sessions(sso) == 1


def test_a_provider_without_such_a_place_keeps_nobody_signed_in(sso: Sso, browser: Browser) -> None:
    sso.idp.discovery = {"end_session_endpoint": None}
    sso.sign_in(browser, **SAM)
    answer = browser.submit("/account/sign-out")
    assert answer.headers["location"].startswith("/account/sign-in")
    assert open_sessions(sso) == 0


def test_the_id_token_is_not_kept_in_the_clear(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM)
    ((kept, sid),) = sso.ask("SELECT outside_token, outside_session FROM directory.session")
    assert b"eyJ" not in bytes(kept)
    assert sid == "session one"


@pytest.mark.parametrize(
    "by", [{"sid": "session one"}, {"sub": "sub of sam"}, {"sid": "session one", "sub": "sub of sam"}]
)
def test_the_provider_ends_sessions_and_the_tokens_of_apps(sso: Sso, browser: Browser, by: dict[str, str]) -> None:
    sso.sign_in(browser, **SAM)
    token = app_token(sso)
    assert identify(token).tenant.id == sso.garage.tenant.id
    assert told(sso, sso.idp.log_out_token(**by)) == 200
    assert open_sessions(sso) == 0
    with clock.stopped_at(clock.now() + timedelta(seconds=5.1)), pytest.raises(Unauthenticated):
        identify(token)
    assert browser.get(sso.path("link")).headers["location"].startswith("/account/sign-in")


def test_only_the_sessions_that_are_named_end(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM)
    sso.sign_in(Browser(), **SAM | {"sid": "session two"})
    sso.sign_in(Browser(), sub="sub of sue", email="sue@garage.test", sid="session three")
    for by in ({"sid": "session nine"}, {"sub": "nobody"}, {"sid": "session one", "sub": "sub of sue"}):
        assert told(sso, sso.idp.log_out_token(**by)) == 200
        assert open_sessions(sso) == 3
    assert told(sso, sso.idp.log_out_token(sid="session one")) == 200
    assert sso.ask("SELECT outside_session FROM directory.session ORDER BY 1") == [("session three",), ("session two",)]
    assert told(sso, sso.idp.log_out_token(sub="sub of sam")) == 200
    assert sso.ask("SELECT outside_session FROM directory.session") == [("session three",)]


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("another issuer", {"iss": "https://evil.test"}),
        ("another audience", {"aud": "other"}),
        ("an ID token's nonce", {"nonce": "x"}),
        ("no event", {"events": None}),
        ("another event", {"events": {"http://schemas.openid.net/event/other": {}}}),
        ("an event that is no object", {"events": {EVENT: "yes"}}),
        ("no id", {"jti": None}),
        ("neither session nor person", {"sub": None}),
        ("issued long ago", {"iat": int(time.time()) - 3600}),
        ("issued in the future", {"iat": int(time.time()) + 3600}),
        ("over", {"exp": int(time.time()) - 120}),
    ],
)
def test_a_log_out_token_that_is_none_ends_nothing(
    sso: Sso, browser: Browser, what: str, changes: dict[str, Any]
) -> None:
    assert what
    sso.sign_in(browser, **SAM)
    assert told(sso, sso.idp.log_out_token(**{"sub": "sub of sam", **changes})) == 400
    assert open_sessions(sso) == 1


def test_a_log_out_token_is_obeyed_once(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM)
    token = sso.idp.log_out_token(sub="sub of sam")
    assert told(sso, token) == 200
    sso.sign_in(Browser(), **SAM)
    assert told(sso, token) == 400
    assert open_sessions(sso) == 1


def test_an_id_token_logs_nobody_out(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM)
    now = int(time.time())
    claims = {"iss": sso.idp.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "sub": "sub of sam", "nonce": "x"}
    assert told(sso, sso.idp.token(claims)) == 400
    answer = Browser().post(sso.path("back-channel"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert open_sessions(sso) == 1
