"""Two companies and a handful of people, the same in every test that asks for `world`.

garage  departments head > sales > north, head > service
        ada     administrator, may do anything
        mona    manager of sales: the department tree
        sam     seller in north under mona: own records; finances only of own ones
        sue     seller in sales: likewise
        vera    viewer in service: all customers and contacts, but no contact details, and finances never
        nick    holds no role at all
rival   rita    administrator of another company
"""

import asyncio
import atexit
import itertools
import json
import threading
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import httpx2
import psycopg
from starlette.types import ASGIApp

from saas.app import create_app
from saas.engine.access.tables import ANY, Access, Relation, RowScope
from saas.engine.record import Record
from saas.engine.registry import object_of
from saas.engine.scope import Scope, open_scope
from saas.engine.write.create import create
from saas.kit.settings import Settings, settings
from saas.modules import plant_all
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Limit, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.modules.sales.opportunity import Opportunity
from saas.tenants.directory import tenant_by_slug
from saas.tenants.provision import create_tenant
from saas.tenants.sign_in import issue_token, let_in
from saas.tenants.tenant import Tenant
from tests.databases import Cluster
from tests.kept import cloned

PASSWORD = "correct horse battery staple"
STANDARD = ("read", "create", "update", "delete", "restore")
_numbers = itertools.count(1)
titles: dict[UUID, str] = {}  # of the records that companies made


@dataclass(frozen=True)
class Person:
    """Somebody who can ask; `token` is theirs."""

    name: str
    id: UUID
    email: str
    tenant: Tenant
    token: str = field(repr=False)

    def http(
        self, query: str, variables: dict[str, Any] | None = None, *, operation: str | None = None, **headers: str
    ) -> httpx2.Response:
        """The HTTP answer to a GraphQL request of this person."""
        body = {"query": query, "variables": variables or {}, "operationName": operation}
        own = {"authorization": f"Bearer {self.token}", "content-type": "application/json", "accept": "*/*"}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return _loops.runner.run(_posted(text.encode(), own | headers))

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data; fails the test if there are errors."""
        return self.perform(query, None, **variables)

    def perform(self, document: str, operation: str | None, **variables: Any) -> dict[str, Any]:
        """The same of one operation of a document with several."""
        answer = self.http(document, variables, operation=operation).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """The errors; fails the test if there are none."""
        errors: list[dict[str, Any]] = self.http(query, variables).json()["errors"]
        assert errors
        return errors


@dataclass(frozen=True)
class Company:
    """A tenant with its people and departments by name."""

    tenant: Tenant
    people: dict[str, Person]
    departments: dict[str, UUID]
    standing: dict[str, Iterator[UUID]] = field(default_factory=dict)  # what may be referred to, as tests need it

    def __getattr__(self, name: str) -> Person:
        return self.people[name]

    @contextmanager
    def scope(self, *, write: bool = True) -> Iterator[Scope]:
        """A scope of the tenant's own system identity."""
        with open_scope(self.tenant, None, write=write) as scope:
            yield scope

    def make(self, record: type[Record], **values: Any) -> UUID:
        """One more record, made by the system identity; what is required and not given is filled in."""
        return self.make_many(record, [values])[0]

    def make_many(self, record: type[Record], rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """A record for each of these values."""
        one = object_of(record)
        title = record.facts.title
        examples = {name: each.examples[0] for name, each in one.fields.items() if each.required and each.examples}
        batch = [{title: f"{one.type_name} {next(_numbers)}", **examples, **values} for values in rows]
        with self.scope() as scope:
            outcomes = create(scope, one, batch)
        assert all(outcome.id for outcome in outcomes), outcomes[0].problems
        made = [outcome.id for outcome in outcomes if outcome.id]
        titles.update(zip(made, (str(values[title]) for values in batch), strict=True))
        return made


@dataclass(frozen=True)
class World:
    """The companies, and the superuser's way to their data."""

    garage: Company
    rival: Company
    cluster: Cluster
    cell: str
    admin: psycopg.Connection
    inside: dict[str, psycopg.Connection] = field(default_factory=dict)  # by schema, as tests look into it

    def sql(self, company: Company, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The answer to a superuser inside the company's schema.

        Each schema has a connection of its own: on one for both, whoever looks from one to the other waits until
        Postgres has planned anew what it knew.
        """
        schema = company.tenant.schema
        if schema not in self.inside:
            options = f'-c search_path="{schema}"'
            self.inside[schema] = psycopg.connect(self.cluster.dsn(self.cell), autocommit=True, options=options)
        cursor = self.inside[schema].execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@lru_cache(maxsize=1)
def _assembled(_as_they_are: Settings) -> ASGIApp:
    return create_app()


async def _application(*request: Any) -> None:
    """As the settings of this moment have it."""
    await _assembled(settings())(*request)


class _Loops(threading.local):
    """The event loop of each thread that asks: readers keep their connections as long as their loop."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        atexit.register(self.runner.close)


_loops = _Loops()
_client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=_application), base_url="http://atrium.test")


def call(method: str, path: str, **arguments: Any) -> httpx2.Response:
    """One request to the whole application."""
    return _loops.runner.run(_client.request(method, path, **arguments))


