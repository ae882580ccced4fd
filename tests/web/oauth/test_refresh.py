"""Refresh tokens: each is good once, the next takes its place, and one that comes again ends all of them."""

from saas.tenants.sign_in import forget_callers
from tests.web.oauth.partner import Browser, Partner, asked, claims_in, installed, registered
from tests.world import World

OFFLINE = "openid customer:read offline_access"


def test_the_next_token_takes_the_place_of_the_last(app: Partner, sam: Browser) -> None:
    first = app.tokens(sam, scope=OFFLINE)
    second = app.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == "customer:read offline_access openid"
    assert asked(second["access_token"]).status_code == 200
    assert claims_in(second["id_token"])["auth_time"] == claims_in(first["id_token"])["auth_time"]
    assert app.refresh(second["refresh_token"]).status_code == 200


def test_none_is_given_to_who_did_not_ask_to_go_on_alone(app: Partner, sam: Browser) -> None:
    assert "refresh_token" not in app.tokens(sam)


def test_less_may_be_asked_for_and_never_more(app: Partner, sam: Browser) -> None:
    token = app.tokens(sam, scope=OFFLINE)["refresh_token"]
    more = app.refresh(token, scope="customer:create")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
    less = app.refresh(token, scope="openid").json()
    assert less["scope"] == "openid"
    assert app.refresh(less["refresh_token"]).json()["scope"] == "customer:read offline_access openid"


def test_another_resource_is_refused_and_the_token_is_good_yet(app: Partner, sam: Browser) -> None:
    token = app.tokens(sam, scope=OFFLINE)["refresh_token"]
    assert app.refresh(token, resource="https://elsewhere.example").json()["error"] == "invalid_target"
    assert app.refresh(token, resource="http://127.0.0.1:8000/graphql").status_code == 200


def test_what_the_company_grants_no_more_is_gone_at_once(world: World, sam: Browser) -> None:
    app = registered(world.garage.ada)
    id_ = installed(world.garage.ada, app, "customer:read")
    tokens = app.tokens(sam, scope=OFFLINE)
    assert asked(tokens["access_token"]).json()["data"]["customers"] is not None
    change = "mutation($id: ID!) { installationUpdate(id: $id, scopes: []) { problems { message } } }"
    assert world.garage.ada.ask(change, id=id_)["installationUpdate"]["problems"] == []
    forget_callers()  # what five seconds do
    assert asked(tokens["access_token"]).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert app.refresh(tokens["refresh_token"]).json()["scope"] == "offline_access openid"
