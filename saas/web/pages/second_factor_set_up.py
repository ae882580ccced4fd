"""`/account/second-factor/set-up`: a second factor is set up with an app, looked after, and turned off."""

from dataclasses import dataclass

import segno
from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import Unauthenticated
from saas.modules.identity.mails import sign_in_was_changed
from saas.tenants.directory import directory
from saas.tenants.identity.by_password import Try, person_by_password
from saas.tenants.identity.people import Contact, contact_of
from saas.tenants.identity.reset import policies_for
from saas.tenants.identity.second_factor import (
    SecondFactor,
    WaitForCode,
    address_for_apps,
    recovery_codes_renew,
    second_factor_begin,
    second_factor_confirm,
    second_factor_end,
    second_factor_is_right,
    second_factor_of,
)
from saas.tenants.identity.sessions import Session
from saas.web.pages.browser import Browser, browser_of, keep_session
from saas.web.pages.flow import next_path
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import own_path, sign_in_path
from saas.web.pages.page import Words, go, page
from saas.web.pages.second_factor import SET_UP, needs_code, strengthened, too_often
from saas.web.threads import in_thread, soon

_ENTER = f"/account/second-factor?continue={SET_UP}"


@dataclass(frozen=True, slots=True)
class _Standing:
    """How it stands with the person's second factor; `key` while it is being set up."""

    person: Contact
    factor: SecondFactor
    is_demanded: bool
    key: str

    @property
    def picture(self) -> str:
        """What the app's camera reads, as an address that holds the picture itself."""
        code = segno.make(address_for_apps(self.key, self.person.email), error="m", micro=False)
        return code.svg_data_uri(scale=5, border=2, dark="#000", light="#fff", encode_minimal=True)


async def set_up(request: Request) -> Response:
    """`GET /account/second-factor/set-up`, `POST /account/second-factor/set-up`"""
    browser = await browser_of(request)
    session = browser.session
    if session is None:
        return go(sign_in_path(SET_UP))
    standing = await in_thread(lambda: _standing(session))
    if session.pending and not (session.pending == "second_factor" and not standing.factor.is_on):
        # Who has one enters it before anything about it can be changed.
        return go(next_path(session, SET_UP))
    if request.method == "GET":
        return _page(request, browser, standing)
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return _page(request, browser, standing, 403, ("form_old", {}))
    if standing.factor.is_on and needs_code(session):
        return go(_ENTER)
    try:
        return await _done(request, browser, session, standing, form)
    except WaitForCode as error:
        answer = _page(request, browser, standing, 429, too_often(error))
        answer.headers["retry-after"] = str(error.seconds)
        return answer


async def _done(
    request: Request, browser: Browser, session: Session, standing: _Standing, form: dict[str, str]
) -> Response:
    wish, code = form.get("do", ""), form.get("code", "")
    if wish == "confirm" and not standing.factor.is_on:
        to = own_path(request.query_params.get("continue"))
        confirmed = await in_thread(lambda: _confirmed(session, code))
        if confirmed is None:
            return _page(request, browser, standing, 422, ("code_wrong", {}))
        soon(lambda: sign_in_was_changed(session.person_id, "second_factor_on"))
        codes, after, secret = confirmed
        return keep_session(_codes(request, browser, codes, next_path(after, to)), secret)
    if wish == "renew" and standing.factor.is_on:
        codes_again = await in_thread(lambda: _renewed(session, code))
        if codes_again is None:
            return _page(request, browser, standing, 422, ("code_wrong", {}))
        return _codes(request, browser, codes_again, SET_UP)
    if wish == "off" and standing.factor.is_on and not standing.is_demanded:
        if not await in_thread(lambda: _ended(browser, session, standing.person, form)):
            return _page(request, browser, standing, 422, ("factor_off_wrong", {}))
        soon(lambda: sign_in_was_changed(session.person_id, "second_factor_off"))
        return go(SET_UP)
    return _page(request, browser, standing, 422, ("wrong", {}))


def _standing(session: Session) -> _Standing:
    person, factor = contact_of(session.person_id), second_factor_of(session.person_id)
    if person is None:
        raise FormTooOld("There is no such person any more.")
    key = ""
    if not factor.is_on:
        with directory() as connection:
            key = second_factor_begin(connection, session.person_id)
    is_demanded = any(policy.second_factor for policy in policies_for(session.person_id))
    return _Standing(person, factor, is_demanded, key)


def _confirmed(session: Session, code: str) -> tuple[list[str], Session, str] | None:
    with directory() as connection:
        codes = second_factor_confirm(connection, session.person_id, code)
    return None if codes is None else (codes, *strengthened(session, "otp"))


def _renewed(session: Session, code: str) -> list[str] | None:
    with directory() as connection:
        if second_factor_is_right(connection, session.person_id, code) is None:
            return None
        return recovery_codes_renew(connection, session.person_id)


def _ended(browser: Browser, session: Session, person: Contact, form: dict[str, str]) -> bool:
    """Turn it off, for who shows again who they are; a wrong password counts as one does at a sign-in."""
    if person.has_password:
        # The session says already that a person is there; the letters of a picture would tell nothing more.
        tried = Try(person.email, form.get("password", ""), browser.address, browser.agent, captcha=True)
        try:
            person_by_password(tried)
        except Unauthenticated:
            return False
    with directory() as connection:
        given = form.get("code", "")
        if not person.has_password and second_factor_is_right(connection, session.person_id, given) is None:
            return False
        second_factor_end(connection, session.person_id)
    return True


def _page(
    request: Request, browser: Browser, standing: _Standing, status: int = 200, refusal: Words = None
) -> Response:
    is_new = not standing.factor.is_on
    return page(
        request,
        browser,
        "second_factor_set_up.html",
        status,
        refusal=refusal,
        is_new=is_new,
        is_demanded=standing.is_demanded,
        picture=standing.picture if is_new else "",
        key=" ".join(standing.key[start : start + 4] for start in range(0, len(standing.key), 4)),
        email=standing.person.email,
        has_password=standing.person.has_password,
        codes_left=standing.factor.codes_left,
    )


def _codes(request: Request, browser: Browser, codes: list[str], to: str) -> Response:
    return page(request, browser, "recovery_codes.html", codes=codes, to=to)
