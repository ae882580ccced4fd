"""`/sso/{connection_id}/start`: to the provider, with what its answer must bring back."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saas.tenants.identity.sso.attempts import attempt_begin
from saas.tenants.identity.sso.connections import connection_by_id
from saas.tenants.identity.sso.exchange import request_uri
from saas.tenants.identity.sso.provider import provider_at
from saas.web.pages.browser import Browser, keep_browser
from saas.web.pages.onward import own_path
from saas.web.pages.sso.calls import calling
from saas.web.pages.sso.refusal import door


async def _start(request: Request, browser: Browser, connection_id: UUID) -> Response:
    """`GET /sso/{connection_id}/start`"""
    to = own_path(request.query_params.get("continue"))
    hint = request.query_params.get("email", "")[:254]
    address = await calling(connection_id, lambda: provider_address(browser, connection_id, to, hint))
    answer = RedirectResponse(address, status_code=303)
    return keep_browser(answer, browser)


start = door(_start)


def provider_address(
    browser: Browser, connection_id: UUID, onward_to: str, hint: str = "", person_id: UUID | None = None
) -> str:
    """Where this browser signs in at the provider; `person_id`: to be linked."""
    connection = connection_by_id(connection_id)
    provider = provider_at(connection.issuer)
    begun = attempt_begin(connection.id, browser.id, connection.issuer, onward_to, person_id)
    return request_uri(provider, connection, begun, hint)
