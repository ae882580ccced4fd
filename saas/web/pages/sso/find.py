"""`/sso`: from an e-mail address to the identity provider of the company whose domain it is in."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.sso.connections import Connection, connections_for
from saas.web.pages.browser import Browser, browser_of
from saas.web.pages.onward import own_path
from saas.web.pages.page import Words, onward, page
from saas.web.threads import in_thread


async def find(request: Request) -> Response:
    """`GET /sso`, `GET /sso?email=…&continue=…`"""
    browser = await browser_of(request)
    to = own_path(request.query_params.get("continue"))
    email = request.query_params.get("email", "").strip()[:254]
    if not email:
        return _page(request, browser, to, email)
    found = await in_thread(lambda: connections_for(email))
    if not found:
        return _page(request, browser, to, email, 404, "sso_no_company")
    if len(found) > 1:
        choices = [(each.name, start_path(each, to, email)) for each in found]
        return page(request, browser, "sso_choose.html", choices=choices)
    # By a page of its own: a browser would refuse to follow a form to another site.
    return onward(request, browser, start_path(found[0], to, email))


def start_path(connection: Connection, onward_to: str, email: str = "") -> str:
    """Where signing in through the connection begins."""
    asked = {"continue": onward_to} | ({"email": email} if email else {})
    return f"/sso/{connection.id}/start?{urlencode(asked)}"


def _page(request: Request, browser: Browser, to: str, email: str, status: int = 200, refusal: str = "") -> Response:
    told: Words = (refusal, {}) if refusal else None
    return page(request, browser, "sso_email.html", status, refusal=told, onward_to=to, email=email)
