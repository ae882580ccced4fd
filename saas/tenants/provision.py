"""The life of a tenant: made from the warm pool, suspended, resumed, dropped; each step can be repeated."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.orm import Session

from saas.gateways.files import remove_contents
from saas.kit.errors import AtriumError, Conflict
from saas.tenants.apply import driver_of
from saas.tenants.beginning import begun, remember
from saas.tenants.cells import as_owner
from saas.tenants.directory import directory, rows, tenant_by_id
from saas.tenants.directory_tables import cell as cell_table
from saas.tenants.directory_tables import pending as pending_table
from saas.tenants.directory_tables import tenant as tenant_table
from saas.tenants.install import add_cell, install
from saas.tenants.names import checked_slug, quoted
from saas.tenants.spares import fill_pool, remove_broken, remove_schema
from saas.tenants.tenant import Profile, Tenant, TenantState
from saas.tenants.waiting import wait

__all__ = [
    "Seed",
    "add_cell",
    "create_tenant",
    "drop_tenant",
    "fill_pool",
    "install",
    "left_undone",
    "reconcile",
    "resume",
    "suspend",
]

Seed = Callable[[Session, Tenant], None]


def create_tenant(
    slug: str,
    name: str,
    *,
    seed: Seed,
    cell: str | None = None,
    base_currency: str = "CNY",
    time_zone: str = "Asia/Shanghai",
    language: str = "zh",
) -> Tenant:
    """A new tenant with what `seed` writes into it; the same call again finishes one that was interrupted."""
    profile = Profile(name, base_currency, time_zone, language)
    checked_slug(slug)
    profile.check()
    tenant = begun(slug, profile, cell)
    _finish(tenant, seed)
    return replace(tenant, state=TenantState.ACTIVE)


def suspend(tenant: Tenant) -> None:
    """Nobody gets in any more; the data stays as it is."""
    _change_state(tenant, TenantState.SUSPENDED)


def resume(tenant: Tenant) -> None:
    """People get in again."""
    _change_state(tenant, TenantState.ACTIVE)


def drop_tenant(tenant: Tenant) -> None:
    """The tenant, its data, its role and its people's access are gone for good; again, it goes on where it stopped."""
    with directory(as_owner=True) as connection:
        connection.execute(
            update(tenant_table).where(tenant_table.c.id == tenant.id).values(state=TenantState.DROPPING)
        )
        connection.execute(delete(pending_table).where(pending_table.c.tenant_id == tenant.id))
        remember(connection, "drop", tenant)
    _close_schema(tenant)
    remove_schema(tenant.cell, tenant.schema)
    remove_contents(tenant.id.hex)
    with directory(as_owner=True) as connection:
        connection.execute(delete(tenant_table).where(tenant_table.c.id == tenant.id))


def left_undone() -> list[tuple[str, UUID, str]]:
    """What was interrupted between the directory and a cell, oldest first: (what, tenant, slug)."""
    query = (
        select(pending_table.c.kind, pending_table.c.tenant_id, tenant_table.c.slug)
        .join(tenant_table, tenant_table.c.id == pending_table.c.tenant_id)
        .order_by(pending_table.c.created_at)
    )
    return [(kind, tenant_id, slug) for kind, tenant_id, slug in rows(query)]


def reconcile(seed: Seed) -> list[tuple[str, str, str]]:
    """Finish what was interrupted between the directory and a cell: (what, slug, "" or the reason why not)."""
    done = []
    for kind, tenant_id, slug in left_undone():
        problem = ""
        try:
            tenant = tenant_by_id(tenant_id)
            if kind == "create":
                _finish(tenant, seed)
            elif kind == "drop":
                drop_tenant(tenant)
            else:
                _agree(tenant)
        except AtriumError as error:
            problem = str(error)
        done.append((kind, slug, problem))
    for row in rows(select(cell_table.c.name)):
        remove_broken(row.name)
    return done


def _finish(tenant: Tenant, seed: Seed) -> None:
    """The tenant's half, once; then the directory's confirmation."""
    with as_owner(tenant.cell) as connection:
        if _locked(connection, tenant) == TenantState.CREATING:
            with Session(bind=connection, join_transaction_mode="control_fully", expire_on_commit=False) as session:
                wait(session, f"SET LOCAL ROLE {quoted(tenant.role)}")
                seed(session, tenant)
                session.flush()
                wait(session, "SET LOCAL ROLE NONE; UPDATE stamp SET state = 'active'")
                session.commit()  # with all that waits: one round trip where the seed asks nothing
    agreed = delete(pending_table).where(pending_table.c.tenant_id == tenant.id, pending_table.c.kind == "create")
    with directory(as_owner=True) as connection:
        connection.execute(
            update(tenant_table)
            .where(tenant_table.c.id == tenant.id, tenant_table.c.state == TenantState.CREATING)
            .values(state=TenantState.ACTIVE)
            .add_cte(agreed.cte("agreed"))
        )


def _change_state(tenant: Tenant, state: TenantState) -> None:
    with directory(as_owner=True) as connection:
        current = connection.execute(
            select(tenant_table.c.state).where(tenant_table.c.id == tenant.id).with_for_update()
        ).scalar_one_or_none()
        if current not in (TenantState.ACTIVE, TenantState.SUSPENDED):
            raise Conflict(
                f"The tenant {tenant.slug} is {current or 'gone'}; only an active one can be suspended and resumed.",
                remedy="`saas tenant reconcile` finishes what was interrupted.",
            )
        connection.execute(update(tenant_table).where(tenant_table.c.id == tenant.id).values(state=state))
        remember(connection, "state", tenant)
    _agree(tenant_by_id(tenant.id))


def _agree(tenant: Tenant) -> None:
    """The stamp says what the directory says; then nothing is pending."""
    with as_owner(tenant.cell) as connection:
        _lock(connection, tenant)
        state = tenant_by_id(tenant.id).state  # read under the lock: the last change wins
        connection.execute(text("UPDATE stamp SET state = :state"), {"state": state.value})
    with directory(as_owner=True) as connection:
        connection.execute(
            delete(pending_table).where(pending_table.c.tenant_id == tenant.id, pending_table.c.kind == "state")
        )


def _close_schema(tenant: Tenant) -> None:
    with as_owner(tenant.cell) as connection:
        driver = driver_of(connection)
        _lock(connection, tenant)
        found = driver.execute("SELECT to_regclass('stamp') IS NOT NULL").fetchone()
        if found and found[0]:
            driver.execute("UPDATE stamp SET state = 'dropping'")


def _lock(connection: Connection, tenant: Tenant) -> None:
    driver_of(connection).execute(_taken(tenant))


def _locked(connection: Connection, tenant: Tenant) -> str:
    """The state that the stamp tells under the lock."""
    cursor = driver_of(connection).execute(f"{_taken(tenant)}; SELECT state FROM stamp")
    while cursor.nextset():
        pass
    return str(cursor.fetchall()[0][0])


def _taken(tenant: Tenant) -> str:
    lock = f"SELECT pg_advisory_xact_lock(hashtextextended('{tenant.schema}', 0))"
    return f"SET LOCAL search_path TO {quoted(tenant.schema)}; {lock}"
