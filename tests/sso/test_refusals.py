"""What is wrong with a provider's answer, or was made up by somebody else, signs nobody in; nothing has happened."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from saas.gateways import outside
from saas.kit import clock
from saas.tenants.identity.sso.provider import forget_providers
from tests.sso.browser import Browser
from tests.sso.conftest import CREATE, Sso
from tests.sso.idp import CLIENT, SECRET, Said, told

SAM = {"sub": "sub of sam", "email": "sam@garage.test"}
Prepare = Callable[[Sso], None]


def _soon() -> int:
    return int(time.time())


def _at(span: timedelta) -> int:
    """So long from the moment of the sign-in, which may be many minutes after that of collecting the tests."""
    return _soon() + int(span.total_seconds())


@pytest.mark.parametrize(
    ("what", "claims"),
    [
        ("another issuer", {"iss": "https://evil.test"}),
        ("the issuer with a slash more", {"iss": "http://127.0.0.1/"}),
        ("no issuer", {"iss": None}),
        ("another audience", {"aud": "somebody else"}),
        ("no audience", {"aud": None}),
        ("several audiences, given to another", {"aud": [CLIENT, "other"], "azp": "other"}),
        ("several audiences, given to nobody", {"aud": [CLIENT, "other"]}),
        ("given to another", {"azp": "other"}),
        ("another nonce", {"nonce": "of another sign-in"}),
        ("no nonce", {"nonce": None}),
        ("over", {"exp": timedelta(seconds=-120)}),
        ("no end", {"exp": None}),
        ("an end that is no number", {"exp": "soon"}),
        ("issued in the future", {"iat": timedelta(seconds=600)}),
        ("issued long ago", {"iat": timedelta(hours=-1)}),
        ("no moment of issue", {"iat": None}),
        ("another access token", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
        ("nobody", {"sub": None}),
        ("an empty subject", {"sub": ""}),
        ("a subject without end", {"sub": "x" * 300}),
        ("a subject that is no text", {"sub": 7}),
        ("a subject with a NUL", {"sub": "sub\0of sam"}),
        ("a subject with half a character", {"sub": "sub \ud800"}),
        ("a name with a NUL", {"name": "Sam\0"}),
        ("half a character in a claim that nobody reads", {"groups": [{"name": "\udfff"}]}),
        ("a session with a NUL", {"sid": "of\0sam"}),
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in(
    sso: Sso, browser: Browser, what: str, claims: dict[str, Any]
) -> None:
    assert what
    marks = sso.marks()
    sso.idp.claims = {name: _at(value) if isinstance(value, timedelta) else value for name, value in claims.items()}
    answer = sso.sign_in(browser, **SAM)
    assert answer.status_code == 403
    assert "does not belong to a sign-in that was begun here" in answer.text
    assert not browser.has_session
    assert sso.marks() == marks


def _part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


def _by_public_key(sso: Sso) -> Callable[[dict[str, Any]], str]:
    """By HMAC, with what everybody knows for its secret; by hand, as no good library would."""
    secret = sso.idp.key.as_pem(private=False)

    def sign(claims: dict[str, Any]) -> str:
        said = ".".join(map(_part, ({"alg": "HS256", "kid": "one"}, claims)))
        mark = hmac.new(secret, said.encode(), hashlib.sha256).digest()
        return f"{said}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"

    return sign


def _by_secret(_sso: Sso) -> Callable[[dict[str, Any]], str]:
    """By HMAC, with the client's secret: some take that, we do not."""
    key = OctKey.import_key(SECRET)
    return lambda claims: jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])


def _by_other_key(kid: str) -> Callable[[Sso], Callable[[dict[str, Any]], str]]:
    key = RSAKey.generate_key(2048)
    return lambda _sso: lambda claims: jwt.encode({"alg": "RS256", "kid": kid}, claims, key)


def _tampered(sso: Sso) -> Callable[[dict[str, Any]], str]:
    def sign(claims: dict[str, Any]) -> str:
        head, _body, tail = jwt.encode({"alg": "RS256", "kid": "one"}, claims, sso.idp.key).split(".")
        return f"{head}.{_part({**claims, 'sub': 'sub of ada'})}.{tail}"

    return sign


