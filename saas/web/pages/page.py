"""Answers that people read: a template filled in, with the policy under which a browser may show it."""

from functools import cache
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saas.web.pages.browser import Browser, keep_browser
from saas.web.pages.words import Say, language_of, say_in

# No script at all; nobody may frame it; a picture may be part of the page itself.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
_LANGUAGE = "atrium-language"
Words = tuple[str, dict[str, object]] | None


def page(
    request: Request,
    browser: Browser,
    template: str,
    status: int = 200,
    *,
    refusal: Words = None,
    notice: Words = None,
    **values: object,
) -> Response:
    """The page; `refusal` and `notice` are what stands at its head, as a key of words with what is filled in."""
    asked = request.query_params.get("lang")
    language = language_in(request)
    say = say_in(language)
    body = (
        _templates()
        .get_template(template)
        .render(
            say=say,
            language=language,
            csrf=browser.csrf,
            session=browser.session,
            other_language=_other(request, language),
            refusal=_told(say, refusal),
            notice=_told(say, notice),
            **values,
        )
    )
    response = Response(body, status, media_type="text/html; charset=utf-8")
    response.headers["content-security-policy"] = POLICY
    if asked:
        response.set_cookie(_LANGUAGE, language, max_age=365 * 24 * 3600, httponly=True, samesite="lax")
    return keep_browser(response, browser)


def language_in(request: Request) -> str:
    """The language in which the page answers."""
    asked, kept = request.query_params.get("lang"), request.cookies.get(_LANGUAGE)
    return language_of(asked, kept, request.headers.get("accept-language", ""))


def onward(request: Request, browser: Browser, to: str) -> Response:
    """A page that goes on to `to` by itself: after a form, a redirect to another site would fall under its policy."""
    return page(request, browser, "onward.html", to=to)


def go(path: str) -> Response:
    """Go on to one of our own addresses, by GET and without what was sent (303, never 307)."""
    return RedirectResponse(path, status_code=303)


def _told(say: Say, words: Words) -> str:
    return "" if words is None else say(words[0], **words[1])


def _other(request: Request, language: str) -> str:
    """The same page in the other language; only where it can be asked for again."""
    if request.method != "GET":
        return ""
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{request.url.path}?{urlencode([*given, ('lang', 'en' if language == 'zh' else 'zh')])}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("saas.web.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
