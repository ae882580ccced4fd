"""`/account`: who one is, one's companies, and what can be done about signing in; `/account/sign-out`."""

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.memberships import Membership, memberships_of
from saas.tenants.identity.people import Contact, contact_of
from saas.tenants.identity.sessions import Session
from saas.web.pages.browser import browser_of, drop_session
from saas.web.pages.flow import signed_in
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import HOME, sign_in_path
from saas.web.pages.page import Words, go, onward, page
from saas.web.pages.sso.log_out import sign_out as end_session
from saas.web.threads import in_thread

# What one may be told after coming back from a page that did something.
_DONE = frozenset({"password"})


async def account(request: Request) -> Response:
    """`GET /account`"""
    browser = await browser_of(request)
    away = signed_in(request, browser, HOME)
    if away is not None or browser.session is None:
        return away or go(sign_in_path(HOME))
    session = browser.session
    person, places = await in_thread(lambda: _who(session))
    if person is None:
        return go(sign_in_path(HOME))
    done = request.query_params.get("done")
    notice: Words = (f"{done}_done", {}) if done in _DONE else None
    return page(request, browser, "account.html", notice=notice, person=person, places=places)


async def sign_out(request: Request) -> Response:
    """`GET /account/sign-out`, `POST /account/sign-out`"""
    browser = await browser_of(request)
    if browser.session is None:
        return drop_session(go(sign_in_path(HOME)))
    if request.method == "GET":
        return page(request, browser, "sign_out.html")
    try:
        await form_of(request, browser)
    except FormTooOld:
        return page(request, browser, "sign_out.html", 403, refusal=("form_old", {}))
    session = browser.session
    there = await end_session(session)
    return drop_session(go(sign_in_path(HOME)) if there is None else onward(request, browser, there))


def _who(session: Session) -> tuple[Contact | None, list[Membership]]:
    return contact_of(session.person_id), memberships_of(session.person_id)
