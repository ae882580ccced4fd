"""The attacks of RFC 9700, section 4, each tried as the attacker would; docs/security.md lists the defences."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from saas.tenants.directory import rows
from saas.tenants.directory_tables import metadata
from saas.tenants.sign_in import forget_callers
from tests.tenants.place import with_settings
from tests.web.oauth.partner import (
    CALLBACK,
    Browser,
    Partner,
    asked,
    claims_in,
    csrf_in,
    installed,
    onward_of,
    registered,
    told_in,
)
from tests.world import World, call

OFFLINE = "openid customer:read offline_access"


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/in",
        "https://partner.example/in/",
        "https://partner.example/in?more=1",
        "https://partner.example/in#there",
        "https://partner.example/in/../out",
        "https://partner.example:443/in",
        "https://partner.example@evil.example/in",
        "https://partner.example.evil.example/in",
        "http://partner.example/in",
        "https://PARTNER.example/in",
        "",
    ],
)
def test_only_a_registered_address_is_redirected_to(app: Partner, sam: Browser, uri: str) -> None:
    answer = sam.get(app.path(redirect_uri=uri, prompt="none"))
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert "http-equiv" not in answer.text


def test_an_error_is_no_redirect_of_an_unknown_app(app: Partner, sam: Browser) -> None:
    for changes in ({"client_id": "app_unknown"}, {"client_id": "\0"}, {"client_id": ""}):
        answer = sam.get(app.path(response_type="nothing", **changes))
        assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_the_port_is_free_on_loopback_only(phone: Partner, sam: Browser) -> None:
    native = "http://127.0.0.1:49152/in"
    page = sam.get(phone.path(redirect_uri=native))
    code = told_in(sam.decide(page))["code"]
    assert phone.redeem(code, redirect_uri=native).status_code == 200
    for other in (
        "http://127.0.0.1:49152/out",
        "https://partner.example:8443/in",
        "http://127.0.0.1:1@evil.example/in",
    ):
        assert sam.get(phone.path(redirect_uri=other)).status_code == 400


def test_an_app_on_the_machine_is_asked_about_each_time(phone: Partner, sam: Browser) -> None:
    """Any program there could say that it is the app."""
    native = "com.example.ledger:/in"
    for _ in range(2):
        page = sam.get(phone.path(redirect_uri=native))
        assert page.status_code == 200
        assert sam.decide(page).startswith(f"{native}?code=")
    told = told_in(sam.get(phone.path(redirect_uri=native, prompt="none")).headers["location"])
    assert told["error"] == "consent_required"


@pytest.mark.parametrize("changes", [{"code_challenge": None}, {"code_challenge": ""}, {"code_challenge": "short"}])
def test_no_code_without_a_challenge(app: Partner, sam: Browser, changes: dict[str, Any]) -> None:
    assert told_in(sam.get(app.path(**changes)).headers["location"])["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["plain", None, "s256", ""])
def test_no_other_challenge_than_s256(app: Partner, sam: Browser, method: str | None) -> None:
    answer = sam.get(app.path(code_challenge_method=method, code_challenge=app.challenge))
    assert told_in(answer.headers["location"])["error"] == "invalid_request"


@pytest.mark.parametrize("verifier", [None, "wrong-" * 10, "short", ""])
def test_a_code_that_was_stolen_is_worth_nothing_without_the_verifier(
    phone: Partner, app: Partner, sam: Browser, verifier: str | None
) -> None:
    for each in (phone, app):
        answer = each.redeem(each.code(sam), code_verifier=verifier)
        assert answer.status_code == 400
        assert answer.json()["error"] in ("invalid_grant", "invalid_request")
        assert "access_token" not in answer.json()


def test_a_code_injected_into_another_sign_in_fails(app: Partner, sam: Browser) -> None:
    """The victim's client has begun with another challenge than the attacker's code was given for."""
    stolen = app.code(sam)
    victim = Partner(app.id, app.client_id, app.secret)
    assert victim.redeem(stolen).json()["error"] == "invalid_grant"


def test_a_code_is_only_for_the_app_and_address_that_asked(app: Partner, phone: Partner, sam: Browser) -> None:
    code = app.code(sam)
    assert phone.redeem(code, code_verifier=app.verifier).json()["error"] == "invalid_grant"
    assert app.redeem(code).status_code == 200
    assert app.redeem(app.code(sam), redirect_uri="https://partner.example/other").json()["error"] == "invalid_grant"
    assert app.redeem(app.code(sam), redirect_uri=None).json()["error"] == "invalid_grant"


def test_a_code_that_comes_twice_ends_what_was_given_for_it(app: Partner, sam: Browser) -> None:
    code = app.code(sam, scope=OFFLINE)
    tokens = app.redeem(code).json()
    assert asked(tokens["access_token"]).status_code == 200
    assert app.redeem(code).json()["error"] == "invalid_grant"
    forget_callers()  # what five seconds do
    assert asked(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_code_sent_twice_at_once_is_taken_once(app: Partner, sam: Browser) -> None:
    code = app.code(sam)
    statuses = at_once(lambda: app.redeem(code).status_code)
    assert sorted(statuses) == [200, 400, 400, 400]


def test_a_refresh_token_that_comes_twice_ends_the_family(phone: Partner, sam: Browser) -> None:
    first = phone.tokens(sam, scope=OFFLINE)
    second = phone.refresh(first["refresh_token"]).json()
    assert phone.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert phone.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    forget_callers()
    assert asked(second["access_token"]).status_code == 401


def test_a_refresh_token_sent_twice_at_once_is_answered_once(phone: Partner, sam: Browser) -> None:
    token = phone.tokens(sam, scope=OFFLINE)["refresh_token"]
    assert sorted(at_once(lambda: phone.refresh(token).status_code)) == [200, 400, 400, 400]


def test_a_refresh_token_is_only_for_the_app_that_got_it(app: Partner, phone: Partner, sam: Browser) -> None:
    token = phone.tokens(sam, scope=OFFLINE)["refresh_token"]
    assert app.refresh(token).json()["error"] == "invalid_grant"
    assert phone.refresh(token).status_code == 200


def test_every_answer_says_who_gives_it(app: Partner, sam: Browser) -> None:
    """So that an app with several providers notices when one answers for another (mix-up)."""
    page = sam.get(app.path(prompt="consent"))
    assert told_in(sam.decide(page))["iss"] == "http://127.0.0.1:8000"
    assert told_in(sam.get(app.path(scope="unicorn:read")).headers["location"])["iss"] == "http://127.0.0.1:8000"
    told = call("GET", "/.well-known/openid-configuration").json()
    assert told["authorization_response_iss_parameter_supported"] is True


def test_a_consent_is_given_by_our_own_form_only(world: World, sam: Browser) -> None:
    app = registered(world.garage.ada)
    installed(world.garage.ada, app, "customer:read")
    stolen = csrf_in(Browser().get("/account/sign-in"))
    answer = sam.post(app.path(), {"csrf": stolen, "decision": "allow"})
    assert (answer.status_code, "code=" in answer.text) == (403, False)
    page = sam.get(app.path())
    form = {"csrf": csrf_in(page), "decision": "allow"}
    elsewhere = sam.post(app.path(), form, origin="https://evil.example")
    assert (elsewhere.status_code, "code=" in elsewhere.text) == (403, False)
    assert sam.get(app.path()).status_code == 200  # nothing was agreed to


def test_the_state_comes_back_as_it_was(app: Partner, sam: Browser) -> None:
    state = "a b&c=d%20<>\"'é"
    assert told_in(sam.decide(sam.get(app.path(prompt="consent", state=state))))["state"] == state


def test_no_page_is_shown_in_a_frame(app: Partner, sam: Browser) -> None:
    for path in (app.path(prompt="consent"), "/oauth/device", "/oauth/end-session"):
        policy = sam.get(path).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "default-src 'none'" in policy


def test_no_address_is_told_to_others(app: Partner, sam: Browser) -> None:
    page = sam.get(app.path(prompt="consent"))
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    answer = app.redeem(told_in(sam.decide(page))["code"])
    assert answer.headers["cache-control"] == "no-store"


def test_what_was_typed_is_never_sent_on(app: Partner, sam: Browser) -> None:
    """A redirect by 307 would repeat the form at the app."""
    page = sam.get(app.path(prompt="consent"))
    answer = sam.post(app.path(), {"csrf": csrf_in(page), "decision": "allow"})
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert onward_of(answer).startswith(CALLBACK)
    assert sam.get(app.path()).status_code == 303
    assert sam.post("/oauth/authorize", app.request()).status_code == 303


def test_a_machine_is_never_taken_for_a_person(world: World) -> None:
    """Its client id is made by us, and begins as no person's id does."""
    machine = registered(world.garage.ada, kind="MACHINE")
    installed(world.garage.ada, machine, "customer:read")
    token = machine.post("token", grant_type="client_credentials").json()["access_token"]
    claims = claims_in(token)
    assert claims["sub"] == claims["client_id"] == machine.client_id
    assert machine.client_id.startswith("app_")
    answer = call("GET", "/oauth/userinfo", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


def test_a_token_is_for_one_company_only(world: World, app: Partner, both: str) -> None:
    browser = Browser().sign_in(both)
    made = world.garage.ada.ask('mutation { customerCreate(input: { name: "Mine" }) { id } }')
    query = f'{{ viewer {{ tenant {{ slug }} }} customer(id: "{made["customerCreate"]["id"]}") {{ name }} }}'
    answers = [asked(app.tokens(browser, tenant=slug)["access_token"], query).json() for slug in ("garage", "rival")]
    assert [each["data"]["viewer"]["tenant"]["slug"] for each in answers] == ["garage", "rival"]
    assert [each["data"]["customer"] for each in answers] == [{"name": "Mine"}, None]


def test_a_token_for_something_else_is_never_given(app: Partner, sam: Browser) -> None:
    there = "https://elsewhere.example/api"
    assert told_in(sam.get(app.path(resource=there)).headers["location"])["error"] == "invalid_target"
    assert app.redeem(app.code(sam), resource=there).json()["error"] == "invalid_target"


def test_what_a_proxy_might_be_told_changes_nothing(app: Partner, sam: Browser) -> None:
    headers = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "host": "evil.example"}
    told = call("GET", "/.well-known/openid-configuration", headers=headers).json()
    assert told["issuer"] == "http://127.0.0.1:8000"
    assert told["token_endpoint"] == "http://127.0.0.1:8000/oauth/token"
    answer = sam.get(app.path(scope="unicorn:read"), **{"x-forwarded-host": "evil.example"})
    assert told_in(answer.headers["location"])["iss"] == "http://127.0.0.1:8000"


