"""What a person sent from one of our forms, and from no other."""

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from saas.kit.errors import BadInput, Forbidden
from saas.kit.settings import settings
from saas.web.pages.browser import Browser

_MOST_FIELDS, _LONGEST = 60, 8000


class FormTooOld(Forbidden):
    """The form is not of this browser, or its mark went meanwhile: it is shown again."""


async def form_of(request: Request, browser: Browser) -> dict[str, str]:
    """The fields of the form; FormTooOld where our own page in this browser did not send it."""
    _check_origin(request)
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise BadInput("This address takes a form of its own page.")
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadInput("The form cannot be read.") from None
    form = {name: value.replace("\0", "") for name, value in pairs if len(value) <= _LONGEST}
    if browser.is_new or not browser.sent(form.get("csrf", "")):
        raise FormTooOld("The form is not of this browser.")
    return form


def _check_origin(request: Request) -> None:
    """A browser that says where the form stood must say our own address."""
    origin = request.headers.get("origin")
    if origin in (None, "null"):  # no browser, or one that is told to keep it to itself; the token decides
        return
    own = urlsplit(settings().public_url).netloc, request.headers.get("host", "")
    if urlsplit(origin).netloc not in own:
        raise FormTooOld("The form stood on another site.")
