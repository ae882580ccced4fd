"""What a person must do yet before a session counts, and where they go on to."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.sessions import Session
from saas.web.pages.browser import Browser
from saas.web.pages.onward import sign_in_path
from saas.web.pages.page import go

_STEPS = {"second_factor": "/account/second-factor", "password": "/account/password"}


def next_path(session: Session, onward_to: str) -> str:
    """Where the person must go now: to the step that is pending, else to where they wanted to go."""
    step = _STEPS.get(session.pending or "")
    return onward_to if step is None else f"{step}?continue={quote(onward_to, safe='')}"


def signed_in(_request: Request, browser: Browser, onward_to: str) -> Response | None:
    """None where the browser has a session that counts; else the way to the sign-in page or the pending step."""
    if browser.session is None:
        return go(sign_in_path(onward_to))
    return None if browser.session.pending is None else go(next_path(browser.session, onward_to))
