"""What a person sees where signing in through their company did not work: what it means for them, never the details."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from saas.gateways.outside import OutsideRefused, OutsideSilent
from saas.kit import about, log
from saas.kit.errors import BadInput, Forbidden, NotFound, TenantUnavailable, Unavailable
from saas.tenants.identity.sso.people import NotLetIn, Reason
from saas.tenants.identity.sso.provider import ProviderWrong
from saas.tenants.identity.sso.trust import Untrusted
from saas.web.pages.browser import Browser, browser_of
from saas.web.pages.onward import sign_in_path
from saas.web.pages.page import page

Door = Callable[[Request, Browser, UUID], Awaitable[Response]]
_log = log.logger(__name__)
_KINDS: tuple[tuple[type[Exception], str, int], ...] = (
    (NotFound, "sso_no_connection", 404),
    (Untrusted, "sso_untrusted", 403),
    (OutsideRefused, "sso_provider_wrong", 502),
    (OutsideSilent, "sso_provider_silent", 503),
    (ProviderWrong, "sso_provider_wrong", 502),
    (TenantUnavailable, "sso_unavailable", 503),
    (Unavailable, "sso_unavailable", 503),
    (BadInput, "sso_not_made", 403),
    (Forbidden, "sso_shut_out", 403),
)


def door(work: Door) -> Callable[[Request], Awaitable[Response]]:
    """A door at `/sso/{connection_id}/…`, whose expected failures are pages."""

    async def answer(request: Request) -> Response:
        browser = await browser_of(request)
        try:
            return await work(request, browser, _connection_id(request))
        except NotLetIn as error:
            return _refused(request, browser, error.reason.value, 403, error)
        except tuple(kind for kind, _, _ in _KINDS) as error:
            words, status = next((words, status) for kind, words, status in _KINDS if isinstance(error, kind))
            return _refused(request, browser, words, status, error)

    answer.__doc__ = work.__doc__
    return answer


def _refused(request: Request, browser: Browser, words: str, status: int, error: Exception) -> Response:
    _log.warning("sign-in through a provider refused", path=request.url.path, reason=str(error))
    connection_id = request.path_params.get("connection_id", "")
    links = words == Reason.ELSEWHERE.value
    return page(
        request,
        browser,
        "sso_refused.html",
        status,
        refusal=(words, {}),
        to=sign_in_path(f"/sso/{connection_id}/link") if links else "/account/sign-in",
        to_words="sso_link_first" if links else "sso_back_to_sign_in",
        request_id=about.facts().get("request_id", ""),
    )


def _connection_id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["connection_id"])
    except ValueError:
        raise NotFound("There is no such connection to an identity provider.") from None
