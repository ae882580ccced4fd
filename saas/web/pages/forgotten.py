"""`/account/forgotten`: a link by mail to who forgot their password, and the page under it where they choose another.

Whether an address is known shows neither in the answer nor in its time: the work is done after it.
"""

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import NotFound
from saas.modules.identity.forgotten import password_chosen, password_forgotten
from saas.tenants.identity.links import Link, LinkKind, link_of
from saas.web.attempts import Attempts, TooManyAttempts
from saas.web.pages.browser import Browser, browser_of, drop_session
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import HOME, sign_in_path
from saas.web.pages.page import Words, language_in, page
from saas.web.pages.passwords import said, typed_twice
from saas.web.threads import in_thread, soon

FORGOTTEN = "/account/forgotten"
attempts = Attempts()  # by network address; each person gets few mails besides


async def forgotten(request: Request) -> Response:
    """`GET /account/forgotten`, `POST /account/forgotten`"""
    browser = await browser_of(request)
    if request.method == "GET":
        return page(request, browser, "forgotten.html", email="")
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return page(request, browser, "forgotten.html", 403, refusal=("form_old", {}), email="")
    email, language = form.get("email", "").strip(), language_in(request)
    try:
        attempts.check(browser.address)
    except TooManyAttempts as error:
        minutes = -(-error.seconds // 60)
        refusal: Words = ("forgotten_too_often", {"minutes": minutes})
        answer = page(request, browser, "forgotten.html", 429, refusal=refusal, email=email)
        answer.headers["retry-after"] = str(error.seconds)
        return answer
    attempts.failed(browser.address)
    soon(lambda: password_forgotten(email, language))
    return page(request, browser, "forgotten_sent.html", email=email)


async def choose(request: Request) -> Response:
    """`GET /account/forgotten/{token}`, `POST /account/forgotten/{token}`"""
    browser = await browser_of(request)
    token = request.path_params["token"]
    link = await in_thread(lambda: link_of(LinkKind.PASSWORD, token))
    if link is None:
        return _gone(request, browser)
    if request.method == "GET":
        return _page(request, browser, link)
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return _page(request, browser, link, 403, refusal="form_old")
    wrong = typed_twice(form)
    try:
        wrong = wrong or await in_thread(lambda: password_chosen(link, form.get("password", "")))
    except NotFound:
        return _gone(request, browser)
    if wrong:
        return _page(request, browser, link, 422, wrong=said(request, wrong))
    return drop_session(page(request, browser, "password_changed.html", to=sign_in_path(HOME)))


def _page(
    request: Request,
    browser: Browser,
    link: Link,
    status: int = 200,
    *,
    refusal: str = "",
    wrong: list[str] | None = None,
) -> Response:
    told: Words = (refusal, {}) if refusal else None
    return page(request, browser, "password_choose.html", status, refusal=told, wrong=wrong or [], email=link.email)


def _gone(request: Request, browser: Browser) -> Response:
    return page(request, browser, "link_gone.html", 404, again=FORGOTTEN)
