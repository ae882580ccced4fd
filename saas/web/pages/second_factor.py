"""`/account/second-factor`: the code that a person's app shows, or one of their recovery codes."""

from dataclasses import replace
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.directory import directory
from saas.tenants.identity.lockout import count_failure, forget_failures
from saas.tenants.identity.pending import pending_after_second_factor
from saas.tenants.identity.people import contact_of
from saas.tenants.identity.reset import policies_for
from saas.tenants.identity.second_factor import WaitForCode, has_second_factor, second_factor_is_right
from saas.tenants.identity.sessions import Session, session_renew
from saas.tenants.identity.sign_in_log import log_sign_in
from saas.web.pages.browser import Browser, browser_of, keep_browser, keep_session
from saas.web.pages.flow import next_path
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import own_path, sign_in_path
from saas.web.pages.page import Words, go, onward, page
from saas.web.threads import in_thread

SET_UP = "/account/second-factor/set-up"
STRONG = frozenset({"otp", "recovery"})  # methods of a session that entered a code


async def second_factor(request: Request) -> Response:
    """`GET /account/second-factor`, `POST /account/second-factor`"""
    browser = await browser_of(request)
    to, session = own_path(request.query_params.get("continue")), browser.session
    if session is None:
        return go(sign_in_path(to))
    if not await in_thread(lambda: has_second_factor(session.person_id)):
        return go(f"{SET_UP}?continue={quote(to, safe='')}")
    if request.method == "GET":
        return _page(request, browser, to) if needs_code(session) else go(next_path(session, to))
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return _page(request, browser, to, 403, ("form_old", {}))
    to = own_path(form.get("continue"))
    if not needs_code(session):
        return go(next_path(session, to))
    try:
        renewed = await in_thread(lambda: _entered(browser, session, form.get("code", "")))
    except WaitForCode as error:
        answer = _page(request, browser, to, 429, too_often(error))
        answer.headers["retry-after"] = str(error.seconds)
        return answer
    if renewed is None:
        return _page(request, browser, to, 401, ("code_wrong", {}))
    after, secret = renewed
    path = next_path(after, to)
    answer = go(path) if path.startswith("/account") else onward(request, browser, path)
    return keep_session(keep_browser(answer, browser), secret)


def needs_code(session: Session) -> bool:
    """Whether a code is still to be entered in this session."""
    return session.pending == "second_factor" or STRONG.isdisjoint(session.methods)


def too_often(error: WaitForCode) -> Words:
    """How long one waits, in words."""
    return "code_too_often", {"seconds": error.seconds}


def strengthened(session: Session, method: str) -> tuple[Session, str]:
    """The session after a code was entered, and its new secret."""
    pending = pending_after_second_factor(session.person_id, policies_for(session.person_id))
    methods = (*(each for each in session.methods if each != method), method)
    with directory() as connection:
        secret = session_renew(connection, session.id, methods=list(methods), pending=pending)
    return replace(session, methods=methods, pending=pending), secret


def _entered(browser: Browser, session: Session, code: str) -> tuple[Session, str] | None:
    with directory() as connection:
        method = second_factor_is_right(connection, session.person_id, code)
        known = contact_of(session.person_id)
        if method is None:
            count_failure(connection, session.person_id, known.email if known else "")
        else:
            forget_failures(connection, session.person_id)
        log_sign_in(
            connection,
            person_id=session.person_id,
            email=known.email if known else "",
            outcome="second_factor_wrong" if method is None else "ok",
            method=method or "otp",
            address=browser.address,
            agent=browser.agent,
            session_id=session.id,
        )
    return None if method is None else strengthened(session, method)


def _page(request: Request, browser: Browser, onward_to: str, status: int = 200, refusal: Words = None) -> Response:
    return page(request, browser, "second_factor.html", status, refusal=refusal, onward_to=onward_to)