def test_nothing_is_given_over_http_but_on_loopback(app: Partner) -> None:
    with with_settings(SAAS_PUBLIC_URL="http://atrium.example"):
        assert "over https only" in call("GET", app.path()).text
        assert app.refresh("atf_x").json()["error"] == "insecure_transport"
    with with_settings(SAAS_PUBLIC_URL="https://atrium.example"):
        assert app.refresh("atf_x").json()["error"] == "invalid_grant"


def test_no_token_is_ever_in_an_address(app: Partner, sam: Browser) -> None:
    """Neither handed out there (no implicit grant) nor taken from there."""
    assert told_in(sam.get(app.path(response_type="token")).headers["location"])["error"] == "unsupported_response_type"
    assert (
        told_in(sam.get(app.path(response_type="code id_token")).headers["location"])["error"]
        == "unsupported_response_type"
    )
    token = app.tokens(sam)["access_token"]
    assert call("GET", f"/oauth/userinfo?access_token={token}").status_code == 401
    assert call("POST", "/oauth/userinfo", data={"access_token": token}).status_code == 401


def test_a_password_is_never_taken_from_an_app(world: World, app: Partner) -> None:
    answer = app.post("token", grant_type="password", username=world.garage.sam.email, password="correct horse")
    assert answer.json()["error"] == "unsupported_grant_type"


def test_secrets_are_kept_as_hashes_and_stay_out_of_the_log(
    app: Partner, sam: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    code = app.code(sam, scope=OFFLINE)
    tokens = app.redeem(code).json()
    app.refresh(tokens["refresh_token"])
    app.post("introspect", token=tokens["access_token"])
    logged = "".join(capsys.readouterr())
    assert "/oauth/token" in logged
    for secret in (code, tokens["access_token"], tokens["refresh_token"], app.secret, app.verifier):
        assert secret is not None
        assert secret not in logged
        assert not kept_in_clear(secret)


def kept_in_clear(secret: str) -> bool:
    """Whether the secret stands as it is in any table of the directory."""
    return any(secret in str(row) for table in metadata.sorted_tables for row in rows(select(table)))


def at_once(work: Any) -> list[int]:
    """What four of them get that begin together."""
    begin, found = threading.Barrier(4), []

    def one() -> None:
        begin.wait()
        found.append(work())

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
