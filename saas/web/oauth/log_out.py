"""`/oauth/end-session`: an app has its person signed out here too (OpenID Connect RP-Initiated Logout).

Whom an ID token of the very session names is signed out at once; everybody else is asked, or any site could do it. One
goes on only to an address that the app registered.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saas.tenants.identity.sessions import Session
from saas.tenants.oauth.apps import app_known
from saas.tenants.oauth.id_tokens import Hint, hint_in
from saas.web.oauth.form import once, pairs_of
from saas.web.pages.browser import Browser, browser_of, drop_session
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.page import onward, page
from saas.web.pages.sso.log_out import sign_out
from saas.web.threads import in_thread

_FIELDS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True, slots=True)
class LogOut:
    """What an app wants. `goes_to` is where the person goes on to, an address of the app's own, or nowhere."""

    hint: Hint | None
    goes_to: str | None

    def is_of(self, session: Session) -> bool:
        """Whether the ID token was given in this very session."""
        return self.hint is not None and self.hint.session_id == session.id and self.hint.person_id == session.person_id


async def end_session(request: Request) -> Response:
    """`GET /oauth/end-session`, `POST /oauth/end-session`"""
    browser = await browser_of(request)
    try:
        body = pairs_of((await request.body()).decode("utf-8", "replace")) if request.method == "POST" else []
        is_ours = "csrf" in dict(body)
        given = dict(await form_of(request, browser)) if is_ours else once(body or pairs_of(request.url.query))
    except OAuth2Error:
        return page(request, browser, "refused.html", 400, refusal=("oauth_no_app", {}))
    except FormTooOld:
        return page(request, browser, "refused.html", 403, refusal=("form_old", {}))
    wanted = await in_thread(lambda: _wanted(given))
    session = browser.session
    if session is not None and not is_ours and not wanted.is_of(session):
        fields = {name: given[name] for name in _FIELDS if name in given}
        return page(request, browser, "log_out.html", fields=fields)
    there = None if session is None else await sign_out(session)
    return _gone(request, browser, wanted.goes_to or there)


def _wanted(given: dict[str, str]) -> LogOut:
    hint = hint_in(given.get("id_token_hint", ""))
    client_id = given.get("client_id") or (hint.client_id if hint else "")
    if hint is not None and hint.client_id != client_id:
        return LogOut(None, None)  # another app's token is no word of this one
    app = app_known(client_id)
    uri = given.get("post_logout_redirect_uri", "")
    if app is None or uri not in app.log_out_uris:
        return LogOut(hint, None)
    state = f"{'&' if '?' in uri else '?'}{urlencode({'state': given['state']})}" if given.get("state") else ""
    return LogOut(hint, uri + state)


def _gone(request: Request, browser: Browser, goes_to: str | None) -> Response:
    """On to the app; where it names no address, to the log-out of the company's own provider, if that has one."""
    if goes_to is None:
        return drop_session(page(request, browser, "logged_out.html"))
    if request.method == "POST":
        return drop_session(onward(request, browser, goes_to))
    return drop_session(RedirectResponse(goes_to, 303))
