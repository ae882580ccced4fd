"""`/oauth/userinfo`: who agreed, as far as they agreed to tell it (OpenID Connect Core, section 5.3)."""

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.bearer import token_of
from saas.kit.errors import Unauthenticated
from saas.tenants.identity.access_token import access_claims
from saas.tenants.identity.people import contact_of
from saas.tenants.sign_in import identify
from saas.web.answers import answer
from saas.web.threads import in_thread

_NO_OPENID = 'Bearer error="insufficient_scope", scope="openid"'


async def userinfo(request: Request) -> Response:
    """`GET /oauth/userinfo`, `POST /oauth/userinfo`"""
    token = token_of(request.headers.get("authorization"))
    return await in_thread(lambda: _told(token))


def _told(token: str) -> Response:
    caller, claims = identify(token), access_claims(token)
    if caller.person_id is None or claims is None or "openid" not in claims.scopes:
        return answer({"error": "insufficient_scope"}, 403, {"WWW-Authenticate": _NO_OPENID})
    person = contact_of(caller.person_id)
    if person is None:
        raise Unauthenticated("The token is unknown or has ended.", remedy="Sign in again.")
    told: dict[str, object] = {"sub": str(person.id), "tenant": caller.tenant.slug}
    if "profile" in claims.scopes:
        told |= {"name": person.name} | ({"locale": person.language} if person.language else {})
    if "email" in claims.scopes:
        told |= {"email": person.email, "email_verified": False}  # whoever invited them typed it
    return answer(told)