@pytest.mark.parametrize(
    ("what", "sign"),
    [
        ("unsigned", lambda _sso: _unsigned),
        ("by HMAC with the public key", _by_public_key),
        ("by HMAC with the client's secret", _by_secret),
        ("by another key of the same name", _by_other_key("one")),
        ("by a key of another name", _by_other_key("two")),
        ("changed after it was signed", _tampered),
        ("no token", lambda _sso: lambda _claims: "not.a.token"),
        ("without end", lambda _sso: lambda _claims: "a." + "x" * 100_000 + ".b"),
    ],
)
def test_an_id_token_that_the_provider_did_not_sign(
    sso: Sso, browser: Browser, what: str, sign: Callable[[Sso], Callable[[dict[str, Any]], str]]
) -> None:
    assert what
    marks = sso.marks()
    sso.idp.sign = sign(sso)
    assert sso.sign_in(browser, **SAM).status_code == 403
    assert sso.marks() == marks


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("another state", lambda answer: {**answer, "state": "x" * 43}),
        ("no state", lambda answer: {"code": answer["code"], "iss": answer["iss"]}),
        ("the issuer of another provider (mix-up)", lambda answer: {**answer, "iss": "https://evil.test"}),
        ("no issuer, though the provider sends it", lambda answer: {"code": answer["code"], "state": answer["state"]}),
        ("no code", lambda answer: {"state": answer["state"], "iss": answer["iss"]}),
        ("an error beside a code", lambda answer: {**answer, "error": "access_denied"}),
        ("a code that the provider never gave", lambda answer: {**answer, "code": "made up"}),
    ],
)
def test_an_answer_that_is_not_the_one_waited_for(
    sso: Sso, browser: Browser, what: str, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    assert what
    marks = sso.marks()
    answer = change(sso.idp.answer_to(sso.begin(browser), **SAM))
    assert browser.get(sso.path("callback"), **answer).status_code == 403
    assert not browser.has_session
    assert sso.marks() == marks


def test_a_provider_that_never_names_itself_need_not(sso: Sso, browser: Browser) -> None:
    sso.idp.discovery = {"authorization_response_iss_parameter_supported": False}
    answer = sso.idp.answer_to(sso.begin(browser), **SAM)
    del answer["iss"]
    assert browser.get(sso.path("callback"), **answer).status_code == 303


def test_an_answer_says_nothing_twice(sso: Sso, browser: Browser) -> None:
    answer = sso.idp.answer_to(sso.begin(browser), **SAM)
    query = "&".join(f"{name}={value}" for name, value in answer.items()) + "&code=other"
    assert browser.get(f"{sso.path('callback')}?{query}").status_code == 403
    assert not browser.has_session


def test_another_browser_gets_nothing_and_spoils_nothing(sso: Sso, browser: Browser) -> None:
    """Somebody has another person's browser finish what they began, to have it signed in as them."""
    answer = sso.idp.answer_to(sso.begin(browser), **SAM)
    marks = sso.marks()
    victim, fresh = Browser(), Browser()
    sso.begin(victim)
    for other in (victim, fresh):
        assert other.get(sso.path("callback"), **answer).status_code == 403
        assert not other.has_session
    assert sso.marks() == marks
    assert browser.get(sso.path("callback"), **answer).status_code == 303


def test_an_answer_counts_once(sso: Sso, browser: Browser) -> None:
    answer = sso.idp.answer_to(sso.begin(browser), **SAM)
    assert browser.get(sso.path("callback"), **answer).status_code == 303
    marks = sso.marks()
    sso.idp.asked.clear()
    assert browser.get(sso.path("callback"), **answer).status_code == 403
    assert sso.marks() == marks
    assert sso.idp.asked == []


def test_an_answer_that_comes_too_late(sso: Sso, browser: Browser) -> None:
    answer = sso.idp.answer_to(sso.begin(browser), **SAM)
    sso.ask("UPDATE directory.sso_attempt SET expires_at = now() - interval '1 second'")
    assert browser.get(sso.path("callback"), **answer).status_code == 403
    assert not browser.has_session


def test_a_code_of_another_connection_is_refused_at_both(sso: Sso, browser: Browser) -> None:
    """Both connections are at the same provider, as the worst case: the state is of one, the callback of the other."""
    values = {"name": "Other", "issuer": sso.idp.issuer, "clientId": CLIENT, "clientSecret": SECRET}
    other = sso.garage.ada.ask(CREATE, input=values)["connectionCreate"]["id"]
    try:
        answer = sso.idp.answer_to(sso.begin(browser), **SAM)
        marks = sso.marks()
        assert browser.get(f"/sso/{other}/callback", **answer).status_code == 403
        theirs = sso.idp.answer_to(browser.get(f"/sso/{other}/start").headers["location"], **SAM)
        mixed = {**answer, "code": theirs["code"]}
        assert browser.get(sso.path("callback"), **mixed).status_code == 403
        assert sso.idp.refused == [theirs["code"]]
        assert sso.marks() == marks
    finally:
        sso.garage.ada.ask(f'mutation {{ connectionDelete(id: "{other}") {{ id }} }}')


def _redirected() -> Said:
    return 302, {"Location": "http://127.0.0.1:1/"}, b""


def _huge() -> Said:
    return told({"keys": [{"kty": "RSA", "n": "x" * 300_000, "e": "AQAB"}]})


def _slow() -> Said:
    time.sleep(3)
    return told({})


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("/token", _redirected, 502),
        ("/token", _slow, 503),
        ("/token", lambda: told({"access_token": "x"}), 403),
        ("/token", lambda: (200, {}, b"not JSON"), 403),
        ("/token", lambda: told({}, 500), 403),
        ("/keys", _redirected, 502),
        ("/keys", _huge, 503),
        ("/keys", _slow, 503),
        ("/keys", lambda: told({"keys": []}), 403),
        ("/keys", lambda: told({"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]}), 403),
        ("/keys", lambda: told({"keys": "none"}), 403),
        ("/keys", lambda: told([]), 502),
        ("/userinfo", _redirected, 502),
        ("/userinfo", lambda: told({"sub": "somebody else"}), 403),
        ("/userinfo", lambda: told({**SAM, "name": "Sam\0"}), 403),
        ("/userinfo", lambda: told({**SAM, "name": "Sam \ud800"}), 403),
    ],
)
def test_a_provider_that_does_not_answer_as_it_must(
    sso: Sso, browser: Browser, monkeypatch: pytest.MonkeyPatch, path: str, said: Callable[[], Said], status: int
) -> None:
    monkeypatch.setattr(outside, "SECONDS", 1.0)
    marks = sso.marks()
    sso.idp.changed[path] = said
    claims = {"sub": SAM["sub"]} if path == "/userinfo" else SAM
    assert sso.sign_in(browser, **claims).status_code == status
    assert not browser.has_session
    assert sso.marks() == marks


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("another issuer", lambda sso: {"issuer": sso.idp.issuer + "/"}),
        ("an endpoint inside our network", lambda _: {"token_endpoint": "http://169.254.169.254/token"}),
        ("a page that runs a script", lambda _: {"authorization_endpoint": "javascript:alert(1)"}),
        ("no keys", lambda _: {"jwks_uri": None}),
        ("no PKCE by S256", lambda _: {"code_challenge_methods_supported": ["plain"]}),
        ("no codes", lambda _: {"response_types_supported": ["id_token"]}),
    ],
)
def test_a_provider_that_describes_itself_wrongly(
    sso: Sso, browser: Browser, what: str, said: Callable[[Sso], dict[str, Any]]
) -> None:
    assert what
    sso.idp.discovery = said(sso)
    forget_providers()
    answer = browser.get(sso.path("start"))
    assert answer.status_code == 502
    assert sso.ask("SELECT count(*) FROM directory.sso_attempt") == [(0,)]


