"""What is kept of one object and in the audit, as a superuser reads it: to show that nothing changed."""

from typing import Any
from uuid import UUID

from saas.engine.registry import ObjectType
from tests.world import Company, World

Rows = list[dict[str, Any]]


def kept(world: World, company: Company, one: ObjectType) -> Rows:
    """Every row of the object, and nothing left out."""
    found = world.sql(company, f"SELECT to_jsonb(one) FROM {one.name} one ORDER BY one.id")
    return [row for (row,) in found]


def audited(world: World, company: Company, id_: UUID | str | None = None) -> Rows:
    """The audit rows, of one record or of all, in the order in which they were written."""
    condition = "" if id_ is None else f"WHERE record_id = '{id_}'"
    return [row for (row,) in world.sql(company, f"SELECT to_jsonb(a) FROM audit a {condition} ORDER BY a.id")]
