"""`POST /oauth/revoke` ends what an app was given (RFC 7009), `POST /oauth/introspect` tells of its tokens (RFC 7662).

An app ends and looks at its own tokens only; of any other it learns nothing.
"""

from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.requests import Request
from starlette.responses import Response

from saas.kit.settings import settings
from saas.tenants.identity.access_token import access_claims, resource
from saas.tenants.oauth.agreements import agreement_end, agreement_standing, is_of_app
from saas.tenants.oauth.refresh_tokens import PREFIX, refresh_family, refresh_is_good
from saas.web.oauth.client import ANYHOW, WITH_SECRET
from saas.web.oauth.door import knocked
from saas.web.oauth.grants import server
from saas.web.oauth.server import Asked, Told


async def revoke(request: Request) -> Response:
    """`POST /oauth/revoke`"""
    return await knocked(request, "revoke", _revoke)


async def introspect(request: Request) -> Response:
    """`POST /oauth/introspect`"""
    return await knocked(request, "introspect", _introspect)


def _revoke(asked: Asked) -> Told:
    client = server.authenticate_client(asked, ANYHOW, "revocation")
    if (agreement_id := _agreement_of(asked, client.app.id)) is not None:
        agreement_end(asked.connection, agreement_id)
    return 200, {}, []  # nor does it learn whether there was such a token


def _introspect(asked: Asked) -> Told:
    client = server.authenticate_client(asked, WITH_SECRET, "introspection")
    agreement_id = _agreement_of(asked, client.app.id)
    standing = None if agreement_id is None else agreement_standing(asked.connection, agreement_id)
    if standing is None:
        return 200, {"active": False}, []
    told: dict[str, object] = {
        "active": True,
        "iss": settings().public_url,
        "aud": resource(),
        "client_id": standing.client_id,
        "sub": standing.client_id if standing.person_id is None else str(standing.person_id),
        "tenant": standing.tenant,
    }
    text = asked.form["token"]
    if text.startswith(PREFIX):
        if not refresh_is_good(asked.connection, text):
            return 200, {"active": False}, []
        return 200, told | {"scope": " ".join(sorted(standing.scopes)), "token_type": "refresh_token"}, []
    claims = access_claims(text)
    if claims is None:
        return 200, {"active": False}, []
    scopes = " ".join(sorted(claims.scopes & standing.scopes))
    return 200, told | {"scope": scopes, "token_type": "Bearer", "exp": int(claims.expires_at.timestamp())}, []


def _agreement_of(asked: Asked, app_id: UUID) -> UUID | None:
    """Under which agreement with this app the token was given; `token_type_hint` is not needed to see what it is."""
    token = asked.form.get("token")
    if token is None:
        raise InvalidRequestError("Which token? The field is called token.")
    if token.startswith(PREFIX):
        return refresh_family(asked.connection, token, app_id)
    claims = access_claims(token)
    if claims is None or not is_of_app(asked.connection, claims.authorization_id, app_id):
        return None
    return claims.authorization_id
