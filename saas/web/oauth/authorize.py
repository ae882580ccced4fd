"""`/oauth/authorize`: a person signs in, reads what an app wants, and lets it or not.

`GET` is the request of the app. `POST` is our own form, whose address is the request once more; a `POST` without the
form's mark is a request too (OpenID Connect Core, section 3.1.2.1), and is asked again by `GET`.
"""

from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InsecureTransportError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saas.tenants.directory import directory
from saas.tenants.identity.people import contact_of
from saas.tenants.identity.sessions import Session
from saas.tenants.oauth.agreements import Signed, agreement_begin
from saas.tenants.oauth.codes import code_give
from saas.tenants.oauth.consents import consent_given, consent_keep
from saas.tenants.oauth.pushed_requests import request_answered
from saas.tenants.oauth.redirects import is_of_machine
from saas.web.oauth.authorization_request import AuthorizationRequest, Denied, Untrusted, authorization_request
from saas.web.oauth.form import pairs_of
from saas.web.oauth.places import Place, missing_path, tenants_path
from saas.web.oauth.places import place_for as find_place
from saas.web.oauth.rates import TooOften, spend_of_app
from saas.web.oauth.scope_words import scopes_told
from saas.web.oauth.sign_in_age import is_too_old, mark
from saas.web.pages.browser import Browser, browser_of
from saas.web.pages.flow import next_path
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import sign_in_path
from saas.web.pages.page import go, onward, page
from saas.web.threads import in_thread


async def authorize(request: Request) -> Response:
    """`GET /oauth/authorize`, `POST /oauth/authorize`"""
    browser = await browser_of(request)
    try:
        if request.method == "POST" and (sent := pairs_of((await request.body()).decode("utf-8", "replace"))):
            if "csrf" not in dict(sent):
                return go(f"/oauth/authorize?{urlencode(sent)}")
            form = await form_of(request, browser)
        else:
            form = None
        return await _answered(request, browser, form)
    except InsecureTransportError:
        return page(request, browser, "refused.html", 400, refusal=("oauth_insecure", {}))
    except OAuth2Error:
        return page(request, browser, "refused.html", 400, refusal=("oauth_no_app", {}))
    except Untrusted as error:
        return page(request, browser, "refused.html", 400, refusal=(error.key, {}))
    except FormTooOld:
        return page(request, browser, "refused.html", 403, refusal=("form_old", {}))
    except TooOften as error:
        told = page(request, browser, "refused.html", 429, refusal=("oauth_too_often", {"seconds": error.seconds}))
        told.headers["retry-after"] = str(error.seconds)
        return told
    except Denied as denied:
        if denied.request is None:
            raise
        uri = denied.request.answer.uri(error=denied.error, error_description=denied.description)
        return _tell(request, browser, uri)


async def _answered(request: Request, browser: Browser, form: dict[str, str] | None) -> Response:
    """The next step on the way to a code, or the code; Denied where the app gets none."""
    asked = await in_thread(lambda: authorization_request(pairs_of(request.url.query)))
    spend_of_app("authorize", asked.app.client_id)
    session = browser.session
    if session is None or is_too_old(asked, session):
        return _step(asked, "login_required", _sign_in(asked, session))
    due = next_path(session, asked.path())
    if due != asked.path():
        return _step(asked, "interaction_required", due)
    choice = await in_thread(lambda: find_place(asked.app, session, asked.tenant))
    if choice.is_open:
        return _step(asked, "account_selection_required", tenants_path(asked.path()))
    place = choice.place
    if place is None:
        raise Denied("access_denied", "The app is not installed in a company of this person.", asked)
    if place.missing is not None:
        return _step(asked, "interaction_required", missing_path(place, asked.path()))
    granted = place.granted(asked.scopes)
    if not granted:
        raise Denied("invalid_scope", "The company grants the app nothing of that.", asked)
    if form is not None:
        if form.get("decision") != "allow":
            raise Denied("access_denied", "The person refused.", asked)
    elif await in_thread(lambda: _is_to_be_asked(asked, place, granted)):
        if "none" in asked.prompt:
            raise Denied("consent_required", "The person has not agreed to that yet.", asked)
        return await _consent(request, browser, asked, place, granted)
    code = await in_thread(lambda: _code(asked, session, place, granted))
    return _tell(request, browser, asked.answer.uri(code=code))


def _step(asked: AuthorizationRequest, error: str, path: str) -> Response:
    """Something that only the person can do; where the app wants no page, it is told so."""
    if "none" in asked.prompt:
        raise Denied(error, "The person has something to do first.", asked)
    return go(path)


def _sign_in(asked: AuthorizationRequest, session: Session | None) -> str:
    path = asked.path() if session is None and asked.max_age is None else asked.path(since=mark(asked))
    hint = f"&{urlencode({'login_hint': asked.login_hint})}" if asked.login_hint else ""
    return sign_in_path(path) + hint


def _is_to_be_asked(asked: AuthorizationRequest, place: Place, granted: frozenset[str]) -> bool:
    """Any program on the machine could say it is the app, so there the person agrees each time (RFC 8252, 8.6)."""
    if "consent" in asked.prompt or is_of_machine(asked.answer.redirect_uri):
        return True
    return not granted <= consent_given(asked.app.id, place.membership.id)


async def _consent(
    request: Request, browser: Browser, asked: AuthorizationRequest, place: Place, granted: frozenset[str]
) -> Response:
    session = browser.session
    person = None if session is None else await in_thread(lambda: contact_of(session.person_id))
    there = urlsplit(asked.answer.redirect_uri)
    return page(
        request,
        browser,
        "consent.html",
        app=asked.app,
        tenant=place.membership.tenant,
        person=person,
        action=asked.path(),
        other_person=sign_in_path(asked.path(since=mark(asked))),
        goes_to=there.hostname or there.scheme,
        scopes=granted,
        scopes_told=scopes_told,
    )


def _code(asked: AuthorizationRequest, session: Session, place: Place, granted: frozenset[str]) -> str:
    signed = Signed(session.id, session.methods, session.authenticated_at, session.expires_at)
    with directory() as connection:
        if asked.pushed is not None and not request_answered(connection, asked.pushed):
            raise Untrusted("oauth_over")
        consent_keep(connection, asked.app.id, place.membership.id, granted)
        agreement = agreement_begin(connection, place.installation, granted, place.membership.id, signed)
        if agreement is None:
            raise Denied("access_denied", "The person has signed out meanwhile.", asked)
        return code_give(connection, agreement, asked.answer.redirect_uri, asked.challenge, asked.nonce)


def _tell(request: Request, browser: Browser, uri: str) -> Response:
    """Send the browser back to the app: by 303, so that nothing that was typed here goes along (RFC 9700, 4.12)."""
    return onward(request, browser, uri) if request.method == "POST" else RedirectResponse(uri, 303)
