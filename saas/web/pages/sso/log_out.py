"""`/sso/{connection_id}/log-out`: where the provider sends back to; and how a session ends here and there."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import Unavailable
from saas.tenants.directory import directory
from saas.tenants.identity.sessions import Session, session_end
from saas.tenants.identity.sso.log_out import log_out_address
from saas.web.pages.browser import Browser
from saas.web.pages.page import go, page
from saas.web.pages.sso.calls import calling
from saas.web.pages.sso.refusal import door
from saas.web.threads import in_thread


async def _log_out(request: Request, browser: Browser, _connection_id: UUID) -> Response:
    """`GET /sso/{connection_id}/log-out`"""
    if browser.session is not None:
        return go("/account/sign-out")
    return page(request, browser, "sso_signed_out.html")


log_out = door(_log_out)


async def sign_out(session: Session) -> str | None:
    """End the session; where the browser logs out at its provider too, None where there is nothing to log out of.

    A provider that does not answer keeps nobody signed in here.
    """
    connection_id = session.connection_id
    try:
        address = None if connection_id is None else await calling(connection_id, lambda: log_out_address(session))
    except Unavailable:
        address = None
    await in_thread(lambda: _end(session))
    return address


def _end(session: Session) -> None:
    with directory() as transaction:
        session_end(transaction, session.person_id, session.id)
