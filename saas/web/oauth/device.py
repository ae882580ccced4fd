"""Devices without a browser: `POST /oauth/device_authorization` gives one its codes, `/oauth/device` asks a person."""

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from starlette.requests import Request
from starlette.responses import Response

from saas.kit.settings import settings
from saas.tenants.directory import directory
from saas.tenants.identity.people import contact_of
from saas.tenants.identity.sessions import Session
from saas.tenants.oauth.agreements import Signed, agreement_begin, agreement_end
from saas.tenants.oauth.devices import (
    INTERVAL,
    LASTS,
    Waiting,
    as_kept,
    as_shown,
    device_ask,
    device_decide,
    device_waiting,
)
from saas.web.attempts import TooManyAttempts
from saas.web.oauth.client import ANYHOW, DEVICE_CODE
from saas.web.oauth.door import knocked
from saas.web.oauth.grants import server
from saas.web.oauth.places import Place, missing_path, place_for, tenants_path
from saas.web.oauth.rates import wrong_codes
from saas.web.oauth.scope_words import scopes_told
from saas.web.oauth.server import Asked, Told, check_target
from saas.web.pages.browser import Browser, browser_of
from saas.web.pages.flow import signed_in
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.page import Words, go, page
from saas.web.threads import in_thread

PAGE = "/oauth/device"


async def device_authorization(request: Request) -> Response:
    """`POST /oauth/device_authorization`"""
    return await knocked(request, "device_authorization", _codes)


def _codes(asked: Asked) -> Told:
    client = server.authenticate_client(asked, ANYHOW, "device_authorization")
    if not client.check_grant_type(DEVICE_CODE):
        raise UnauthorizedClientError("A machine acts as itself.")
    check_target(asked.form)
    scopes = frozenset(asked.form.get("scope", "").split())
    if not scopes or not scopes <= client.app.scopes:
        raise InvalidScopeError("The app is registered for less than that.")
    device_code, user_code = device_ask(asked.connection, client.app.id, scopes)
    there = settings().public_url + PAGE
    told = {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": there,
        "verification_uri_complete": f"{there}?user_code={user_code}",
        "expires_in": int(LASTS.total_seconds()),
        "interval": INTERVAL,
    }
    return 200, told, []


async def device(request: Request) -> Response:
    """`GET /oauth/device`, `POST /oauth/device`"""
    browser = await browser_of(request)
    try:
        form = await form_of(request, browser) if request.method == "POST" else None
        given = request.query_params if form is None else form
        return await _shown(request, browser, given.get("user_code", ""), given.get("tenant") or None, form)
    except FormTooOld:
        return _enter(request, browser, 403, ("form_old", {}))
    except TooManyAttempts as error:
        told = _enter(request, browser, 429, ("oauth_too_often", {"seconds": error.seconds}))
        told.headers["retry-after"] = str(error.seconds)
        return told


async def _shown(
    request: Request, browser: Browser, typed: str, slug: str | None, form: dict[str, str] | None
) -> Response:
    """The page for the code that was typed; after the person's decision, what became of it."""
    here = PAGE + (f"?user_code={as_shown(as_kept(typed)[:8])}" if typed else "")
    session = browser.session
    if (elsewhere := signed_in(request, browser, here)) is not None or session is None:
        return elsewhere or go(PAGE)
    if not typed:
        return _enter(request, browser)
    waiting = await _looked_up(browser, session, typed)
    if waiting is None:
        return _enter(request, browser, 404, ("device_unknown", {}))
    choice = await in_thread(lambda: place_for(waiting.app, session, slug))
    if choice.is_open:
        return go(tenants_path(here))
    place = choice.place
    if place is None or not place.granted(waiting.scopes):
        return _enter(request, browser, 403, ("device_not_installed", {"app": waiting.app.name}))
    if place.missing is not None:
        return go(missing_path(place, here))
    if form is None:
        return await _ask(request, browser, session, waiting, place)
    is_allowed = form.get("decision") == "allow"
    if not await in_thread(lambda: _decide(session, waiting, place, is_allowed=is_allowed)):
        return _enter(request, browser, 404, ("device_unknown", {}))
    return page(request, browser, "device_done.html", is_allowed=is_allowed, app=waiting.app)


async def _looked_up(browser: Browser, session: Session, typed: str) -> Waiting | None:
    """The device with this code. Whoever tries many codes has to wait: they are short (RFC 8628, section 5.1)."""
    keys = (("person", str(session.person_id)), ("address", browser.address))
    for key in keys:
        wrong_codes.check(*key)
    waiting = await in_thread(lambda: device_waiting(typed))
    if waiting is None:
        for key in keys:
            wrong_codes.failed(*key)
    return waiting


def _decide(session: Session, waiting: Waiting, place: Place, *, is_allowed: bool) -> bool:
    with directory() as connection:
        agreement = None
        if is_allowed:
            # The device is another one than this browser: the end of the session here is not its end there.
            signed = Signed(None, session.methods, session.authenticated_at, session.expires_at)
            granted = place.granted(waiting.scopes)
            agreement = agreement_begin(connection, place.installation, granted, place.membership.id, signed)
        is_decided = device_decide(connection, waiting.user_code, agreement)
        if agreement is not None and not is_decided:
            agreement_end(connection, agreement)  # somebody was quicker: nobody is to find it among what they allowed
        return is_decided


def _enter(request: Request, browser: Browser, status: int = 200, refusal: Words = None) -> Response:
    return page(request, browser, "device_enter.html", status, refusal=refusal)


async def _ask(request: Request, browser: Browser, session: Session, waiting: Waiting, place: Place) -> Response:
    person = await in_thread(lambda: contact_of(session.person_id))
    return page(
        request,
        browser,
        "device_confirm.html",
        app=waiting.app,
        tenant=place.membership.tenant,
        person=person,
        user_code=as_shown(waiting.user_code),
        scopes=place.granted(waiting.scopes),
        scopes_told=scopes_told,
    )
