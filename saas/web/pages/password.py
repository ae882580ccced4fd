"""`/account/password`: a person sets a new password, because they wish to or because one is due."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import Unauthenticated
from saas.modules.identity.mails import sign_in_was_changed
from saas.tenants.identity.password_change import Asked, asked_for_password, password_change
from saas.tenants.identity.password_set import Unmet
from saas.tenants.identity.sessions import Session
from saas.web.attempts import TooManyAttempts, check_attempt, note_attempt
from saas.web.pages.browser import Browser, browser_of, keep_session
from saas.web.pages.flow import next_path
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import HOME, own_path, sign_in_path
from saas.web.pages.page import Words, go, onward, page
from saas.web.threads import in_thread, soon

_DONE = HOME + "?done=password"


async def password(request: Request) -> Response:
    """`GET /account/password`, `POST /account/password`"""
    browser = await browser_of(request)
    session = browser.session
    asked_to = request.query_params.get("continue")
    if session is None:
        return go(sign_in_path(own_path(asked_to) if asked_to else "/account/password"))
    if session.pending == "second_factor":
        return go(next_path(session, own_path(asked_to)))
    asked = await in_thread(lambda: asked_for_password(session))
    to = own_path(asked_to) if asked_to else _DONE
    if request.method == "GET" or not asked.person.has_password:
        return _page(request, browser, session, asked, to)
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return _page(request, browser, session, asked, to, 403, [Unmet("form_old")])
    to = own_path(form.get("continue"))
    secret, wrong = await _changed(browser, session, asked, form)
    if secret is None:
        return _page(request, browser, session, asked, to, 422, wrong)
    return keep_session(go(to) if to.startswith("/account") else onward(request, browser, to), secret)


async def _changed(
    browser: Browser, session: Session, asked: Asked, form: dict[str, str]
) -> tuple[str | None, list[Unmet]]:
    """The session's new secret, or what was wrong."""
    current, new = form.get("current", ""), form.get("new", "")
    if new != form.get("again", ""):
        return None, [Unmet("password_differs")]
    try:
        check_attempt(browser.address, asked.person.email)
        told = await in_thread(
            lambda: password_change(session, current, new, address=browser.address, agent=browser.agent)
        )
    except TooManyAttempts as error:
        return None, [Unmet("sign_in_too_many", {"seconds": error.seconds})]
    except Unauthenticated:
        note_attempt(browser.address, asked.person.email, succeeded=False)
        return None, [Unmet("password_current_wrong")]
    if not isinstance(told, str):
        return None, told
    soon(lambda: sign_in_was_changed(session.person_id, "password_changed"))
    return told, []


def _page(
    request: Request,
    browser: Browser,
    session: Session,
    asked: Asked,
    to: str,
    status: int = 200,
    wrong: Sequence[Unmet] = (),
) -> Response:
    is_due = session.pending == "password"
    notice: Words = ("password_due", {}) if is_due else None
    return page(
        request, browser, "password.html", status, notice=notice, asked=asked, onward_to=to, wrong=wrong, is_due=is_due
    )
