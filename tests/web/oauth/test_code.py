"""Code and PKCE: from the app's request over the person's consent to tokens that open the API and nothing else."""

from datetime import timedelta

import pytest

from saas.kit.settings import settings
from saas.tenants.directory import directory
from saas.tenants.identity.policy import Policy, policy_set
from saas.tenants.sign_in import forget_callers
from tests.tenants.place import with_settings
from tests.web.oauth.partner import (
    CALLBACK,
    END,
    Browser,
    Partner,
    asked,
    basic,
    claims_in,
    csrf_in,
    installed,
    onward_of,
    registered,
    told_in,
    unescaped,
)
from tests.world import PASSWORD, World, call

ISSUER = "http://127.0.0.1:8000"


OTHER = "another horse battery staple"


def errors_at(answer_location: str) -> str:
    told = told_in(answer_location)
    assert told["state"] == "st4te"
    assert told["iss"] == ISSUER
    assert "code" not in told
    return told["error"]


def test_a_person_signs_in_agrees_and_the_app_acts_for_them(world: World, app: Partner) -> None:
    browser = Browser()
    to_sign_in = browser.get(app.path())
    assert to_sign_in.status_code == 303
    assert to_sign_in.headers["location"].startswith("/account/sign-in?continue=")
    browser.sign_in(world.garage.sam.email)
    page = browser.get(app.path(prompt="consent"))
    assert (page.status_code, "Ledger" in page.text, "see customers" in page.text) == (200, True, True)
    told = told_in(browser.decide(page))
    assert (told["state"], told["iss"]) == ("st4te", ISSUER)
    tokens = app.redeem(told["code"]).json()
    assert (tokens["token_type"], tokens["scope"]) == ("Bearer", "customer:read openid")
    assert "refresh_token" not in tokens
    assert asked(tokens["access_token"]).json()["data"]["customers"] is not None


def test_the_access_token_is_bound_to_tenant_app_and_api(app: Partner, sam: Browser) -> None:
    claims = claims_in(app.tokens(sam)["access_token"])
    assert claims["iss"] == ISSUER
    assert claims["aud"] == f"{ISSUER}/graphql"
    assert (claims["client_id"], claims["tenant"], claims["scope"]) == (app.client_id, "garage", "customer:read openid")
    assert claims["exp"] - claims["iat"] == settings().access_minutes * 60


def test_the_id_token_tells_who_signed_in_when_and_how(app: Partner, sam: Browser) -> None:
    tokens = app.tokens(sam, nonce="n-0nce")
    claims, access = claims_in(tokens["id_token"]), claims_in(tokens["access_token"])
    assert claims["iss"] == ISSUER
    assert (claims["aud"], claims["nonce"], claims["amr"]) == (app.client_id, "n-0nce", ["pwd"])
    assert claims["sub"] == access["sub"]
    assert 0 <= claims["iat"] - claims["auth_time"] < 60
    assert {"sid", "at_hash", "exp"} <= claims.keys()


def test_userinfo_tells_what_was_agreed_to(world: World, app: Partner, sam: Browser) -> None:
    token = app.tokens(sam, scope="openid email")["access_token"]
    told = call("GET", "/oauth/userinfo", headers={"authorization": f"Bearer {token}"}).json()
    assert told == {
        "sub": claims_in(token)["sub"], "tenant": "garage", "email": world.garage.sam.email, "email_verified": False,
    }  # fmt: skip
    without = app.tokens(sam, scope="customer:read")["access_token"]
    answer = call("GET", "/oauth/userinfo", headers={"authorization": f"Bearer {without}"})
    assert (answer.status_code, answer.json()) == (403, {"error": "insufficient_scope"})


def test_who_agreed_once_is_not_asked_the_same_again(world: World, sam: Browser) -> None:
    app = registered(world.garage.ada)
    installed(world.garage.ada, app, "customer:read")
    sam.decide(sam.get(app.path()))
    again = sam.get(app.path())
    assert again.status_code == 303
    assert "code" in told_in(again.headers["location"])
    assert sam.get(app.path(scope="openid email")).status_code == 200
    assert sam.get(app.path(prompt="consent")).status_code == 200


