"""The sign-in page: e-mail and password open a session in the browser that asked, and in no other."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from saas.app import create_app
from saas.tenants.tenant import Tenant
from tests.tenants.place import Place
from tests.web.conftest import EMAIL, PASSWORD, forget_tries

Visit = Callable[..., Any]


def visiting(steps: Callable[[httpx2.AsyncClient], Any]) -> Any:
    """What `steps` returns, done in one browser: it keeps its cookies."""

    async def go() -> Any:
        transport = httpx2.ASGITransport(app=create_app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://atrium.test") as browser:
            return await steps(browser)

    return asyncio.run(go())


def csrf_in(answer: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)
    assert found is not None
    return found[1]


async def signing_in(browser: httpx2.AsyncClient, **changes: str) -> httpx2.Response:
    page = await browser.get("/account/sign-in")
    form = {"csrf": csrf_in(page), "email": EMAIL, "password": PASSWORD, "continue": "", **changes}
    return await browser.post("/account/sign-in", data=form)


def sessions(place: Place) -> list[Any]:
    return place.ask("SELECT methods FROM directory.session", database=place.directory)


@pytest.fixture(autouse=True)
def no_sessions(place: Place, acme: Tenant) -> None:
    assert acme.slug == "acme"
    forget_tries(place)


def test_right_ones_open_a_session(place: Place) -> None:
    answer = visiting(signing_in)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookies = answer.headers.get_list("set-cookie")
    (cookie,) = [each for each in cookies if each.startswith("atrium-session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert sessions(place) == [(["pwd"],)]


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"email": "nobody@acme.test"}, {"email": "\0"}])
def test_wrong_ones_open_none(place: Place, changes: dict[str, str]) -> None:
    answer = visiting(lambda browser: signing_in(browser, **changes))
    assert answer.status_code == 401
    assert "E-mail or password is wrong." in answer.text
    assert sessions(place) == []


def test_a_form_of_another_browser_is_refused(place: Place) -> None:
    stolen = csrf_in(visiting(lambda browser: browser.get("/account/sign-in")))
    answer = visiting(lambda browser: signing_in(browser, csrf=stolen))
    assert answer.status_code == 403
    assert sessions(place) == []


def test_a_form_on_another_site_is_refused(place: Place) -> None:
    async def elsewhere(browser: httpx2.AsyncClient) -> httpx2.Response:
        browser.headers["origin"] = "https://evil.example"
        return await signing_in(browser)

    assert visiting(elsewhere).status_code == 403
    assert sessions(place) == []


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "/account/../..", "javascript:alert(1)", "/x"]
)
def test_one_is_sent_on_to_our_own_addresses_only(to: str) -> None:
    answer = visiting(lambda browser: signing_in(browser, **{"continue": to}))
    assert answer.headers["location"].startswith("/account")


def test_the_page_speaks_chinese_and_has_no_script() -> None:
    answer = visiting(lambda browser: browser.get("/account/sign-in", headers={"accept-language": "zh-TW,zh;q=0.9"}))
    assert '<html lang="zh-CN">' in answer.text
    assert "登录" in answer.text
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
