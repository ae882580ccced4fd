"""`/account/sign-in`: e-mail and password open a session in this browser, good for all of the person's tenants."""

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.directory import directory
from saas.tenants.identity.by_password import person_by_password
from saas.tenants.identity.pending import pending_after_password
from saas.tenants.identity.reset import policies_for
from saas.tenants.identity.sessions import session_begin
from saas.web.pages.browser import Browser, browser_of, keep_browser, keep_session
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import own_path
from saas.web.pages.page import Words, go, onward, page
from saas.web.threads import in_thread


async def sign_in(request: Request) -> Response:
    """`GET /account/sign-in`, `POST /account/sign-in`"""
    browser = await browser_of(request)
    if request.method == "GET":
        return _page(request, browser, own_path(request.query_params.get("continue")))
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return _page(request, browser, own_path(None), 403, "form_old")
    to, email = own_path(form.get("continue")), form.get("email", "")
    secret = await in_thread(lambda: _secret(browser, email, form.get("password", "")))
    if secret is None:
        return _page(request, browser, to, 401, "sign_in_refused", email)
    answer = go(to) if to.startswith("/account") else onward(request, browser, to)
    return keep_session(keep_browser(answer, browser), secret)


def _page(
    request: Request, browser: Browser, onward_to: str, status: int = 200, refusal: str = "", email: str = ""
) -> Response:
    told: Words = (refusal, {}) if refusal else None
    return page(request, browser, "sign_in.html", status, refusal=told, onward_to=onward_to, email=email)


def _secret(browser: Browser, email: str, password: str) -> str | None:
    person_id = person_by_password(email, password)
    if person_id is None:
        return None
    pending = pending_after_password(person_id, policies_for(person_id))
    with directory() as connection:
        _, secret = session_begin(
            connection,
            person_id,
            methods=("pwd",),
            pending=pending,
            address=browser.address,
            agent=browser.agent,
        )
    return secret