def test_a_refusal_gives_nothing(app: Partner, sam: Browser) -> None:
    assert errors_at(sam.decide(sam.get(app.path(prompt="consent")), "refuse")) == "access_denied"


def test_the_app_gets_no_more_than_the_company_grants(app: Partner, sam: Browser) -> None:
    assert app.tokens(sam, scope="openid customer:read customer:create")["scope"] == "customer:read openid"
    assert errors_at(sam.get(app.path(scope="customer:create")).headers["location"]) == "invalid_scope"


def test_an_app_that_is_not_installed_gets_nothing(world: World, sam: Browser) -> None:
    app = registered(world.garage.ada)
    assert errors_at(sam.get(app.path()).headers["location"]) == "access_denied"


def test_who_works_in_two_companies_chooses_and_gets_that_one(app: Partner, both: str) -> None:
    browser = Browser().sign_in(both)
    choose = browser.get(app.path())
    assert (choose.status_code, choose.headers["location"].split("?")[0]) == (303, "/account/tenants")
    assert errors_at(browser.get(app.path(prompt="none")).headers["location"]) == "account_selection_required"
    page = unescaped(browser.get(choose.headers["location"]).text)
    assert app.path(tenant="rival").partition("?")[2].partition("&tenant")[0] in page
    assert "tenant=rival" in page
    assert claims_in(app.tokens(browser, tenant="rival")["access_token"])["tenant"] == "rival"
    assert claims_in(app.tokens(browser, tenant="garage")["access_token"])["tenant"] == "garage"


def test_a_company_of_others_cannot_be_chosen(app: Partner, sam: Browser) -> None:
    assert errors_at(sam.get(app.path(tenant="rival")).headers["location"]) == "access_denied"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "unicorn:read"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/api"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request": "eyJ…"}, "request_not_supported"),
        ({"request_uri": "https://partner.example/request"}, "request_uri_not_supported"),
    ],
)
def test_a_wrong_request_is_told_to_the_app(app: Partner, sam: Browser, changes: dict[str, str], error: str) -> None:
    answer = sam.get(app.path(**changes))
    assert answer.headers["location"].startswith(CALLBACK)
    assert errors_at(answer.headers["location"]) == error


def test_a_parameter_that_comes_twice_is_refused(app: Partner, sam: Browser) -> None:
    assert errors_at(sam.get(app.path() + "&scope=openid").headers["location"]) == "invalid_request"


def test_nobody_is_asked_where_the_app_wants_no_page(app: Partner, world: World) -> None:
    assert errors_at(Browser().get(app.path(prompt="none")).headers["location"]) == "login_required"
    fresh = registered(world.garage.ada)
    installed(world.garage.ada, fresh, "customer:read")
    browser = Browser().sign_in(world.garage.sam.email)
    assert errors_at(browser.get(fresh.path(prompt="none")).headers["location"]) == "consent_required"


def test_a_new_sign_in_is_demanded_and_the_demand_cannot_be_dated_back(app: Partner, world: World) -> None:
    browser = Browser().sign_in(world.garage.sam.email)
    app.code(browser)
    answer = browser.get(app.path(prompt="login"))
    assert answer.headers["location"].startswith("/account/sign-in?continue=")
    there = told_in(answer.headers["location"])["continue"]
    assert browser.get(there).headers["location"].startswith("/account/sign-in?continue=")
    forged = there.replace("since=", "since=1000000000.000-")
    assert browser.get(forged).headers["location"].startswith("/account/sign-in?continue=")
    browser.sign_in(world.garage.sam.email)
    assert "code" in told_in(browser.get(there).headers["location"])


