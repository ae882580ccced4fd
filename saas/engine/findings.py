"""What was found of each invariant, one row a tenant and invariant, beside the jobs of the cell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from saas.engine.invariant_check import Result
from saas.engine.invariants import invariants
from saas.engine.scope import Scope
from saas.kit import report
from saas.tenants.session import after_commit

finding_table = sa.Table(
    "finding",
    sa.MetaData(),
    sa.Column("tenant_id", sa.Uuid(), primary_key=True),
    sa.Column("tenant_role", sa.Text(), server_default=sa.text("current_user")),
    sa.Column("invariant", sa.Text(), primary_key=True),
    sa.Column("count", sa.BigInteger()),
    sa.Column("sample", pg.ARRAY(sa.Text())),
    sa.Column("note", sa.Text()),
    sa.Column("resume", sa.Uuid()),
    sa.Column("first_seen", sa.DateTime(timezone=True)),
    sa.Column("last_seen", sa.DateTime(timezone=True)),
    sa.Column("checked_at", sa.DateTime(timezone=True)),
    schema="platform",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """How an invariant stands in a tenant.

    count       rows that break it; 0: it holds
    note        why it was not looked at wholly
    first_seen  since when it is broken; None: it holds
    last_seen   when it was last seen broken
    """

    invariant: str
    count: int
    sample: tuple[str, ...]
    note: str
    resume: UUID | None
    first_seen: datetime | None
    last_seen: datetime | None
    checked_at: datetime


def findings(scope: Scope) -> dict[str, Finding]:
    """What the last check found in this tenant, by the name of the invariant."""
    columns = [finding_table.c[name] for name in Finding.__slots__]
    mine = finding_table.c.tenant_id == scope.tenant.id  # an index; whose rows they are the database knows as well
    rows = scope.session.execute(sa.select(*columns).where(mine)).all()
    return {row.invariant: Finding(**{**row._mapping, "sample": tuple(row.sample)}) for row in rows}


def keep(scope: Scope, results: Iterable[Result], *, tell: bool = True) -> None:
    """Write down what was found. Operators are told of what is broken newly, once, when this has been committed.

    Not where they asked themselves (`tell` is false) and see it at once.
    """
    before = findings(scope)
    for result in results:
        was = before.get(result.name)
        count, sample = result.count, result.sample
        if not count and not result.is_whole and was is not None:
            count, sample = was.count, was.sample  # the part that breaks it may not have been looked at
        seen = scope.now if result.count else was.last_seen if was and count else None
        row = {
            "count": count,
            "sample": [*sample],
            "note": result.note,
            "resume": result.resume,
            "first_seen": (was.first_seen if was and was.count else scope.now) if count else None,
            "last_seen": seen,
            "checked_at": scope.now,
        }
        insert = pg.insert(finding_table).values(tenant_id=scope.tenant.id, invariant=result.name, **row)
        scope.session.execute(insert.on_conflict_do_update(index_elements=["tenant_id", "invariant"], set_=row))
        if tell and count and not (was and was.count):
            told = partial(_tell, scope.tenant.slug, result.name, count)
            after_commit(scope.session, f"invariant {result.name}", told)


def forget_unknown(scope: Scope) -> None:
    """Remove what was found of invariants that this release does not have."""
    known = [each.name for each in invariants()]
    mine = finding_table.c.tenant_id == scope.tenant.id
    scope.session.execute(sa.delete(finding_table).where(mine, finding_table.c.invariant.not_in(known)))


def _tell(tenant: str, name: str, count: int) -> None:
    report.tell(f"Invariant broken: {name}", tenant=tenant, invariant=name, rows=str(count))
