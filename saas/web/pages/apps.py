"""`/account/apps`: the apps that one let in; each can be shut out again."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.directory import directory
from saas.tenants.identity.sessions import Session
from saas.tenants.oauth.consents import app_forbid, apps_allowed
from saas.web.pages.browser import Browser, browser_of
from saas.web.pages.flow import signed_in
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import sign_in_path
from saas.web.pages.page import Words, go, page
from saas.web.threads import in_thread

PATH = "/account/apps"


async def apps(request: Request) -> Response:
    """`GET /account/apps`, `POST /account/apps`"""
    browser = await browser_of(request)
    away = signed_in(request, browser, PATH)
    if away is not None or browser.session is None:
        return away or go(sign_in_path(PATH))
    mine = browser.session
    if request.method == "GET":
        return await _page(request, browser, mine)
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return await _page(request, browser, mine, 403, refusal=("form_old", {}))
    given = form.get("app", "")
    ended = await in_thread(lambda: _end(mine, given))
    return await _page(request, browser, mine, notice=("apps_ended" if ended else "apps_none_such", {}))


def _end(mine: Session, given: str) -> bool:
    try:
        id_ = UUID(given)
    except ValueError:
        return False
    with directory() as connection:
        return app_forbid(connection, mine.person_id, id_)


async def _page(
    request: Request, browser: Browser, mine: Session, status: int = 200, *, refusal: Words = None, notice: Words = None
) -> Response:
    found = await in_thread(lambda: apps_allowed(mine.person_id))
    return page(request, browser, "apps.html", status, refusal=refusal, notice=notice, apps=found)
