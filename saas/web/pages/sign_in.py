"""`/account/sign-in`: e-mail and password open a session in this browser, good for all of the person's tenants."""

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import Unauthenticated
from saas.tenants.identity.by_password import Try, is_next_with_captcha
from saas.tenants.identity.refusals import CaptchaRequired, SsoRequired
from saas.tenants.identity.session_by_password import Begun, session_by_password
from saas.web.attempts import TooManyAttempts, check_attempt, is_suspect, note_attempt
from saas.web.pages.browser import Browser, browser_of, keep_browser, keep_session
from saas.web.pages.captcha import captcha_in, new_picture
from saas.web.pages.flow import step_path
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import own_path
from saas.web.pages.page import Words, go, onward, page
from saas.web.threads import in_thread


async def sign_in(request: Request) -> Response:
    """`GET /account/sign-in`, `POST /account/sign-in`"""
    browser = await browser_of(request)
    if request.method == "GET":
        to = own_path(request.query_params.get("continue"))
        hint = request.query_params.get("login_hint", "")[:254]
        return await _page(request, browser, to, email=hint, with_picture=is_suspect(browser.address))
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return await _page(request, browser, own_path(None), 403, ("form_old", {}))
    to, email = own_path(form.get("continue")), form.get("email", "")
    if "again" in form:
        return await _page(request, browser, to, email=email, with_picture=True)
    try:
        check_attempt(browser.address, email)
        begun = await in_thread(lambda: _begun(browser, form))
    except TooManyAttempts as error:
        answer = await _page(request, browser, to, 429, ("sign_in_too_many", {"seconds": error.seconds}), email)
        answer.headers["retry-after"] = str(error.seconds)
        return answer
    except SsoRequired:
        return await _page(request, browser, to, 401, ("sign_in_sso", {}), email)
    except CaptchaRequired:
        told = "captcha_wrong" if form.get("picture") else "captcha_needed"
        return await _page(request, browser, to, 401, (told, {}), email, with_picture=True)
    except Unauthenticated:
        note_attempt(browser.address, email, succeeded=False)
        needs_picture = is_suspect(browser.address) or await in_thread(lambda: is_next_with_captcha(email))
        return await _page(request, browser, to, 401, ("sign_in_refused", {}), email, with_picture=needs_picture)
    note_attempt(browser.address, email, succeeded=True)
    return keep_session(keep_browser(_go(request, browser, begun, to), browser), begun.secret)


def _begun(browser: Browser, form: dict[str, str]) -> Begun:
    tried = Try(
        form.get("email", ""),
        form.get("password", ""),
        browser.address,
        browser.agent,
        captcha=captcha_in(form, browser),
        is_suspect=is_suspect(browser.address),
    )
    return session_by_password(tried, browser.session)


def _go(request: Request, browser: Browser, begun: Begun, to: str) -> Response:
    path = step_path(begun.pending, to)
    return go(path) if path.startswith("/account") else onward(request, browser, path)


async def _page(
    request: Request,
    browser: Browser,
    onward_to: str,
    status: int = 200,
    refusal: Words = None,
    email: str = "",
    *,
    with_picture: bool = False,
) -> Response:
    picture = await in_thread(lambda: new_picture(browser)) if with_picture else None
    return page(
        request, browser, "sign_in.html", status, refusal=refusal, onward_to=onward_to, email=email, picture=picture
    )
