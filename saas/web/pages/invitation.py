"""`/account/invitation/{token}`: taking up an invitation. Looking at it accepts nothing: scanners of mail look too."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import Conflict, NotFound, TenantUnavailable
from saas.tenants.directory import tenant_by_id
from saas.tenants.identity.accept import invitation_accept, invitation_accept_anew
from saas.tenants.identity.links import Link, LinkKind, link_of
from saas.tenants.identity.password_set import Unmet
from saas.tenants.identity.people import Contact, contact_at
from saas.tenants.tenant import Tenant, TenantState
from saas.web.pages.browser import Browser, browser_of
from saas.web.pages.form import FormTooOld, form_of
from saas.web.pages.onward import HOME, sign_in_path
from saas.web.pages.page import language_in, page
from saas.web.pages.passwords import said, typed_twice
from saas.web.threads import in_thread

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class _Invited:
    """Who is invited to what; `known` has a password already, with which they sign in first."""

    link: Link
    tenant: Tenant
    known: Contact | None

    def is_here(self, browser: Browser) -> bool:
        """Whether they are signed in in this browser."""
        session = browser.session
        return bool(self.known and session and not session.pending and session.person_id == self.known.id)


async def invitation(request: Request) -> Response:
    """`GET /account/invitation/{token}`, `POST /account/invitation/{token}`"""
    browser = await browser_of(request)
    token = request.path_params["token"]
    invited = await in_thread(lambda: _invited(token))
    if invited is None:
        return _gone(request, browser)
    if request.method == "GET":
        return _page(request, browser, invited)
    try:
        form = await form_of(request, browser)
    except FormTooOld:
        return _page(request, browser, invited, 403, refusal="form_old")
    try:
        if invited.known is None:
            return await _anew(request, browser, invited, form)
        return await _known(request, browser, invited)
    except NotFound:
        return _gone(request, browser)
    except Conflict:
        return _page(request, browser, invited, 409, refusal="invitation_taken")


async def _anew(request: Request, browser: Browser, invited: _Invited, form: dict[str, str]) -> Response:
    """A new person accepts with a name and a password, and signs in with it."""
    name, password = " ".join(form.get("name", "").split()), form.get("password", "")
    wrong = typed_twice(form)
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        wrong.append(Unmet("name_wrong"))
    if not wrong:
        language = language_in(request)
        wrong = await in_thread(lambda: invitation_accept_anew(invited.link, name, password, language))
    if wrong:
        return _page(request, browser, invited, 422, wrong=said(request, wrong), name=name)
    return page(
        request, browser, "invitation_done.html", company=invited.tenant.name, to=sign_in_path(HOME), is_new=True
    )


async def _known(request: Request, browser: Browser, invited: _Invited) -> Response:
    """Somebody who is signed in accepts by a press of the button."""
    session = browser.session
    if session is None or not invited.is_here(browser):
        return _page(request, browser, invited, 403)
    await in_thread(lambda: invitation_accept(invited.link, session.person_id))
    return page(request, browser, "invitation_done.html", company=invited.tenant.name, to=HOME, is_new=False)


def _invited(token: str) -> _Invited | None:
    link = link_of(LinkKind.INVITATION, token)
    if link is None or link.tenant_id is None:
        return None
    tenant = tenant_by_id(link.tenant_id)
    if tenant.state is not TenantState.ACTIVE:
        raise TenantUnavailable(f"{tenant.name} cannot be used at present.")
    person = contact_at(link.email)
    return _Invited(link, tenant, person if person and person.has_password else None)


def _page(
    request: Request,
    browser: Browser,
    invited: _Invited,
    status: int = 200,
    *,
    refusal: str = "",
    wrong: list[str] | None = None,
    name: str = "",
) -> Response:
    step = "new" if invited.known is None else "accept" if invited.is_here(browser) else "sign_in"
    return page(
        request,
        browser,
        "invitation.html",
        status,
        refusal=(refusal, {}) if refusal else None,
        wrong=wrong or [],
        company=invited.tenant.name,
        email=invited.link.email,
        step=step,
        name=name,
        sign_in=sign_in_path(request.url.path),
    )


def _gone(request: Request, browser: Browser) -> Response:
    return page(request, browser, "link_gone.html", 404, again="")
