"""What apps read to find our doors: metadata of the authorization server, of the protected API, and our keys."""

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.settings import settings
from saas.tenants.identity.access_token import resource
from saas.tenants.identity.keys import ALGORITHM, published
from saas.tenants.oauth.agreements import OF_PEOPLE
from saas.tenants.oauth.codes import METHOD
from saas.web.answers import answer
from saas.web.oauth.client import ANYHOW, DEVICE_CODE, WITH_SECRET
from saas.web.threads import in_thread

_KEPT = {"cache-control": "public, max-age=300"}


async def metadata(_request: Request) -> Response:
    """`GET /.well-known/openid-configuration`, `GET /.well-known/oauth-authorization-server` (RFC 8414)"""
    issuer = settings().public_url
    doors = f"{issuer}/oauth/"
    told = {
        "issuer": issuer,
        "authorization_endpoint": doors + "authorize",
        "token_endpoint": doors + "token",
        "pushed_authorization_request_endpoint": doors + "par",
        "device_authorization_endpoint": doors + "device_authorization",
        "revocation_endpoint": doors + "revoke",
        "introspection_endpoint": doors + "introspect",
        "userinfo_endpoint": doors + "userinfo",
        "end_session_endpoint": doors + "end-session",
        "jwks_uri": doors + "jwks",
        "scopes_supported": sorted(OF_PEOPLE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE],
        "code_challenge_methods_supported": [METHOD],
        "token_endpoint_auth_methods_supported": list(ANYHOW),
        "revocation_endpoint_auth_methods_supported": list(ANYHOW),
        "introspection_endpoint_auth_methods_supported": list(WITH_SECRET),
        "authorization_response_iss_parameter_supported": True,
        "require_pushed_authorization_requests": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": ["none", "login", "consent"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": ["sub", "name", "locale", "email", "email_verified", "tenant", "auth_time", "amr", "sid"],
        "ui_locales_supported": ["en", "zh"],
        "protected_resources": [resource()],
    }
    return answer(told, headers=_KEPT)


async def protected_resource(_request: Request) -> Response:
    """`GET /.well-known/oauth-protected-resource`, and the same below it for /graphql (RFC 9728)"""
    told = {
        "resource": resource(),
        "resource_name": "Atrium",
        "authorization_servers": [settings().public_url],
        "bearer_methods_supported": ["header"],
        "jwks_uri": f"{settings().public_url}/oauth/jwks",
    }
    return answer(told, headers=_KEPT)


async def jwks(_request: Request) -> Response:
    """`GET /oauth/jwks`"""
    return answer({"keys": await in_thread(published)}, headers=_KEPT)
