"""What is encrypted at rest in the schemas of tenants, sealed anew with the secret of today, tenant by tenant."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Column, MetaData, Table, select, update

from saas.kit.vault import is_current, opened, sealed
from saas.tenants.directory import tenants
from saas.tenants.identity.resealing import Sealed
from saas.tenants.session import reading, writing
from saas.tenants.tenant import Tenant, TenantState

_OPEN = (TenantState.ACTIVE, TenantState.SUSPENDED)


def sealed_in_tenants(metadata: MetaData) -> list[Sealed]:
    """Every column of the tenants' tables whose values are sealed, all tenants together."""
    totals, formers = Counter[str](), Counter[str]()
    for tenant in _tenants():
        with reading(tenant, operator=True) as opened_:
            for table, column in _columns(metadata):
                values = opened_.session.execute(select(column).where(column.is_not(None))).scalars().all()
                totals[_name(table, column)] += len(values)
                formers[_name(table, column)] += sum(not is_current(value) for value in values)
    return [Sealed(name, totals[name], formers[name]) for name in (_name(*each) for each in _columns(metadata))]


def reseal_in_tenants(metadata: MetaData) -> list[Sealed]:
    """Seal anew whatever needs a former secret, a transaction a tenant; safe to repeat where it is interrupted."""
    told = sealed_in_tenants(metadata)
    for tenant in _tenants():
        with writing(tenant, operator=True) as opened_:
            for table, column in _columns(metadata):
                keys = list(table.primary_key.columns)
                locked = select(*keys, column.label("stored")).where(column.is_not(None)).with_for_update()
                for row in opened_.session.execute(locked).all():
                    if not is_current(row.stored):
                        purpose = column.info["sealed"]
                        anew = {column.name: sealed(opened(row.stored, purpose), purpose)}
                        same = [key == value for key, value in zip(keys, row, strict=False)]
                        opened_.session.execute(update(table).where(*same).values(anew))
    return told


def _tenants() -> Iterator[Tenant]:
    yield from (tenant for tenant in tenants() if tenant.state in _OPEN)


def _columns(metadata: MetaData) -> Iterator[tuple[Table, Column[bytes]]]:
    for table in metadata.sorted_tables:
        yield from ((table, column) for column in table.columns if "sealed" in column.info)


def _name(table: Table, column: Column[bytes]) -> str:
    return f"{table.name}.{column.name}"
