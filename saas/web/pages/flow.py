"""Where a person must go before a page of theirs: to sign in, or to do what their sign-in still lacks."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.sessions import Session
from saas.web.pages.browser import Browser
from saas.web.pages.onward import sign_in_path
from saas.web.pages.page import go

STEPS = {"second_factor": "/account/second-factor", "password": "/account/password"}


def next_path(session: Session, onward_to: str) -> str:
    """Where the person must go now: to the step that is due, else on."""
    step = STEPS.get(session.pending or "")
    return onward_to if step is None else f"{step}?continue={quote(onward_to, safe='')}"


def signed_in(_request: Request, browser: Browser, onward_to: str) -> Response | None:
    """None where the browser has a session that counts; else the way to one."""
    if browser.session is None:
        return go(sign_in_path(onward_to))
    path = next_path(browser.session, onward_to)
    return None if path == onward_to else go(path)
