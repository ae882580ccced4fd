"""Where a person must go now: to a step of signing in that is not done yet, or on."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.sessions import Session
from saas.web.pages.browser import Browser
from saas.web.pages.onward import sign_in_path
from saas.web.pages.page import go

_STEPS = {"second_factor": "/account/second-factor", "password": "/account/password"}


def next_path(session: Session, onward_to: str) -> str:
    """The page of what is pending in the session, which goes on to `onward_to`; or that itself."""
    if session.pending is None:
        return onward_to
    return f"{_STEPS[session.pending]}?continue={quote(onward_to, safe='')}"


def signed_in(_request: Request, browser: Browser, onward_to: str) -> Response | None:
    """None where the browser has a session that counts; else the way to one."""
    if browser.session is None:
        return go(sign_in_path(onward_to))
    to = next_path(browser.session, onward_to)
    return None if to == onward_to else go(to)
