"""Fill a tenant: the organisation by the product's functions, its hundreds of thousands of records by SQL."""

import time
from dataclasses import dataclass
from typing import Any

import psycopg

from saas.engine.scope import open_scope
from saas.tenants.names import quoted
from saas.tenants.sign_in import let_in
from saas.tenants.tenant import Tenant
from scripts.benchmarks.reading import load_sql, say
from scripts.benchmarks.reading.people import HALVES, KEY_ACCOUNTS, PERSONS, make_departments, make_people

PRODUCTS = 1_000
Admin = psycopg.Connection[Any]


@dataclass(frozen=True)
class Size:
    """How many customers, and what of the rest: contacts, opportunities with lines, and the keys of duplicates."""

    customers: int
    is_whole: bool


SIZES = {"writes": Size(100_000, False), "large": Size(100_000, True), "huge": Size(1_000_000, False)}


def fill(tenant: Tenant, size: Size, admin: Admin) -> None:
    """Everything of one tenant; the tables are analysed, as autovacuum would do in a minute."""
    with open_scope(tenant, None, write=True) as scope:
        departments = make_departments(scope)
        persons, owners = make_people(scope, departments)
    for name in PERSONS:
        let_in(tenant, persons[name], f"{name}@bench.test", None, name)
    values = {
        "count": size.customers,
        "products": PRODUCTS,
        "owners": owners,
        "departments": [id_ for name, id_ in departments.items() if name.startswith(HALVES)],
        "key_accounts": departments[KEY_ACCOUNTS],
        "people": [id_ for name, id_ in persons.items() if name != "seller"],
        "seller": persons["seller"],
        "auditor": persons["auditor"],
    }
    admin.execute(f"SET search_path TO {quoted(tenant.schema)}")
    _load(tenant, admin, ("customer",), (load_sql.HELPERS, load_sql.CUSTOMERS), values)
    if size.customers <= SIZES["large"].customers:
        _load(tenant, admin, ("duplicate_key",), (load_sql.DUPLICATE_KEYS,), values)
    if size.is_whole:
        _load(tenant, admin, ("contact",), (load_sql.CONTACTS,), values)
        of_opportunities = (load_sql.PRODUCTS, load_sql.LINES, load_sql.OPPORTUNITIES, load_sql.OPPORTUNITY_LINES)
        _load(tenant, admin, ("opportunity", "opportunity_line"), of_opportunities, values)
    admin.execute(load_sql.SHARES, values)
    admin.execute(f"DROP SCHEMA {load_sql.SCRATCH} CASCADE")
    for table in _tables(tenant, admin):
        admin.execute(f'VACUUM ANALYZE "{table}"')


def _load(
    tenant: Tenant, admin: Admin, tables: tuple[str, ...], statements: tuple[str, ...], values: dict[str, Any]
) -> None:
    """Run the statements with the indexes of these tables away, which are made at once behind it."""
    began = time.perf_counter()
    indexes = admin.execute(
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = %s AND tablename = ANY(%s) AND indexname NOT LIKE 'pk_%%'",
        [tenant.schema, list(tables)],
    ).fetchall()
    for name, _ in indexes:
        admin.execute(f'DROP INDEX "{name}"')
    for statement in statements:
        if statement is load_sql.HELPERS:
            admin.execute(statement)
        else:
            admin.execute(statement, values)
    loaded = time.perf_counter()
    for _, definition in indexes:
        admin.execute(definition)
    say(f"{tenant.slug}: {', '.join(tables)} in {loaded - began:.0f} + {time.perf_counter() - loaded:.0f} s")


def _tables(tenant: Tenant, admin: Admin) -> list[str]:
    found = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [tenant.schema])
    return [name for (name,) in found]
