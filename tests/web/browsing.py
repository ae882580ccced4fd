"""A person with a browser: it keeps its cookies, and sends the hidden fields of the page that it shows."""

import asyncio
import re
from functools import cache
from html import unescape
from typing import Any

import httpx2

from saas.app import create_app

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


class Browsing:
    """One browser. `answer` is what came last, `path` where it now is."""

    def __init__(self, **headers: str) -> None:
        self.cookies = httpx2.Cookies()
        self.headers = headers
        self.hidden: dict[str, str] = {}

    def get(self, path: str) -> httpx2.Response:
        return self._send("GET", path)

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send the form of the page, with these fields filled in."""
        return self._send("POST", path, data=self.hidden | fields)

    def sign_in(self, email: str, password: str, **fields: str) -> httpx2.Response:
        self.get("/account/sign-in")
        return self.post("/account/sign-in", email=email, password=password, **fields)

    @property
    def secret(self) -> str | None:
        """What the cookie of the session holds."""
        return self.cookies.get("atrium-session")

    def _send(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        async def send() -> httpx2.Response:
            transport = httpx2.ASGITransport(app=_app())
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://atrium.test", cookies=self.cookies, headers=self.headers
            ) as client:
                answer = await client.request(method, path, **arguments)
                self.cookies = client.cookies
                return answer

        answer = asyncio.run(send())
        found = _HIDDEN.findall(answer.text)
        if found:
            self.hidden = {name: unescape(value) for name, value in found}
        return answer


@cache
def _app() -> Any:
    return create_app()
