"""A person looks at the apps that they let in, and shuts them out again."""

import re

from saas.tenants.sign_in import forget_callers
from tests.web.oauth.partner import Browser, Partner, asked, csrf_in, installed, registered
from tests.world import World


def listed(browser: Browser) -> list[str]:
    return re.findall(r"<strong>([^<]+)</strong>", browser.get("/account/apps").text)


def shut_out(browser: Browser, name: str) -> str:
    page = browser.get("/account/apps")
    found = re.search(rf'<strong>{name}</strong>.*?name="app" value="([^"]+)"', page.text, re.DOTALL)
    assert found
    browser.post("/account/apps", {"csrf": csrf_in(page), "app": found[1]})
    return found[1]


def test_an_app_that_is_shut_out_can_do_nothing_more_and_asks_again(world: World) -> None:
    app = registered(world.garage.ada, name="Shut out")
    installed(world.garage.ada, app)
    sam, sue = Browser().sign_in(world.garage.sam.email), Browser()
    assert sue.get("/account/apps").headers["location"].startswith("/account/sign-in")
    assert "Shut out" not in listed(sam)
    tokens = app.tokens(sam, scope="openid customer:read offline_access")
    assert "Shut out" in listed(sam)
    shut_out(sam, "Shut out")
    assert "Shut out" not in listed(sam)
    forget_callers()  # what five seconds do
    assert asked(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert sam.get(app.path()).status_code == 200


def test_nobody_shuts_an_app_out_for_others(world: World, both: str, app: Partner, sam: Browser) -> None:
    bo = Browser().sign_in(both)
    token = app.tokens(bo, tenant="garage")["access_token"]
    app.tokens(sam)
    shut_out(sam, "Ledger")
    forget_callers()
    assert asked(token).status_code == 200
    answer = sam.post("/account/apps", {"csrf": "0" * 64, "app": app.id})
    assert answer.status_code == 403
    nonsense = sam.post("/account/apps", {"csrf": csrf_in(sam.get("/account")), "app": "nonsense"})
    assert "shut out already" in nonsense.text
