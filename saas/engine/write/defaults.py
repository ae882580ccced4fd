"""Whose a new record is where nobody says: its maker's; and its department and region are its owner's."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from saas.engine.access.tables import principal
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope


def fill_scope(scope: Scope, one: ObjectType, rows: Sequence[dict[str, Any]]) -> None:
    """Fill in owner, department and region of new records, with at most one statement for all of them."""
    places, profile = one.record.facts.own_places, scope.profile
    owner = places.get("owner", "id")
    if owner == "id":
        return
    for values in rows:
        if profile.kind == "person":
            values.setdefault(owner, profile.principal_id)
    columns = {places[name]: f"{name}_id" for name in ("department", "region") if name in places}
    open_rows = [values for values in rows if values.get(owner) and columns.keys() - values.keys()]
    owners = {values[owner] for values in open_rows} - {profile.principal_id}
    found: dict[Any, Any] = {profile.principal_id: profile}
    if owners:
        statement = sa.select(principal.c.id, *(principal.c[name] for name in columns.values())).where(
            principal.c.id.in_(owners)
        )
        found |= {row.id: row for row in scope.session.execute(statement)}
    for values in open_rows:
        for column, name in columns.items():
            values.setdefault(column, getattr(found.get(values[owner]), name, None))
