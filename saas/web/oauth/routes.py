"""The addresses of the doors of OAuth and OpenID Connect."""

from starlette.routing import Route

from saas.web.bearer import RESOURCE_METADATA
from saas.web.oauth.authorize import authorize
from saas.web.oauth.device import device, device_authorization
from saas.web.oauth.discovery import jwks, metadata, protected_resource
from saas.web.oauth.given_tokens import introspect, revoke
from saas.web.oauth.log_out import end_session
from saas.web.oauth.push import push
from saas.web.oauth.token import token
from saas.web.oauth.userinfo import userinfo

OAUTH_ROUTES = [
    Route("/oauth/authorize", authorize, methods=["GET", "POST"]),
    Route("/oauth/token", token, methods=["POST"]),
    Route("/oauth/par", push, methods=["POST"]),
    Route("/oauth/device_authorization", device_authorization, methods=["POST"]),
    Route("/oauth/device", device, methods=["GET", "POST"]),
    Route("/oauth/revoke", revoke, methods=["POST"]),
    Route("/oauth/introspect", introspect, methods=["POST"]),
    Route("/oauth/userinfo", userinfo, methods=["GET", "POST"]),
    Route("/oauth/end-session", end_session, methods=["GET", "POST"]),
    Route("/oauth/jwks", jwks),
    Route("/.well-known/openid-configuration", metadata),
    Route("/.well-known/oauth-authorization-server", metadata),
    Route("/.well-known/oauth-protected-resource", protected_resource),
    Route(RESOURCE_METADATA, protected_resource),
]
