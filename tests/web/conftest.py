"""The whole application before a directory with one tenant, in which one person may sign in."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from saas.app import create_app
from saas.kit import ids
from saas.tenants.identity.captcha_demand import forget_demands
from saas.tenants.sign_in import let_in
from saas.tenants.tenant import Tenant
from saas.web import attempts
from tests.databases import Cluster
from tests.tenants.place import Place, make_tenant, settled_on

EMAIL, PASSWORD = "wang.li@acme.test", "correct horse battery staple"
Door = Callable[..., httpx2.Response]


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "web") as settled:
        yield settled


@pytest.fixture(scope="module")
def acme(place: Place) -> Tenant:
    tenant = make_tenant(place, "acme")
    let_in(tenant, ids.new_id(0x003), EMAIL, PASSWORD, "王丽")
    return tenant


@pytest.fixture
def door(place: Place, acme: Tenant) -> Iterator[Door]:
    """`door("POST", "/sign-in", json=…)`; nobody has tried anything yet."""
    assert acme.slug == "acme"
    forget_tries(place)
    yield knock
    forget_tries(place)


def forget_tries(place: Place) -> None:
    """As if nobody had ever tried to sign in."""
    attempts.attempts.forget()
    attempts.networks.forget()
    forget_demands()
    for table in ("session", "sign_in_entry", "unknown_address", "used_captcha", "sign_in_policy"):
        place.ask(f"DELETE FROM directory.{table}", database=place.directory)
    place.ask("UPDATE directory.person SET failures = 0, failed_at = NULL", database=place.directory)


def knock(method: str, path: str, app: Any = None, **arguments: Any) -> httpx2.Response:
    """One request to the application."""

    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app or create_app())
        async with httpx2.AsyncClient(transport=transport, base_url="http://atrium.test") as client:
            return await client.request(method, path, **arguments)

    return asyncio.run(send())
