"""Revocation and introspection: an app ends and looks at its own tokens, and learns nothing of any other."""

import pytest

from saas.tenants.sign_in import forget_callers
from tests.web.oauth.partner import Browser, Partner, asked, claims_in

OFFLINE = "openid customer:read offline_access"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_either_token_ends_both(app: Partner, sam: Browser, which: str) -> None:
    tokens = app.tokens(sam, scope=OFFLINE)
    answer = app.post("revoke", token=tokens[which], token_type_hint="nonsense")
    assert (answer.status_code, answer.json()) == (200, {})
    forget_callers()
    assert asked(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.post("introspect", token=tokens["access_token"]).json() == {"active": False}


def test_tokens_of_others_are_left_alone_and_not_told_of(app: Partner, phone: Partner, sam: Browser) -> None:
    tokens = phone.tokens(sam, scope=OFFLINE)
    for token in (tokens["access_token"], tokens["refresh_token"], "nonsense"):
        assert app.post("introspect", token=token).json() == {"active": False}
        assert app.post("revoke", token=token).status_code == 200
    forget_callers()
    assert asked(tokens["access_token"]).status_code == 200
    assert phone.refresh(tokens["refresh_token"]).status_code == 200


def test_an_app_is_told_of_its_own(app: Partner, sam: Browser) -> None:
    tokens = app.tokens(sam, scope=OFFLINE)
    claims = claims_in(tokens["access_token"])
    told = app.post("introspect", token=tokens["access_token"]).json()
    assert told == {
        "active": True, "iss": claims["iss"], "aud": claims["aud"], "client_id": app.client_id, "sub": claims["sub"],
        "tenant": "garage", "scope": "customer:read offline_access openid", "token_type": "Bearer",
        "exp": claims["exp"],
    }  # fmt: skip
    assert app.post("introspect", token=tokens["refresh_token"]).json()["active"] is True
    app.refresh(tokens["refresh_token"])
    assert app.post("introspect", token=tokens["refresh_token"]).json() == {"active": False}


def test_who_has_no_secret_is_told_nothing(phone: Partner, sam: Browser) -> None:
    tokens = phone.tokens(sam)
    answer = phone.post("introspect", token=tokens["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert phone.post("revoke", token=tokens["access_token"]).status_code == 200
    assert phone.post("revoke").json()["error"] == "invalid_request"
