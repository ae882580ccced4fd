"""A company with a provider of its own and a domain that it has shown to be its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg
import pytest

from saas.kit.settings import settings
from saas.tenants.identity.sso.provider import forget_providers
from tests.gateways.names import Names, name_server
from tests.sso.browser import Browser
from tests.sso.idp import CLIENT, SECRET, Idp, idp_running
from tests.tenants.place import with_settings
from tests.world import Company, World

CREATE = """mutation Create($input: ConnectionCreateInput!) {
  connectionCreate(input: $input) { id connection { id redirectUri } problems { code message path } } }"""
UPDATE = """mutation Update($id: ID!, $input: ConnectionUpdateInput!) {
  connectionUpdate(id: $id, input: $input) { id connection { name } problems { code message path } } }"""
CLAIM = """mutation Claim($domain: String!) {
  domainClaim(domain: $domain) {
    domain { domain recordName recordValue verifiedAt } problems { code message path } } }"""
VERIFY = """mutation Verify($domain: String!) {
  domainVerify(domain: $domain) { domain { domain verifiedAt } problems { code message path } } }"""


@dataclass
class Sso:
    """The world with its provider."""

    world: World
    idp: Idp
    names: Names
    connection: str

    @property
    def garage(self) -> Company:
        return self.world.garage

    def path(self, door: str) -> str:
        return f"/sso/{self.connection}/{door}"

    def update(self, **input: Any) -> None:
        found = self.garage.ada.ask(UPDATE, id=self.connection, input=input)
        assert found["connectionUpdate"]["problems"] == []

    def begin(self, browser: Browser, **query: str) -> str:
        """Where the browser is sent for signing in."""
        answer = browser.get(self.path("start"), **query)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def sign_in(self, browser: Browser, **claims: Any) -> httpx2.Response:
        """What the browser gets in the end, once the provider has said who that is."""
        return browser.get(self.path("callback"), **self.idp.answer_to(self.begin(browser), **claims))

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The answer of the directory to a superuser."""
        name = settings().directory_dsn.rpartition("/")[2]
        with psycopg.connect(self.world.cluster.dsn(name), autocommit=True) as admin:
            cursor = admin.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def marks(self) -> list[Any]:
        """What would differ if anything had happened to anybody."""
        return [
            self.ask("SELECT id, email, name FROM directory.person ORDER BY id"),
            self.ask("SELECT id, principal_id, ended_at FROM directory.membership ORDER BY id"),
            self.ask("SELECT connection_id, issuer, subject, person_id FROM directory.outside_identity ORDER BY 3"),
            self.ask("SELECT id, methods FROM directory.session ORDER BY id"),
            self.world.sql(self.garage, "SELECT id, version FROM employee ORDER BY id"),
            self.world.sql(self.garage, "SELECT principal_id, role_id FROM principal_role ORDER BY 1, 2"),
        ]


def verified(company: Company, names: Names, domain: str, person: str = "ada") -> None:
    """Have the company show that the domain is its own."""
    admin = getattr(company, person)
    claim = admin.ask(CLAIM, domain=domain)["domainClaim"]["domain"]
    names.texts[claim["recordName"]] = ["something else", claim["recordValue"]]
    found = admin.ask(VERIFY, domain=domain)["domainVerify"]
    assert found["problems"] == []


@pytest.fixture(scope="module")
def running(world: World) -> Iterator[Sso]:
    with (
        idp_running() as idp,
        name_server() as names,
        with_settings(SAAS_OUTSIDE_ALLOWED=idp.issuer.removeprefix("http://"), SAAS_NAMESERVERS=names.place),
    ):
        values = {"name": "Garage", "issuer": idp.issuer, "clientId": CLIENT, "clientSecret": SECRET}
        made = world.garage.ada.ask(CREATE, input=values)["connectionCreate"]
        assert made["problems"] == []
        verified(world.garage, names, "garage.test")
        yield Sso(world, idp, names, made["id"])


@pytest.fixture
def sso(running: Sso) -> Sso:
    """The provider does nothing wrong, nobody has signed in, and nobody is let in who is not known."""
    running.idp.behave()
    forget_providers()
    running.update(justInTime=False, roleMappings=[], trustsSecondFactor=False, state="ACTIVE")
    running.ask("DELETE FROM directory.session")
    running.ask("DELETE FROM directory.outside_identity")
    running.ask("DELETE FROM directory.sso_attempt")
    return running


@pytest.fixture
def browser() -> Browser:
    return Browser()
