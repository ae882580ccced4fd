"""The addresses of the plain HTTP doors; docs/http.md describes each (a test compares)."""

from starlette.routing import Route

from saas.web.explorer import page, static
from saas.web.files import files
from saas.web.health import healthz, readyz
from saas.web.metrics import metrics
from saas.web.pages.sign_in import sign_in as sign_in_page
from saas.web.sign_in import sign_in, sign_out
from saas.web.sso.back_channel import back_channel
from saas.web.sso.callback import callback
from saas.web.sso.find import find
from saas.web.sso.link import link
from saas.web.sso.log_out import log_out
from saas.web.sso.start import start

ROUTES = [
    Route("/", page),
    Route("/static/{name}", static),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/account/sign-in", sign_in_page, methods=["GET", "POST"]),
    Route("/sso", find, methods=["GET"]),
    Route("/sso/{connection_id}/start", start, methods=["GET"]),
    Route("/sso/{connection_id}/callback", callback, methods=["GET"]),
    Route("/sso/{connection_id}/link", link, methods=["GET", "POST"]),
    Route("/sso/{connection_id}/log-out", log_out, methods=["GET", "POST"]),
    Route("/sso/{connection_id}/back-channel", back_channel, methods=["POST"]),
    Route("/files/{token}", files, methods=["GET", "PUT"]),
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
]