def test_a_new_key_is_found_and_keys_are_read_once_a_minute(sso: Sso, browser: Browser) -> None:
    assert sso.sign_in(browser, **SAM).status_code == 303
    new = RSAKey.generate_key(2048, {"kid": "two"})
    sso.idp.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, new)
    sso.idp.keys.append(new.as_dict(private=False))
    sso.idp.asked.clear()
    assert sso.sign_in(Browser(), **SAM).status_code == 403
    assert sso.idp.asked.count("/keys") == 0
    moment = clock.now()
    with clock.stopped_at(moment + timedelta(seconds=61)):
        sso.idp.claims = {"iat": _soon() + 61, "exp": _soon() + 300}
        assert sso.sign_in(Browser(), **SAM).status_code == 303
        sso.idp.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "three"}, claims, new)
        for _ in range(3):
            assert sso.sign_in(Browser(), **SAM).status_code == 403
    assert sso.idp.asked.count("/keys") == 1


def test_a_connection_that_is_off_or_unknown_opens_nothing(sso: Sso, browser: Browser) -> None:
    sso.sign_in(browser, **SAM)
    assert sso.ask("SELECT count(*) FROM directory.session") == [(1,)]
    answer = sso.idp.answer_to(sso.begin(browser), **SAM)
    sso.update(state="OFF")
    assert sso.ask("SELECT count(*) FROM directory.session") == [(0,)]
    assert browser.get(sso.path("callback"), **answer).status_code == 404
    assert browser.get(sso.path("start")).status_code == 404
    assert browser.get("/sso", email="sam@garage.test").status_code == 404
    for path in ("/sso/00000000-0000-8000-8000-000000000000/start", "/sso/none/start", "/sso/none/callback"):
        assert browser.get(path).status_code == 404
