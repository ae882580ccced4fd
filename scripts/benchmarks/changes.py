"""What it costs a machine to follow the changes that its owner may see."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import psycopg
from psycopg.conninfo import make_conninfo

from saas.engine.access.tables import RowScope
from saas.engine.registry import object_named
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.rights import Grants, Right, employee_assign_roles, role_grant
from saas.modules.organisation.role import Role
from saas.tenants.sign_in import issue_token, let_in
from saas.tenants.tenant import Tenant
from scripts.benchmarks.api import Api, api, over_http
from scripts.benchmarks.installation import installation
from scripts.benchmarks.registry import Bench, Target, case

SEEN = 10_000
BATCH = 500
CHANGES = """
    query($first: Int!, $from: ChangesFrom) {
      changes(first: $first, from: $from) { nodes { object id kind version changedFields at } cursor hasMore }
    }"""
WITH_RECORDS = """
    query($first: Int!) {
      changes(first: $first) { nodes { kind id record { id ... on Customer { name owner { name } } } } cursor hasMore }
    }"""


@contextmanager
def followed(bench: Bench) -> Iterator[Api]:
    """The API process, asked by somebody who sees the customers of their department, half of those that changed."""
    place = bench.shared(installation)
    tenant = place.tenant("changes")
    token = _filled(tenant)
    cell = make_conninfo(place.servers.admin_dsn, dbname="atrium_main")
    with psycopg.connect(cell, autocommit=True) as admin:  # as autovacuum would in a minute
        for table in ("audit", "customer"):
            admin.execute(f'VACUUM ANALYZE "{tenant.schema}".{table}')
    yield replace(bench.shared(api), token=token)


@case("changes", "ms", Target("<=", 300, part="p50_ms"))
def many(bench: Bench) -> dict[str, float]:
    """10,000 changes, among as many of others, read by somebody with a department's scope; over HTTP."""
    running = bench.shared(followed)
    answer = running.ask(CHANGES, first=SEEN)
    if str(answer).count("'CREATED'") != SEEN:
        raise RuntimeError("Not all changes were told.")
    return over_http(running, partial(running.ask, CHANGES, first=SEEN), bench.rounds(30, 7))


@case("changes-now", "ms")
def nothing_new(bench: Bench) -> dict[str, float]:
    """Whether there is anything new, asked by the same person."""
    running = bench.shared(followed)
    return over_http(running, partial(running.ask, CHANGES, first=SEEN, **{"from": "NOW"}), bench.rounds(200, 50))


@case("changes-records", "ms")
def with_records(bench: Bench) -> dict[str, float]:
    """1,000 changes with the records and their owners; likewise."""
    running = bench.shared(followed)
    return over_http(running, partial(running.ask, WITH_RECORDS, first=1_000), bench.rounds(30, 7))


def _filled(tenant: Tenant) -> str:
    """A token of somebody who reads what is of their department, where half of the customers are."""
    with open_scope(tenant, None, write=True) as scope:
        departments = [{"name": name} for name in ("Ours", "Theirs")]
        ours, theirs = (outcome.id for outcome in create(scope, object_named("department"), departments))
        (role,) = create(scope, object_named("role"), [{"name": "Follower"}])
        values = {"name": "Follower", "email": "follower@changes.test", "department_id": ours}
        (person,) = create(scope, object_named("employee"), [values])
        if not isinstance(role.record, Role) or not isinstance(person.record, Employee):
            raise TypeError("The write chain made something else than a role and an employee.")
        role_grant(scope, role.record, Grants(frozenset({Right("customer", "read", RowScope.DEPARTMENT)})))
        employee_assign_roles(scope, person.record, {role.record.id: None})
        id_ = person.record.id
    for start in range(0, SEEN, BATCH):
        rows = [
            {"name": f"Customer {start + number:05}", "department_id": department, "owner_id": id_ if mine else None}
            for number in range(BATCH)
            for mine, department in ((True, ours), (False, theirs))
        ]
        with open_scope(tenant, None, write=True) as scope:
            create(scope, object_named("customer"), rows)
    let_in(tenant, id_, "follower@changes.test", None, "Follower")
    return issue_token(tenant, id_, 1).token