def test_a_sign_in_that_is_too_old_is_done_again(app: Partner, world: World) -> None:
    browser = Browser().sign_in(world.garage.sam.email)
    app.code(browser)
    assert "code" in told_in(browser.get(app.path(max_age="600")).headers["location"])
    answer = browser.get(app.path(max_age="0"))
    there = told_in(answer.headers["location"])["continue"]
    browser.sign_in(world.garage.sam.email)
    assert "code" in told_in(browser.get(there).headers["location"])


def test_a_company_that_demands_more_gets_it_first(world: World, app: Partner, sam: Browser) -> None:
    app.code(sam)
    with directory() as connection:
        policy_set(connection, world.garage.tenant.id, Policy(second_factor=True))
    try:
        answer = sam.get(app.path())
        assert answer.headers["location"].startswith("/account/second-factor?continue=%2Foauth%2Fauthorize")
        assert errors_at(sam.get(app.path(prompt="none")).headers["location"]) == "interaction_required"
    finally:
        with directory() as connection:
            policy_set(connection, world.garage.tenant.id, Policy())
    assert "code" in told_in(sam.get(app.path()).headers["location"])


def test_the_hint_of_the_app_stands_in_the_sign_in_page(app: Partner) -> None:
    browser = Browser()
    page = browser.get(browser.get(app.path(login_hint="wang@garage.test")).headers["location"])
    assert 'value="wang@garage.test"' in page.text


def test_a_request_may_come_as_a_form(app: Partner, sam: Browser) -> None:
    answer = sam.post("/oauth/authorize", app.request())
    assert answer.status_code == 303
    assert sam.get(answer.headers["location"]).status_code in (200, 303)