async def _posted(body: bytes, headers: dict[str, str]) -> httpx2.Response:
    """The answer to a GraphQL request, without what a client adds to each: most requests of tests come this way."""
    answer: list[MutableMapping[str, Any]] = []
    request = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("atrium.test", None),
        "client": ("127.0.0.1", 123),
    }
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        if not unread:
            await asyncio.Event().wait()  # who asked does not leave
        return unread.pop()

    async def send(message: MutableMapping[str, Any]) -> None:
        answer.append(message)

    await _application(request, receive, send)
    start, *parts = answer
    return httpx2.Response(
        start["status"], headers=start["headers"], content=b"".join(part.get("body", b"") for part in parts)
    )


def rights(scope: RowScope, *objects: str, operations: tuple[str, ...] = STANDARD) -> frozenset[Right]:
    return frozenset(Right(one, operation, scope) for one in objects for operation in operations)


def limits(one: str, group: str, access: Access, *relations: Relation) -> frozenset[Limit]:
    return frozenset(Limit(one, group, relation, access) for relation in relations or Relation)


_BUSINESS = ("customer", "contact", "opportunity")
_ACTIONS = tuple(object_of(Opportunity).actions)
_MASTERS = rights(RowScope.ALL, "employee", "department", "product", operations=("read",))
_NOT_MINE = tuple(relation for relation in Relation if relation is not Relation.OWNER)
ROLES = {
    "admin": Grants(frozenset({Right(ANY, ANY, RowScope.ALL)})),
    "manager": Grants(
        rights(RowScope.DEPARTMENT_TREE, *_BUSINESS)
        | rights(RowScope.DEPARTMENT_TREE, "opportunity", operations=_ACTIONS)
        | _MASTERS
    ),
    "seller": Grants(
        rights(RowScope.OWN, *_BUSINESS) | rights(RowScope.OWN, "opportunity", operations=_ACTIONS) | _MASTERS,
        limits("customer", "finance", Access.HIDDEN, *_NOT_MINE) | limits("product", "cost", Access.HIDDEN),
    ),
    "viewer": Grants(
        rights(RowScope.ALL, "customer", "contact", operations=("read",)),
        limits("customer", "contact", Access.HIDDEN)
        | limits("contact", "contact", Access.HIDDEN)
        | limits("customer", "finance", Access.HIDDEN),
    ),
}
_DEPARTMENTS = {"head": None, "sales": "head", "north": "sales", "service": "head"}
_PEOPLE = {
    "ada": ("head", None, "admin"),
    "mona": ("sales", None, "manager"),
    "sam": ("north", "mona", "seller"),
    "sue": ("sales", "mona", "seller"),
    "vera": ("service", None, "viewer"),
    "nick": ("service", None, None),
}


def _company(slug: str, name: str, departments: dict[str, str | None], people: dict[str, Any]) -> None:
    tenant = create_tenant(slug, name, seed=plant_all, base_currency="USD", time_zone="Europe/Berlin", language="en")
    with open_scope(tenant, None, write=True) as scope:
        made: dict[str, UUID] = {}
        for department, parent in departments.items():
            values = {"name": department, "parent_id": made[parent] if parent else None}
            made[department] = _one(scope, Department, values).id
        roles: dict[str, UUID] = {}
        for role_name, grants in ROLES.items():
            role = _one(scope, Role, {"name": role_name})
            assert isinstance(role, Role)
            role_grant(scope, role, grants)
            roles[role_name] = role.id
        staff: dict[str, UUID] = {}
        for person, (department, superior, role_name) in people.items():
            values = {
                "name": person,
                "email": f"{person}@{slug}.test",
                "department_id": made[department],
                "superior_id": staff[superior] if superior else None,
            }
            employee = _one(scope, Employee, values)
            assert isinstance(employee, Employee)
            staff[person] = employee.id
            employee_assign_roles(scope, employee, {roles[role_name]: None} if role_name else {})
    for person, id_ in staff.items():
        let_in(tenant, id_, f"{person}@{slug}.test", PASSWORD if person == "sam" else None, person)


def _one(scope: Scope, record: type[Record], values: dict[str, Any]) -> Any:
    (outcome,) = create(scope, object_of(record), [values])
    assert outcome.record, outcome.problems
    return outcome.record


def _met(slug: str) -> Company:
    """A company as it stands in the database, with fresh tokens."""
    tenant = tenant_by_slug(slug)
    with open_scope(tenant, None, write=False) as scope:
        staff = scope.session.query(Employee).all()
        departments = {each.name: each.id for each in scope.session.query(Department).all()}
        people = {
            each.name: Person(each.name, each.id, each.email or "", tenant, issue_token(tenant, each.id, 1).token)
            for each in staff
        }
    return Company(tenant, people, departments)


@contextmanager
def built(cluster: Cluster, what: str = "") -> Iterator[World]:
    """The world in databases of this worker; one inside another says `what` it is for."""
    with cloned(cluster, "world", _make, what) as (cell, admin):
        world = World(_met("garage"), _met("rival"), cluster, cell, admin)
        try:
            yield world
        finally:
            for connection in world.inside.values():
                connection.close()


def _make() -> None:
    _company("garage", "Garage", _DEPARTMENTS, _PEOPLE)
    _company("rival", "Rival", {"all": None}, {"rita": ("all", None, "admin")})
