"""`/account/tenants`: in which of one's companies to go on; whoever has only one is not asked."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.memberships import memberships_of
from saas.web.pages.browser import browser_of
from saas.web.pages.flow import signed_in
from saas.web.pages.onward import own_path, sign_in_path
from saas.web.pages.page import go, onward, page
from saas.web.threads import in_thread


async def tenants(request: Request) -> Response:
    """`GET /account/tenants`"""
    browser = await browser_of(request)
    to = own_path(request.query_params.get("continue"))
    here = f"/account/tenants?{urlencode({'continue': to})}"
    away = signed_in(request, browser, here)
    if away is not None or browser.session is None:
        return away or go(sign_in_path(here))
    person_id = browser.session.person_id
    places = await in_thread(lambda: memberships_of(person_id))
    if len(places) == 1:
        path = with_tenant(to, places[0].tenant.slug)
        return go(path) if path.startswith("/account") else onward(request, browser, path)
    choices = [(place.tenant, with_tenant(to, place.tenant.slug)) for place in places]
    return page(request, browser, "tenants.html", choices=choices)


def with_tenant(path: str, slug: str) -> str:
    """The address with this tenant named in its query, and no other."""
    parts = urlsplit(path)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "tenant"]
    return f"{parts.path}?{urlencode([*kept, ('tenant', slug)])}"
