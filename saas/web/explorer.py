"""The explorer: a page on which a person signs in, asks the API and reads its reference, without the internet."""

import hashlib
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

from saas.kit.errors import NotFound

_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
# Only what this server sent is run or loaded, and nobody may frame it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """The content and the fingerprint of each file of the page."""
    folder = resources.files("saas.web") / "static"
    contents = {file.name: file.read_bytes() for file in folder.iterdir()}
    return {name: (content, f'"{hashlib.sha256(content).hexdigest()[:20]}"') for name, content in contents.items()}


async def page(request: Request) -> Response:
    """`GET /`"""
    return _answer(request, "explorer.html")


async def static(request: Request) -> Response:
    """`GET /static/{name}`"""
    return _answer(request, request.path_params["name"])


def _answer(request: Request, name: str) -> Response:
    if name not in _files():
        raise NotFound("There is no such file here.")
    content, fingerprint = _files()[name]
    headers = {"etag": fingerprint, "cache-control": "no-cache", "content-security-policy": _POLICY}
    if request.headers.get("if-none-match") == fingerprint:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_TYPES[name.rpartition(".")[2]])
