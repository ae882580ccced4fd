"""What a reader asks and gets: expressions over a tenant's tables, and one row of their values."""

from dataclasses import dataclass

from saas.tenants.names import quoted
from saas.tenants.stamp import STAMP_TEXT
from saas.tenants.tenant import Tenant

SCHEMA = "§§"  # stands in the SQL of a Statement for the tenant's schema: `§§.customer`


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """Expressions over a tenant's tables, each one text value of the answer; equal only to itself.

    Parameters are $1, $2 … with their casts ($1::uuid). Each connection prepares it once for each tenant.
    """

    columns: tuple[str, ...]

    def sql(self, tenant: Tenant) -> str:
        """The query for this tenant: its stamp, then the values."""
        columns = ", ".join((f"{STAMP_TEXT} AS stamp", *self.columns))
        return f"SELECT {columns} FROM {SCHEMA}.stamp".replace(SCHEMA, quoted(tenant.schema))


@dataclass(slots=True)  # not frozen: one is made for each request
class Row:
    """The stamp that held while the values were read, as `Stamp.text` makes it, and the values."""

    stamp: bytes
    values: tuple[bytes | None, ...]
