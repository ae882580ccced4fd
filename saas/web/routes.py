"""The addresses of the plain HTTP doors; docs/http.md describes each (a test compares)."""

from starlette.routing import Route

from saas.web.explorer import page, static
from saas.web.files import files
from saas.web.health import healthz, readyz
from saas.web.mailbox import mailbox
from saas.web.metrics import metrics
from saas.web.oauth.routes import OAUTH_ROUTES
from saas.web.pages.account import account
from saas.web.pages.account import sign_out as sign_out_page
from saas.web.pages.apps import apps
from saas.web.pages.forgotten import choose, forgotten
from saas.web.pages.invitation import invitation
from saas.web.pages.password import password
from saas.web.pages.second_factor import second_factor
from saas.web.pages.second_factor_set_up import set_up
from saas.web.pages.sessions import sessions
from saas.web.pages.sign_in import sign_in as sign_in_page
from saas.web.pages.sso.back_channel import back_channel
from saas.web.pages.sso.callback import callback
from saas.web.pages.sso.find import find
from saas.web.pages.sso.link import link
from saas.web.pages.sso.log_out import log_out
from saas.web.pages.sso.start import start
from saas.web.pages.tenants import tenants
from saas.web.sign_in import sign_in, sign_out

ROUTES = [
    Route("/", page),
    Route("/static/{name}", static),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/account", account),
    Route("/account/sign-in", sign_in_page, methods=["GET", "POST"]),
    Route("/sso", find, methods=["GET"]),
    Route("/sso/{connection_id}/start", start, methods=["GET"]),
    Route("/sso/{connection_id}/callback", callback, methods=["GET"]),
    Route("/sso/{connection_id}/link", link, methods=["GET", "POST"]),
    Route("/sso/{connection_id}/log-out", log_out, methods=["GET"]),
    Route("/sso/{connection_id}/back-channel", back_channel, methods=["POST"]),
    Route("/account/sign-out", sign_out_page, methods=["GET", "POST"]),
    Route("/account/password", password, methods=["GET", "POST"]),
    Route("/account/sessions", sessions, methods=["GET", "POST"]),
    Route("/account/apps", apps, methods=["GET", "POST"]),
    Route("/account/tenants", tenants),
    Route("/account/invitation/{token}", invitation, methods=["GET", "POST"]),
    Route("/account/forgotten", forgotten, methods=["GET", "POST"]),
    Route("/account/forgotten/{token}", choose, methods=["GET", "POST"]),
    Route("/account/second-factor", second_factor, methods=["GET", "POST"]),
    Route("/account/second-factor/set-up", set_up, methods=["GET", "POST"]),
    *OAUTH_ROUTES,
    Route("/files/{token}", files, methods=["GET", "PUT"]),
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
    Route("/mailbox", mailbox),
]
