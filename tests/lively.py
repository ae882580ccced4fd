"""The two invented companies of the demo, a hundred customers each, in every test that asks for `lively`.

halden  machines, Hamburg: customers in Europe, America and Asia, written in Latin letters, some in Chinese
yunfan  robots, Suzhou: customers in China and a few abroad
Twenty people each, by the first part of their address: `lively.halden.jonas`, `lively.yunfan.wanglei`; `boss` may do
anything. Who they are: `saas/cli/companies`. Their year ends on TODAY.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from saas.cli.demo_wish import DemoWish, Size, World
from saas.cli.demo_world import build
from saas.engine.scope import open_scope
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.tenants.directory import tenant_by_slug
from saas.tenants.sign_in import issue_token
from tests.databases import Cluster
from tests.kept import cloned
from tests.world import Company, Person

TODAY = date(2026, 6, 15)
WISH = DemoWish(World.INVENTED, Size.SMALL, 1, TODAY)
BOSSES = {"halden": "katrin", "yunfan": "linzhenhua"}
CUSTOMERS = WISH.size.customers


@dataclass(frozen=True)
class Lively:
    """Both companies, and the superuser's way to their data."""

    halden: Company
    yunfan: Company
    cluster: Cluster
    admin: psycopg.Connection

    def company(self, slug: str) -> Company:
        found = {each.tenant.slug: each for each in (self.halden, self.yunfan)}
        return found[slug]

    def rows(self, company: Company, statement: str, *values: object) -> list[dict[str, Any]]:
        """What a superuser gets inside the company's schema, by column."""
        self.admin.execute(f'SET search_path TO "{company.tenant.schema}"')
        with self.admin.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute(statement, values).fetchall()

    def directory(self, statement: str) -> None:
        """Something done to the directory by a superuser."""
        with psycopg.connect(self.cluster.dsn(self.cluster.name("lively_directory")), autocommit=True) as directory:
            directory.execute(statement)

    def count(self, company: Company, table: str, where: str = "true") -> int:
        (row,) = self.rows(company, f"SELECT count(*) AS many FROM {table} WHERE {where}")
        return int(row["many"])


@contextmanager
def built(cluster: Cluster) -> Iterator[Lively]:
    """The companies in databases of this worker, cloned from those that the first worker fills."""
    with cloned(cluster, "lively", _make) as (_cell, admin):
        yield Lively(_met("halden"), _met("yunfan"), cluster, admin)


def _make() -> None:
    build(WISH, lambda _line: None)


def _met(slug: str) -> Company:
    tenant = tenant_by_slug(slug)
    with open_scope(tenant, None, write=False) as scope:
        staff = [(each.name, each.id, each.email or "") for each in scope.session.query(Employee).all()]
        departments = {each.name: each.id for each in scope.session.query(Department).all()}
    people = {
        email.partition("@")[0]: Person(name, id_, email, tenant, issue_token(tenant, id_, 1).token)
        for name, id_, email in staff
    }
    return Company(tenant, people | {"boss": people[BOSSES[slug]]}, departments)
