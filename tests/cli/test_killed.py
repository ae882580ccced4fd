"""Operators' commands killed with -9 at a known place: nothing is half done, and the same again completes it."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from saas.cli.main import run
from saas.engine.file_tables import SLOTS
from saas.kit.clock import now, stopped_at
from saas.tenants.directory import tenant_by_slug, tenants
from saas.tenants.provision import left_undone
from saas.tenants.tenant import TenantState
from tests.cli.victim import Victim, killed, locked, saas
from tests.databases import Cluster
from tests.tenants.place import Place, settled_on

OF_SCHEMA = "SELECT pg_advisory_lock(hashtextextended('{schema}', 0))"
UPGRADE = "SELECT pg_advisory_lock(hashtextextended('upgrade {branch}', 0))"


@pytest.fixture(scope="module")
def settled(cluster: Cluster) -> Iterator[Place]:
    with settled_on(cluster, "killed") as place:
        assert run(["tenant", "create", "model", "--name", "Model"]) == 0
        yield place


@pytest.fixture
def place(settled: Place) -> Iterator[Place]:
    yield settled
    assert_nothing_half_done(settled)


def killed_at_its_last_word(place: Place, schema: str, *arguments: str) -> None:
    """Have the command killed when the cell has done its part and the directory is not told yet."""
    tenant = f"SELECT * FROM directory.tenant WHERE schema = '{schema}' FOR UPDATE"
    with psycopg.connect(place.cluster.dsn(place.directory)) as later:
        with locked(place.cluster, place.cell, OF_SCHEMA.format(schema=schema)):
            victim = Victim(place.cluster, *arguments)
            victim.comes_to(place.cell)
            assert later.execute(tenant).fetchall() != []
        victim.comes_to(place.directory)
        victim.kill()
    victim.is_forgotten(place.cell, place.directory)


def spare_of(place: Place) -> str:
    """The one schema in the warm pool, which the next tenant gets."""
    assert run(["cell", "fill", "main", "1"]) == 0
    ((schema,),) = place.ask("SELECT schema FROM directory.spare WHERE state = 'ready'", database=place.directory)
    return str(schema)


def content(place: Place, schema: str) -> dict[str, int]:
    """How many rows each table of the schema has."""
    tables = place.ask(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(%s)", schema
    )
    return {table: place.ask(f'SELECT count(*) FROM "{schema}"."{table}"')[0][0] for (table,) in tables}


def assert_nothing_half_done(place: Place) -> None:
    """Every tenant is active and has what a tenant begins with; each schema belongs to a tenant or the pool."""
    assert left_undone() == []
    assert {tenant.state for tenant in tenants()} == {TenantState.ACTIVE}
    model = content(place, tenant_by_slug("model").schema)
    assert [content(place, tenant.schema) for tenant in tenants()] == [model] * len(tenants())
    schemas = {name for (name,) in place.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", "t\\_%")}
    known = "SELECT schema FROM directory.tenant UNION SELECT schema FROM directory.spare WHERE state = 'ready'"
    assert schemas == {name for (name,) in place.ask(known, database=place.directory)}


@pytest.mark.parametrize(
    ("lock", "is_sent"),
    [(OF_SCHEMA, False), ('LOCK TABLE "{schema}".principal_role', True)],
    ids=["before the seed", "in the middle of the seed"],
)
def test_a_creation_killed_in_the_cell_is_completed_by_the_next(place: Place, lock: str, is_sent: bool) -> None:
    """What the seed plants goes to Postgres at once with its commit: it is done as a whole, or not at all."""
    schema = spare_of(place)
    command = ["tenant", "create", f"made-{len(tenants())}", "--name", "Made"]
    killed(place.cluster, place.cell, lock.format(schema=schema), *command)
    assert tenant_by_slug(command[2]).state is TenantState.CREATING
    planted = content(place, tenant_by_slug("model").schema) if is_sent else {"stamp": 1, "file_use": SLOTS}
    assert {table: n for table, n in content(place, schema).items() if n} == {t: n for t, n in planted.items() if n}
    assert saas(*command)["schema"] == schema


def test_a_creation_killed_before_it_was_confirmed_is_completed_by_the_next(place: Place) -> None:
    schema = spare_of(place)
    command = ["tenant", "create", "unconfirmed", "--name", "Made"]
    killed_at_its_last_word(place, schema, *command)
    assert tenant_by_slug("unconfirmed").state is TenantState.CREATING
    assert place.ask(f'SELECT state FROM "{schema}".stamp') == [("active",)]
    assert saas(*command)["schema"] == schema


def test_a_creation_killed_while_its_schema_is_built_leaves_no_part_of_it(place: Place) -> None:
    place.ask("DELETE FROM directory.spare WHERE state = 'ready'", database=place.directory)
    for (schema,) in place.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", "t\\_%"):
        if schema not in [tenant.schema for tenant in tenants()]:
            place.ask(f'DROP SCHEMA "{schema}" CASCADE')
    before = place.ask("SELECT count(*) FROM pg_namespace")
    command = ["tenant", "create", "built", "--name", "Built"]
    killed(place.cluster, place.cell, "LOCK TABLE pg_catalog.pg_trigger IN SHARE MODE", *command)
    assert "built" not in [tenant.slug for tenant in tenants()]
    assert place.ask("SELECT count(*) FROM pg_namespace") == before
    assert saas(*command)["state"] == "active"
    filling = "SELECT count(*) FROM directory.spare WHERE state = 'filling'"
    assert place.ask(filling, database=place.directory) == [(1,)]
    with stopped_at(now() + timedelta(minutes=3)):
        assert run(["tenant", "reconcile"]) == 0
    assert place.ask(filling, database=place.directory) == [(0,)]


def test_a_drop_killed_before_anything_is_gone_is_completed_by_the_next(place: Place) -> None:
    schema = saas("tenant", "create", "leaves", "--name", "Leaves")["schema"]
    killed(place.cluster, place.cell, OF_SCHEMA.format(schema=schema), "tenant", "drop", "leaves", "--yes")
    assert tenant_by_slug("leaves").state is TenantState.DROPPING
    assert content(place, schema) == content(place, tenant_by_slug("model").schema)
    assert saas("tenant", "drop", "leaves", "--yes")["state"] == "dropped"
    assert is_gone(place, schema)


def test_a_drop_killed_when_the_schema_is_gone_is_completed_by_the_next(place: Place) -> None:
    schema = saas("tenant", "create", "left", "--name", "Left")["schema"]
    killed_at_its_last_word(place, schema, "tenant", "drop", "left", "--yes")
    assert is_gone(place, schema)
    assert tenant_by_slug("left").state is TenantState.DROPPING
    assert saas("tenant", "drop", "left", "--yes")["state"] == "dropped"
    assert "left" not in [tenant.slug for tenant in tenants()]


def is_gone(place: Place, schema: str) -> bool:
    (found,) = place.ask("SELECT to_regnamespace(%s), to_regrole(%s)", schema, schema)
    return found == (None, None)


@pytest.mark.parametrize(
    ("where", "lock"),
    [
        ("directory", UPGRADE.format(branch="directory")),
        ("directory", "LOCK TABLE pg_catalog.pg_trigger IN SHARE MODE"),
        ("cell", UPGRADE.format(branch="platform")),
        ("cell", "LOCK TABLE pg_catalog.pg_policy IN SHARE MODE"),
    ],
    ids=["before the directory", "inside the directory", "before the cell's platform", "inside the cell's platform"],
)
def test_an_installation_that_was_killed_is_completed_by_the_next(
    settled: Place, monkeypatch: pytest.MonkeyPatch, where: str, lock: str
) -> None:
    cluster = settled.cluster
    names = {what: cluster.name(f"killed_install_{what}") for what in ("directory", "cell")}
    with psycopg.connect(cluster.admin_dsn, autocommit=True) as admin:
        for name in names.values():
            admin.execute(f'CREATE DATABASE "{name}" OWNER atrium_owner')
    monkeypatch.setenv("SAAS_DIRECTORY_DSN", cluster.plain_dsn(names["directory"]))
    command = ["install", "--cell", f"main={cluster.plain_dsn(names['cell'])}"]
    try:
        killed(cluster, names[where], lock, *command)
        assert has_schema(cluster, names["directory"], "directory") == (where == "cell")
        assert not has_schema(cluster, names["cell"], "platform")
        assert saas(*command) == {"installed": True, "cells": ["main"]}
        assert saas("tenant", "create", "first", "--name", "First")["state"] == "active"
    finally:
        for name in names.values():
            cluster.drop(name)


def has_schema(cluster: Cluster, database: str, schema: str) -> bool:
    with psycopg.connect(cluster.dsn(database)) as admin:
        return admin.execute("SELECT to_regnamespace(%s)", [schema]).fetchone() != (None,)
