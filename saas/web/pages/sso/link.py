"""`/sso/{connection_id}/link`: somebody who has signed in says that an account of their provider is theirs too."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import Forbidden
from saas.tenants.identity.sso.connections import connection_by_id
from saas.web.pages.browser import Browser, keep_browser
from saas.web.pages.flow import signed_in
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import HOME
from saas.web.pages.page import Words, onward, page
from saas.web.pages.sso.calls import calling
from saas.web.pages.sso.refusal import door
from saas.web.pages.sso.start import provider_address
from saas.web.threads import in_thread


async def _link(request: Request, browser: Browser, connection_id: UUID) -> Response:
    """`GET /sso/{connection_id}/link`, `POST /sso/{connection_id}/link`"""
    elsewhere = signed_in(request, browser, f"/sso/{connection_id}/link")
    if elsewhere is not None:
        return keep_browser(elsewhere, browser)
    if request.method == "GET":
        return await _page(request, browser, connection_id)
    try:
        await form_of(request, browser)
    except FormTooOld:
        return await _page(request, browser, connection_id, 403, ("form_old", {}))
    session = browser.session
    if session is None:
        raise Forbidden("Nobody has signed in in this browser.")
    address = await calling(
        connection_id, lambda: provider_address(browser, connection_id, HOME, person_id=session.person_id)
    )
    return onward(request, browser, address)


link = door(_link)


async def _page(
    request: Request, browser: Browser, connection_id: UUID, status: int = 200, refusal: Words = None
) -> Response:
    connection = await in_thread(lambda: connection_by_id(connection_id))
    return page(request, browser, "sso_link.html", status, refusal=refusal, name=connection.name, id=connection.id)
