"""What the checks of invariants found in all tenants of a cell, as the dispatcher's role sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.tenants.database import answering, sqlstate

_NO_TABLE = "42P01"
_ALL = sa.text("""
    SELECT tenant_id, invariant, count, sample, note, first_seen, last_seen, checked_at FROM platform.finding
    WHERE (count > 0 OR note <> '' OR :every) AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = :tenant)
    ORDER BY count = 0, invariant, tenant_id
""")
_BROKEN = sa.text("SELECT invariant, count(*) AS tenants FROM platform.finding WHERE count > 0 GROUP BY invariant")


@dataclass(frozen=True, slots=True)
class CellFinding:
    """How an invariant stands in one tenant of the cell; `engine/findings.py` tells what each value means."""

    tenant_id: UUID
    invariant: str
    count: int
    sample: list[str]
    note: str
    first_seen: datetime | None
    last_seen: datetime | None
    checked_at: datetime


def findings_of(cell: sa.Engine, tenant_id: UUID | None = None, *, every: bool = False) -> list[CellFinding]:
    """What is broken or was not looked at wholly, what is broken first; `every`: also what holds."""
    return [CellFinding(**row) for row in _rows(cell, _ALL, tenant=tenant_id, every=every)]


def broken_in(cell: sa.Engine) -> dict[str, int]:
    """In how many tenants of the cell each invariant is broken, of those that are broken in any."""
    try:
        return {row["invariant"]: row["tenants"] for row in _rows(cell, _BROKEN)}
    except sa.exc.ProgrammingError as error:
        if sqlstate(error) == _NO_TABLE:  # the cell is not migrated yet; its workers work all the same
            return {}
        raise


def _rows(cell: sa.Engine, statement: sa.TextClause, **values: Any) -> list[dict[str, Any]]:
    with answering("a cell", cell.url), cell.connect() as connection:
        return [dict(row) for row in connection.execute(statement, values).mappings()]
