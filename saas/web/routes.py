"""The addresses of the plain HTTP doors; docs/http.md describes each (a test compares)."""

from starlette.routing import Route

from saas.web.explorer import page, static
from saas.web.files import files
from saas.web.health import healthz, readyz
from saas.web.mailbox import mailbox
from saas.web.metrics import metrics
from saas.web.oauth.authorize import authorize
from saas.web.oauth.device import device, device_authorization
from saas.web.oauth.discovery import jwks, metadata, protected_resource
from saas.web.oauth.given_tokens import introspect, revoke
from saas.web.oauth.log_out import end_session
from saas.web.oauth.push import push
from saas.web.oauth.token import token
from saas.web.oauth.userinfo import userinfo
from saas.web.pages.sign_in import sign_in as sign_in_page
from saas.web.sign_in import sign_in, sign_out

ROUTES = [
    Route("/", page),
    Route("/static/{name}", static),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/account/sign-in", sign_in_page, methods=["GET", "POST"]),
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
    Route("/.well-known/oauth-protected-resource/graphql", protected_resource),
    Route("/files/{token}", files, methods=["GET", "PUT"]),
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
    Route("/mailbox", mailbox),
]
