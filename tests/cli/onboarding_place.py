"""Where onboarding is tested: databases of its own, and the `saas` command as an operator calls it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from saas.cli.main import run
from saas.engine.access.profile import forget_profiles
from saas.tenants.directory import tenant_by_slug
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on
from tests.world import call

SHOP = """
tenant: {slug: shop, name: Shop, baseCurrency: EUR, timeZone: Europe/Berlin, language: en}
departments:
  - {code: head, name: Head}
  - {code: sales, name: Sales, parent: head}
roles:
  - {code: admin, name: Admin, grants: {"*": {"*": all}}}
  - code: seller
    name: Seller
    grants: {customer: {read: own, create: own}, product: {read: all}}
    fields: {customer: {finance: {owner: write, others: hidden}}, product: {cost: hidden}}
people:
  - {code: a1, name: Ada, email: ada@shop.example, department: head, roles: [admin], password: first-secret}
  - {code: s1, name: Sam, email: sam@shop.example, department: sales, superior: a1, roles: [seller], jobTitle: Seller}
  - {code: w1, name: Wim, department: sales, superior: s1}
"""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass
class Operator:
    """Somebody at the command line."""

    place: Place
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def saas(self, *arguments: str) -> Said:
        self.capsys.readouterr()
        code = run(list(arguments))
        captured = self.capsys.readouterr()
        return Said(code, captured.out, captured.err)

    def file(self, text: str) -> str:
        path = self.folder / "org.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def apply(self, text: str, *options: str) -> Said:
        return self.saas("tenant", "apply", self.file(text), *options)

    def onboard(self, text: str) -> Any:
        """The file applied, which must succeed; what --json says."""
        said = self.apply(text, "--create", "--json")
        assert said.code == 0, said.err
        return said.data

    def rows(self, slug: str, statement: str) -> list[tuple[Any, ...]]:
        """What a superuser sees in the tenant's schema."""
        schema = tenant_by_slug(slug).schema
        return self.place.ask(statement.replace("{}", f'"{schema}"'))

    def traces(self, slug: str) -> list[Any]:
        """Whatever a change would leave behind: audit, stamp, and what the directory keeps of people."""
        audit = self.rows(slug, "SELECT id FROM {}.audit ORDER BY id")
        stamp = self.rows(slug, "SELECT xmin::text, * FROM {}.stamp")
        tables = ("person", "membership")
        query = " UNION ".join(f"SELECT '{each}', xmin::text, id FROM directory.{each}" for each in tables)
        return [audit, stamp, sorted(self.place.ask(query, database=self.place.directory))]

    def token(self, slug: str, email: str) -> str:
        said = self.saas("token", slug, email)
        assert said.code == 0, said.err
        return said.out.strip()


def ask(token: str, query: str) -> Any:
    """The whole answer to a GraphQL query."""
    return call("POST", "/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"}).json()


@contextmanager
def onboarding_place(cluster: Cluster, what: str) -> Iterator[Place]:
    """Fresh databases without a tenant, and nothing remembered of others."""
    forget_profiles()
    with settled_on(cluster, what) as place:
        yield place
    forget_profiles()