def test_a_code_is_good_for_a_minute(app: Partner, sam: Browser, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saas.tenants.oauth.codes.LASTS", timedelta(seconds=-1))
    assert app.redeem(app.code(sam)).json()["error"] == "invalid_grant"


def test_a_public_app_needs_no_secret_and_another_one_does(phone: Partner, app: Partner, sam: Browser) -> None:
    assert phone.tokens(sam)["scope"] == "customer:read openid"
    code = app.code(sam)
    form = {"grant_type": "authorization_code", "client_id": app.client_id, "code": code, "redirect_uri": CALLBACK}
    for sent in ({}, {"client_secret": "wrong"}, {"client_secret": ""}):
        answer = call("POST", "/oauth/token", data={**form, "code_verifier": app.verifier, **sent})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    body = {**form, "code_verifier": app.verifier, "client_secret": str(app.secret)}
    assert call("POST", "/oauth/token", data=body).status_code == 200


def test_an_app_proves_who_it_is_in_one_way(app: Partner, sam: Browser) -> None:
    form = {"grant_type": "authorization_code", "code": app.code(sam), "client_secret": str(app.secret)}
    answer = call("POST", "/oauth/token", data=form, headers=basic(app.client_id, str(app.secret)))
    assert answer.json()["error"] == "invalid_request"


def test_a_form_is_the_only_thing_that_is_read(app: Partner, sam: Browser) -> None:
    code, head = app.code(sam), basic(app.client_id, str(app.secret))
    query = f"/oauth/token?grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}"
    assert call("POST", query, headers=head).json()["error"] == "invalid_request"
    given = {"grant_type": "authorization_code", "code": code}
    assert call("POST", "/oauth/token", json=given, headers=head).json()["error"] == "invalid_request"
    assert call("GET", query, headers=head).status_code == 405


def test_the_former_secret_counts_as_long_as_was_said(world: World, sam: Browser) -> None:
    app = registered(world.garage.ada)
    installed(world.garage.ada, app, "customer:read")
    rotate = "mutation($id: ID!, $hours: Int!) { appSecretRotate(id: $id, keepFormerHours: $hours) { secret } }"
    former = app.secret
    app.secret = world.garage.ada.ask(rotate, id=app.id, hours=1)["appSecretRotate"]["secret"]
    assert app.redeem(app.code(sam)).status_code == 200
    newest, app.secret = app.secret, former
    assert app.redeem(app.code(sam)).status_code == 200
    world.garage.ada.ask(rotate, id=app.id, hours=0)
    for gone in (former, newest):
        app.secret = gone
        assert app.redeem(app.code(sam)).json()["error"] == "invalid_client"


def test_tokens_end_within_five_seconds_of_the_installation(world: World, sam: Browser) -> None:
    app = registered(world.garage.ada)
    id_ = installed(world.garage.ada, app, "customer:read")
    tokens = app.tokens(sam, scope="openid customer:read offline_access")
    assert asked(tokens["access_token"]).status_code == 200
    world.garage.ada.ask(END, id=id_)
    forget_callers()  # what five seconds do
    assert asked(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert errors_at(sam.get(app.path()).headers["location"]) == "access_denied"
    assert installed(world.garage.ada, app, "customer:read") == id_
    assert asked(tokens["access_token"]).status_code == 401
    assert sam.get(app.path()).status_code == 200  # what they agreed to is forgotten: they are asked again


def test_a_suspended_app_gets_nothing_and_its_tokens_rest(world: World, sam: Browser) -> None:
    app = registered(world.garage.ada)
    installed(world.garage.ada, app, "customer:read")
    token = app.tokens(sam)["access_token"]
    change = "mutation($id: ID!, $to: AppState!) { appUpdate(id: $id, input: { state: $to }) { id } }"
    world.garage.ada.ask(change, id=app.id, to="SUSPENDED")
    forget_callers()
    assert asked(token).status_code == 401
    assert sam.get(app.path()).status_code == 400
    world.garage.ada.ask(change, id=app.id, to="ACTIVE")
    assert asked(token).status_code == 200


def test_a_session_that_ends_takes_the_tokens_of_its_apps_along(app: Partner, sam: Browser) -> None:
    token = app.tokens(sam)["access_token"]
    page = sam.get("/oauth/end-session")
    sam.post("/oauth/end-session", {"csrf": csrf_in(page)})
    forget_callers()
    assert asked(token).status_code == 401


def test_who_may_go_on_alone_goes_on_after_the_session_but_not_after_a_new_password(world: World, app: Partner) -> None:
    browser = Browser().sign_in(world.garage.sam.email)
    tokens = app.tokens(browser, scope="openid customer:read offline_access")
    browser.post("/oauth/end-session", {"csrf": csrf_in(browser.get("/oauth/end-session"))})
    tokens = app.refresh(tokens["refresh_token"]).json()
    assert asked(tokens["access_token"]).status_code == 200
    browser.sign_in(world.garage.sam.email)
    page = browser.get("/account/password")
    form = {"csrf": csrf_in(page), "current": PASSWORD, "new": OTHER, "again": OTHER}
    assert "refusal" not in browser.post("/account/password", form).text
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    form |= {"csrf": csrf_in(browser.get("/account/password")), "current": OTHER, "new": PASSWORD, "again": PASSWORD}
    browser.post("/account/password", form)


def test_an_app_that_asks_too_often_waits(app: Partner) -> None:
    with with_settings(SAAS_APP_RATE="1"):
        answers = [app.refresh("atf_x") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60


def test_wrong_secrets_are_tried_a_few_times_only(world: World) -> None:
    app = registered(world.garage.ada)
    right, app.secret = app.secret, "wrong"
    assert [app.refresh("x").status_code for _ in range(11)] == [401] * 10 + [429]
    app.secret = right
    assert app.refresh("x").status_code == 429


def test_the_page_speaks_chinese(app: Partner, sam: Browser) -> None:
    page = sam.get(app.path(prompt="consent"), **{"accept-language": "zh-CN"})
    assert "允许 Ledger 访问？" in page.text
    assert "查看客户" in page.text
    assert onward_of(sam.post(app.path(), {"csrf": csrf_in(page), "decision": "refuse"}))
