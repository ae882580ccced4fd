"""Whose a new record is where nobody says: its maker's; and its department is its owner's."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from saas.engine.access.tables import principal
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope


def fill_scope(scope: Scope, one: ObjectType, rows: Sequence[dict[str, Any]]) -> None:
    """Fill in the owner and the department of new records, with at most one statement for all of them."""
    facts, profile = one.record.facts, scope.profile
    if facts.owner in (None, "id"):
        return
    for values in rows:
        if profile.kind == "person":
            values.setdefault(facts.owner, profile.principal_id)
    if facts.department is None:
        return
    open_rows = [values for values in rows if facts.department not in values and values.get(facts.owner)]
    owners = {values[facts.owner] for values in open_rows} - {profile.principal_id}
    departments = {profile.principal_id: profile.department_id}
    if owners:
        statement = sa.select(principal.c.id, principal.c.department_id).where(principal.c.id.in_(owners))
        departments |= {row.id: row.department_id for row in scope.session.execute(statement)}
    for values in open_rows:
        values[facts.department] = departments.get(values[facts.owner])
