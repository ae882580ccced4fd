"""`/sso/{connection_id}/callback`: the provider's answer opens a session, or links somebody who has signed in."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.sso.attempts import attempt_take
from saas.tenants.identity.sso.connections import connection_by_id
from saas.tenants.identity.sso.exchange import check_issuer, claims_by_code
from saas.tenants.identity.sso.people import outside_from
from saas.tenants.identity.sso.provider import provider_at
from saas.tenants.identity.sso.trust import Untrusted
from saas.web.pages.browser import Browser, keep_session
from saas.web.pages.flow import step_path
from saas.web.pages.page import go, onward
from saas.web.pages.sso.arrival import arrive, link
from saas.web.pages.sso.calls import calling
from saas.web.pages.sso.refusal import door


async def _callback(request: Request, browser: Browser, connection_id: UUID) -> Response:
    """`GET /sso/{connection_id}/callback`"""
    given = request.query_params
    if any(len(given.getlist(name)) > 1 for name in ("state", "code", "iss", "error")):
        raise Untrusted("The answer says something twice.")
    secret, to = await calling(connection_id, lambda: _finish(dict(given), browser, connection_id))
    answer = go(to) if to.startswith("/account") else onward(request, browser, to)
    return answer if secret is None else keep_session(answer, secret)


callback = door(_callback)


def _finish(given: dict[str, str], browser: Browser, connection_id: UUID) -> tuple[str | None, str]:
    """The secret of the new session, None where somebody was linked only; and where they go on to."""
    connection = connection_by_id(connection_id)
    attempt = None if browser.is_new else attempt_take(given.get("state", ""), connection_id, browser.id)
    if attempt is None or attempt.issuer != connection.issuer:
        raise Untrusted("The answer belongs to no sign-in that was begun in this browser and is open.")
    provider = provider_at(connection.issuer)
    check_issuer(provider, given.get("iss"))
    if "error" in given or not given.get("code"):
        raise Untrusted(f"The provider did not sign the person in: {given.get('error', '')[:60]!r}.")
    claims, id_token = claims_by_code(provider, connection, attempt, given["code"])
    outside = outside_from(claims)
    if attempt.person_id is not None:
        if browser.session is None or browser.session.person_id != attempt.person_id or browser.session.pending:
            raise Untrusted("Whoever wanted to be linked is not signed in any more.")
        link(connection, outside, attempt.person_id)
        return None, attempt.onward_to
    secret, pending = arrive(connection, outside, id_token, browser)
    return secret, step_path(pending, attempt.onward_to)
