"""A person's browser before the pages, the mails that reach them, and what the directory holds then."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx2
import sqlalchemy as sa

from saas.app import create_app
from saas.gateways.mail import recorded
from saas.tenants.directory import directory
from saas.workers import claims
from saas.workers.cells import dispatcher_engine
from saas.workers.perform import Performer
from saas.workers.timing import Timing
from tests.world import World

Rows = list[tuple[Any, ...]]


@dataclass
class Page:
    """A page as it was answered."""

    status: int
    text: str
    location: str
    headers: httpx2.Headers = field(repr=False)


class Browser:
    """One browser: it keeps its cookies, and sends the mark of the form that it was shown last."""

    def __init__(self, runner: asyncio.Runner, client: httpx2.AsyncClient) -> None:
        self._runner = runner
        self.client = client
        self.csrf = ""

    def get(self, path: str, **headers: str) -> Page:
        return self._seen(self._runner.run(self.client.get(path, headers=headers)))

    def post(self, path: str, **form: str) -> Page:
        return self._seen(self._runner.run(self.client.post(path, data={"csrf": self.csrf, **form})))

    def sign_in(self, email: str, password: str) -> Page:
        self.get("/account/sign-in")
        return self.post("/account/sign-in", email=email, password=password)

    def _seen(self, answer: httpx2.Response) -> Page:
        if (found := re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)) is not None:
            self.csrf = found[1]
        return Page(answer.status_code, answer.text, answer.headers.get("location", ""), answer.headers)


@contextmanager
def browser(address: str = "127.0.0.1") -> Iterator[Browser]:
    """A fresh browser, at this network address."""
    transport = httpx2.ASGITransport(app=create_app(), client=(address, 50_000))
    client = httpx2.AsyncClient(transport=transport, base_url="http://atrium.test")
    with asyncio.Runner() as runner:
        try:
            yield Browser(runner, client)
        finally:
            runner.run(client.aclose())


def work(world: World, queue: str = "mail") -> None:
    """Have a worker do what is due in this queue."""
    with dispatching(world) as cell:
        performer = worker(cell)
        while due := claims.claim(cell, queue, 50, 30)[0]:
            for one in due:
                performer.perform(one.tenant_id, one.id)


@contextmanager
def dispatching(world: World) -> Iterator[sa.Engine]:
    """The cell as the dispatcher's role sees it; its connections are closed at the end."""
    cell = dispatcher_engine(world.cluster.plain_dsn(world.cell), 2)
    try:
        yield cell
    finally:
        cell.dispose()


def worker(cell: sa.Engine, stopping: Event | None = None) -> Performer:
    """Whoever does jobs; one that is `stopping` hands long ones over after a chunk."""
    timing = Timing(first_retry=0, last_retry=0, put_back=0)
    return Performer("worker", lambda _cell: cell, timing, stopping or Event())


def mails_to(address: str) -> list[dict[str, Any]]:
    """The mails that reached this address, the oldest first."""
    return [mail for mail in recorded() if mail["to"] == address]


def link_in(mail: dict[str, Any]) -> str:
    """The path of the link in a mail."""
    (found,) = re.findall(r"^https?://\S+$", mail["text"], re.M)
    return str(urlsplit(found).path)


def known(statement: str, **values: Any) -> Rows:
    """What the directory answers to its owner."""
    with directory(as_owner=True) as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement), values)]


def change(statement: str, **values: Any) -> None:
    """Change the directory as its owner."""
    with directory(as_owner=True) as connection:
        connection.execute(sa.text(statement), values)


def acts(company_slug: str) -> list[tuple[str, str]]:
    """Verb and subject of what administrators of the company did to identity, in order."""
    found = known(
        "SELECT verb, subject FROM directory.act a JOIN directory.tenant t ON t.id = a.tenant_id"
        " WHERE t.slug = :slug ORDER BY a.id",
        slug=company_slug,
    )
    return [(verb, subject) for verb, subject in found]
