"""The browser of a request: its cookies, the session in it, and the token that proves a form to be ours.

The API takes no cookies; only the pages do. They are `HttpOnly` and `SameSite=Lax`, and over HTTPS `Secure` and bound
to this host by their name.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.settings import settings
from saas.tenants.identity.hashes import new_secret
from saas.tenants.identity.sessions import Session, session_of
from saas.web.threads import in_thread

_SANE = re.compile(r"[A-Za-z0-9_-]{40,60}")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser. `id` is a random mark that it keeps, `session` the open session, if there is one."""

    id: str
    is_new: bool
    session: Session | None
    address: str
    agent: str

    @property
    def csrf(self) -> str:
        """What a form of ours carries, and no other site knows (synchronizer token bound to the browser)."""
        key = settings().secret.get_secret_value().encode()
        return hmac.new(key, f"csrf {self.id}".encode(), hashlib.sha256).hexdigest()

    def sent(self, csrf: str) -> bool:
        """Whether a form with this token came from our page in this browser."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode("utf-8", "surrogatepass"))


async def browser_of(request: Request) -> Browser:
    """The browser behind the request, with its session read."""
    id_, secret = request.cookies.get(_name("browser"), ""), request.cookies.get(_name("session"), "")
    is_known = bool(_SANE.fullmatch(id_))
    session = await in_thread(lambda: session_of(secret)) if _SANE.fullmatch(secret) else None
    return Browser(
        id=id_ if is_known else new_secret(),
        is_new=not is_known,
        session=session,
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", "")[:300],
    )


def keep_browser(response: Response, browser: Browser) -> Response:
    """Have the browser keep its mark."""
    if browser.is_new:
        _set(response, "browser", browser.id, _YEAR)
    return response


def keep_session(response: Response, secret: str) -> Response:
    """Have the browser keep its session until it is closed; on our side it ends when it was meant to."""
    _set(response, "session", secret, None)
    return response


def drop_session(response: Response) -> Response:
    """Have the browser forget its session."""
    response.delete_cookie(_name("session"), path="/", secure=_is_secure(), httponly=True, samesite="lax")
    return response


def _set(response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        _name(name), value, max_age=seconds, path="/", secure=_is_secure(), httponly=True, samesite="lax"
    )


def _name(name: str) -> str:
    return f"__Host-atrium-{name}" if _is_secure() else f"atrium-{name}"


def _is_secure() -> bool:
    return settings().public_url.startswith("https:")
