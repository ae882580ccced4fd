"""`/sso/{connection_id}/log-out`: sign out here and at the provider, and the page to which the provider sends back."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import Unavailable
from saas.tenants.directory import directory
from saas.tenants.identity.sessions import Session, session_end
from saas.tenants.identity.sso.log_out import log_out_address
from saas.web.pages.browser import Browser, drop_session
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.page import Words, onward, page
from saas.web.sso.calls import calling
from saas.web.sso.refusal import door
from saas.web.threads import in_thread


async def _log_out(request: Request, browser: Browser, connection_id: UUID) -> Response:
    """`GET /sso/{connection_id}/log-out`, `POST /sso/{connection_id}/log-out`"""
    if request.method == "GET":
        return _page(request, browser, connection_id, is_open=browser.session is not None)
    try:
        await form_of(request, browser)
    except FormTooOld:
        is_open = browser.session is not None
        return _page(request, browser, connection_id, 403, is_open=is_open, refusal=("form_old", {}))
    address = None if browser.session is None else await sign_out(browser.session)
    if address is None:
        return drop_session(_page(request, browser, connection_id, is_open=False))
    return drop_session(onward(request, browser, address))


log_out = door(_log_out)


def _page(
    request: Request,
    browser: Browser,
    connection_id: UUID,
    status: int = 200,
    *,
    is_open: bool,
    refusal: Words = None,
) -> Response:
    return page(request, browser, "sso_signed_out.html", status, refusal=refusal, is_open=is_open, id=connection_id)


async def sign_out(session: Session) -> str | None:
    """End the session; where the browser logs out at the provider too, None where there is nothing to log out of.

    A provider that does not answer keeps nobody signed in here.
    """
    try:
        connection_id = session.connection_id
        address = None if connection_id is None else await calling(connection_id, lambda: log_out_address(session))
    except Unavailable:
        address = None
    await in_thread(lambda: _end(session))
    return address


def _end(session: Session) -> None:
    with directory() as transaction:
        session_end(transaction, session.person_id, session.id)
