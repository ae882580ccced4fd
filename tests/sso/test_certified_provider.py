"""A company's provider is oidc-provider, certified by the OpenID Foundation, as its authors ship it."""

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from saas.tenants.identity.sso.provider import forget_providers
from tests.gateways.names import Names, name_server
from tests.npm import installed
from tests.served import serving
from tests.sso.browser import csrf_in, onward_in
from tests.sso.conftest import CREATE, Sso, verified
from tests.sso.idp import Idp
from tests.tenants.place import until, with_settings
from tests.world import World

HERE = Path(__file__).parent / "provider"
SECRET = "a secret of the client, long enough for anything"


class Person:
    """Somebody before a browser that shows both the provider's pages and ours."""

    def __init__(self, atrium: str, name: str) -> None:
        self.atrium = atrium
        self.name = name
        self.client = httpx2.Client(trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0))

    def sign_in(self, connection: str) -> httpx2.Response:
        """From our first page, by the provider's, to our last answer."""
        answer = self.client.get(f"{self.atrium}/sso", params={"email": f"{self.name}@garage.test"})
        answer = self.client.get(self.atrium + onward_in(answer))
        while not answer.headers.get("location", "").startswith(f"{self.atrium}/sso/{connection}/callback"):
            answer = self._next(answer)
        return self.client.get(answer.headers["location"])

    def log_out_there(self, address: str) -> httpx2.Response:
        """Say yes on the provider's page for logging out."""
        answer = self.client.get(address)
        return self._submit(answer, logout="yes")

    def _next(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.is_redirect:
            return self.client.get(answer.url.join(answer.headers["location"]))
        if 'name="login"' in answer.text:
            return self._submit(answer, login=self.name, password="x")
        return self._submit(answer)

    def _submit(self, answer: httpx2.Response, **fields: str) -> httpx2.Response:
        action = re.search(r'action="([^"]+)"', answer.text)
        assert answer.status_code == 200, answer.text
        assert action is not None, answer.text
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
        return self.client.post(answer.url.join(action[1]), data=hidden | fields)


@contextmanager
def provider_running(packages: Path, **configuration: Any) -> Iterator[None]:
    """Inside, it listens at its port."""
    shutil.copy(HERE / "provider.mjs", packages)
    command = ["node", "provider.mjs", json.dumps(configuration)]
    with subprocess.Popen(command, cwd=packages, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            while (line := process.stdout.readline()) and line.strip() != "ready":
                continue
            assert process.poll() is None
            yield
        finally:
            process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def certified(world: World) -> Iterator[tuple[Sso, str]]:
    """The company with its provider, and the address of Atrium."""
    packages, port = installed(HERE), free_port()
    issuer = f"http://127.0.0.1:{port}"
    with serving() as atrium, name_server() as names:
        known = {"SAAS_OUTSIDE_ALLOWED": f"127.0.0.1:{port}", "SAAS_NAMESERVERS": names.place}
        with with_settings(SAAS_PUBLIC_URL=atrium, **known):
            forget_providers()
            sso = _connected(world, names, issuer)
            client = {
                "client_id": "atrium",
                "client_secret": SECRET,
                "redirect_uris": [atrium + sso.path("callback")],
                "post_logout_redirect_uris": [atrium + sso.path("log-out")],
                "backchannel_logout_uri": atrium + sso.path("back-channel"),
                "backchannel_logout_session_required": True,
            }
            with provider_running(packages, issuer=issuer, port=port, client=client):
                yield sso, atrium


def _connected(world: World, names: Names, issuer: str) -> Sso:
    verified(world.garage, names, "garage.test")
    ((seller,),) = world.sql(world.garage, "SELECT id FROM role WHERE name = 'seller'")
    values = {
        "name": "Certified",
        "issuer": issuer,
        "clientId": "atrium",
        "clientSecret": SECRET,
        "scopes": ["email", "profile", "groups"],
        "justInTime": True,
        "roleMappings": [{"claim": "groups", "value": "sellers", "roleId": str(seller)}],
    }
    made = world.garage.ada.ask(CREATE, input=values)["connectionCreate"]
    assert made["problems"] == []
    return Sso(world, Idp(), names, made["id"])


@pytest.mark.slow
def test_it_is_found_to_work(certified: tuple[Sso, str]) -> None:
    sso, _ = certified
    query = f'mutation {{ connectionTest(id: "{sso.connection}") {{ works findings }} }}'
    assert sso.garage.ada.ask(query)["connectionTest"] == {"works": True, "findings": []}


@pytest.mark.slow
def test_somebody_new_signs_in_and_is_the_same_person_the_next_time(certified: tuple[Sso, str]) -> None:
    sso, atrium = certified
    for _ in range(2):
        answer = Person(atrium, "ann").sign_in(sso.connection)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    people = sso.ask(
        "SELECT p.email, p.name, count(s.id) FROM directory.person p JOIN directory.session s ON s.person_id = p.id"
        " WHERE p.email = 'ann@garage.test' GROUP BY 1, 2"
    )
    assert people == [("ann@garage.test", "Certified ann", 2)]
    roles = sso.world.sql(
        sso.garage,
        "SELECT e.name, r.name FROM employee e JOIN principal_role h ON h.principal_id = e.id"
        " JOIN role r ON r.id = h.role_id WHERE e.email = 'ann@garage.test'",
    )
    assert roles == [("Certified ann", "seller")]


@pytest.mark.slow
def test_signing_out_here_signs_out_there(certified: tuple[Sso, str]) -> None:
    sso, atrium = certified
    bob = Person(atrium, "bob")
    bob.sign_in(sso.connection)
    page = bob.client.get(atrium + "/account/sign-out")
    there = onward_in(bob.client.post(atrium + "/account/sign-out", data={"csrf": csrf_in(page)}))
    assert _sessions(sso, "bob") == 0
    answer = bob.log_out_there(there)
    assert answer.headers["location"].partition("?")[0] == atrium + sso.path("log-out")
    # Signed out there as well: the provider asks who it is.
    begun = bob.client.get(atrium + sso.path("start"))
    answer = bob.client.get(begun.headers["location"])
    assert 'name="login"' in bob.client.get(answer.url.join(answer.headers["location"])).text


@pytest.mark.slow
def test_logging_out_there_ends_the_session_here(certified: tuple[Sso, str]) -> None:
    sso, atrium = certified
    carl = Person(atrium, "carl")
    answer = carl.sign_in(sso.connection)
    assert _sessions(sso, "carl") == 1
    begun = carl.client.get(atrium + sso.path("start")).headers["location"]
    provider = urlsplit(begun)
    carl.log_out_there(f"{provider.scheme}://{provider.netloc}/session/end")
    until(lambda: _sessions(sso, "carl") == 0, "the session ended")
    assert answer.headers["location"] == "/account"


def _sessions(sso: Sso, name: str) -> int:
    query = "SELECT count(*) FROM directory.session s JOIN directory.person p ON p.id = s.person_id WHERE p.email = %s"
    ((count,),) = sso.ask(query, f"{name}@garage.test")
    return int(count)
