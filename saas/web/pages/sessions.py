"""`/account/sessions`: where one is signed in; each can be ended, and all others at once."""

from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.directory import directory
from saas.tenants.identity.sessions import Session, session_end, sessions_of
from saas.web.pages.browser import Browser, browser_of, drop_session
from saas.web.pages.devices import device
from saas.web.pages.flow import signed_in
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import HOME, sign_in_path
from saas.web.pages.page import Words, go, page
from saas.web.threads import in_thread

PATH = "/account/sessions"


async def sessions(request: Request) -> Response:
    """`GET /account/sessions`, `POST /account/sessions`"""
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
    given = form.get("session", "")
    ended = await in_thread(lambda: _end(mine, given))
    if mine.id in ended:
        return drop_session(go(sign_in_path(HOME)))
    return await _page(request, browser, mine, notice=("sessions_ended" if ended else "sessions_none_such", {}))


def _end(mine: Session, given: str) -> set[UUID]:
    """End the session with this id, or all `others`; the ids of those that ended."""
    chosen = [one.id for one in sessions_of(mine.person_id) if given in (str(one.id), "others")]
    with directory() as connection:
        return {
            id_
            for id_ in chosen
            if not (given == "others" and id_ == mine.id) and session_end(connection, mine.person_id, id_)
        }


async def _page(
    request: Request, browser: Browser, mine: Session, status: int = 200, *, refusal: Words = None, notice: Words = None
) -> Response:
    found = await in_thread(lambda: sessions_of(mine.person_id))
    found.sort(key=lambda one: one.id != mine.id)  # one's own first, the others as they came
    values = {"sessions": found, "mine": mine.id, "device": device, "told": _told}
    return page(request, browser, "sessions.html", status, refusal=refusal, notice=notice, **values)


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
