"""Where a person must go: on, to a step that is still missing, or to the sign-in page."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from saas.tenants.identity.sessions import Session
from saas.web.pages.browser import Browser
from saas.web.pages.onward import own_path, sign_in_path
from saas.web.pages.page import go

_STEPS = {"second_factor": "/account/second-factor", "password": "/account/password"}


def next_path(session: Session, onward_to: str) -> str:
    """The address to go to now: that of the pending step, which then goes on to `onward_to`, or `onward_to` itself."""
    return step_path(session.pending, onward_to)


def step_path(pending: str | None, onward_to: str) -> str:
    """The same for a session of which only what is pending is known."""
    step = _STEPS.get(pending or "")
    return onward_to if step is None else f"{step}?continue={quote(onward_to, safe='')}"


def signed_in(_request: Request, browser: Browser, onward_to: str) -> Response | None:
    """None where the browser has a session that counts; else a redirect to what is missing, then to `onward_to`."""
    onward_to = own_path(onward_to)
    if browser.session is None:
        return go(sign_in_path(onward_to))
    return None if browser.session.pending is None else go(next_path(browser.session, onward_to))
