"""The directory's half of a new tenant: a free slug, a cell with room, and a schema from the warm pool."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Text, delete, exc, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from saas.kit.clock import now
from saas.kit.errors import BadInput, Conflict, Unavailable
from saas.tenants.branches import head
from saas.tenants.directory import directory, tenant_from, tenant_query
from saas.tenants.directory_tables import cell as cell_table
from saas.tenants.directory_tables import pending as pending_table
from saas.tenants.directory_tables import spare as spare_table
from saas.tenants.directory_tables import tenant as tenant_table
from saas.tenants.spares import make_spare
from saas.tenants.tenant import Profile, Tenant, TenantState


def begun(slug: str, profile: Profile, cell: str | None) -> Tenant:
    """The tenant as the directory has it from now on: `creating`, with a pending row until its schema agrees."""
    while True:
        try:
            with directory(as_owner=True) as connection:
                interrupted = _interrupted(connection, slug, profile)
                if interrupted is not None:
                    return interrupted
                chosen = choose_cell(connection, cell)
                tenant = _assigned(connection, slug, profile, chosen)
        except exc.IntegrityError as error:
            raise _taken(slug) from error  # another creator was quicker
        if tenant is not None:
            return tenant
        make_spare(chosen)


def check_free(slug: str, profile: Profile, cell: str | None) -> str:
    """Refuse what `begun` would refuse; the cell it would choose. Nothing is changed."""
    with directory() as connection:
        interrupted = _interrupted(connection, slug, profile)
        return interrupted.cell if interrupted is not None else choose_cell(connection, cell)


def choose_cell(connection: Connection, name: str | None) -> str:
    """The cell for the next tenant: the one that was named, or the open one with the fewest tenants."""
    count = func.count(tenant_table.c.id)
    known = connection.execute(
        select(cell_table.c.name, cell_table.c.is_open, cell_table.c.max_tenants, count)
        .outerjoin(tenant_table, tenant_table.c.cell == cell_table.c.name)
        .group_by(cell_table.c.name)
        .order_by(count, cell_table.c.name)
    ).all()
    if name is not None and name not in [row.name for row in known]:
        raise BadInput(f"There is no cell {name!r}.", remedy="`saas cell list` shows all.", path=("cell",))
    for cell, is_open, most, tenants in known:
        if name in (None, cell) and is_open and tenants < most:
            return str(cell)
    raise Unavailable(
        f"The cell {name} is full or closed." if name else "No cell has room for one more tenant.",
        remedy="`saas cell add NAME DSN` makes room.",
    )


def remember(connection: Connection, kind: str, tenant: Tenant) -> None:
    """Write down that the tenant's schema does not know yet what the directory says in this transaction."""
    values = {"kind": kind, "tenant_id": tenant.id, "details": {}, "created_at": now()}
    connection.execute(insert(pending_table).values(key=f"{kind}:{tenant.id}", **values).on_conflict_do_nothing())


def _interrupted(connection: Connection, slug: str, profile: Profile) -> Tenant | None:
    is_pending = (pending_table.c.tenant_id == tenant_table.c.id) & (pending_table.c.kind == "create")
    row = connection.execute(
        select(*tenant_query().selected_columns, pending_table.c.details)
        .select_from(tenant_table)
        .outerjoin(pending_table, is_pending)
        .where(tenant_table.c.slug == slug)
    ).one_or_none()
    if row is None:
        return None
    if row.details is None:
        raise _taken(slug)
    if row.details != asdict(profile):
        raise Conflict(
            f"A tenant {slug!r} with other details was begun and interrupted: {row.details}.",
            remedy="`saas tenant reconcile` finishes it, `saas tenant drop` removes it.",
            path=("slug",),
        )
    return tenant_from(row)


def _assigned(connection: Connection, slug: str, profile: Profile, cell: str) -> Tenant | None:
    """A spare schema turned into the tenant; None where the pool is empty. One statement: one round trip."""
    facts = asdict(profile)
    ready = (
        select(spare_table.c.id)
        .where(spare_table.c.cell == cell, spare_table.c.state == "ready", spare_table.c.schema_version == head())
        .order_by(spare_table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    spare = delete(spare_table).where(spare_table.c.id == ready).returning(spare_table).cte("spare")
    made, noted = _made(spare, slug, facts), _noted(spare, facts)
    found = connection.execute(select(spare).add_cte(made.cte("made"), noted.cte("noted"))).one_or_none()
    if found is None:
        return None
    return Tenant(
        id=found.id,
        slug=slug,
        cell=cell,
        schema=found.schema,
        role=found.schema,
        state=TenantState.CREATING,
        schema_version=found.schema_version,
        **facts,
    )


def _made(spare: CTE, slug: str, facts: dict[str, str]) -> Insert:
    values: dict[str, ColumnElement[Any]] = {
        "id": spare.c.id,
        "slug": literal(slug),
        "cell": spare.c.cell,
        "schema": spare.c.schema,
        "state": literal(TenantState.CREATING.value),
        "schema_version": spare.c.schema_version,
        "created_at": literal(now()),
        **{name: literal(value) for name, value in facts.items()},
    }
    return insert(tenant_table).from_select(list(values), select(*values.values()))


def _noted(spare: CTE, facts: dict[str, str]) -> Insert:
    values: dict[str, ColumnElement[Any]] = {
        "key": literal("create:").concat(spare.c.id.cast(Text)),
        "kind": literal("create"),
        "tenant_id": spare.c.id,
        "details": literal(facts, JSONB),
        "created_at": literal(now()),
    }
    return insert(pending_table).from_select(list(values), select(*values.values()))


def _taken(slug: str) -> Conflict:
    return Conflict(
        f"The slug {slug!r} is taken.",
        remedy=f"Choose another one. `saas tenant show {slug}` tells who has it.",
        path=("slug",),
    )
