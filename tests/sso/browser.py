"""A browser of a test: it keeps its cookies, and follows nothing by itself."""

import asyncio
import atexit
import re
from typing import Any

import httpx2

from saas.app import create_app

_runner = asyncio.Runner()
atexit.register(_runner.close)


async def _application(*request: Any) -> None:
    await create_app()(*request)


class Browser:
    """One browser, with nobody signed in."""

    def __init__(self) -> None:
        transport = httpx2.ASGITransport(app=_application)
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    def get(self, path: str, **query: str) -> httpx2.Response:
        return _runner.run(self._client.get(path, params=query or None))

    def post(self, path: str, **form: str) -> httpx2.Response:
        return _runner.run(self._client.post(path, data=form))

    def submit(self, path: str, **form: str) -> httpx2.Response:
        """The form of that page, sent as it stands there with these fields filled in."""
        return self.post(path, csrf=csrf_in(self.get(path)), **form)

    @staticmethod
    def at_once(*asked: tuple["Browser", str, dict[str, str]]) -> list[httpx2.Response]:
        """What several browsers get that ask at the same moment."""

        async def every() -> list[httpx2.Response]:
            return await asyncio.gather(*(each._client.get(path, params=query) for each, path, query in asked))

        return _runner.run(every())

    @property
    def has_session(self) -> bool:
        return "atrium-session" in self._client.cookies

    @property
    def session(self) -> str:
        return str(self._client.cookies.get("atrium-session", ""))

    def take(self, secret: str) -> None:
        """Hold this session from now on."""
        self._client.cookies.set("atrium-session", secret, domain="127.0.0.1", path="/")


def csrf_in(answer: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)
    assert found is not None, answer.text
    return found[1]


def onward_in(answer: httpx2.Response) -> str:
    """Where a page that goes on by itself leads."""
    found = re.search(r'<a class="primary" href="([^"]+)" id="onward">', answer.text)
    assert found is not None, answer.text
    return found[1].replace("&amp;", "&")
