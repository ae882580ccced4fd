"""What the demo's records share: industries and areas of invented customers."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from saas.engine.registry import object_named
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.kit.errors import Conflict


def named(scope: Scope, object_name: str, names: Iterable[tuple[str, str]]) -> Mapping[str, UUID]:
    """New records with these names, in the tree's first row, English and Chinese; by their English names."""
    rows = [{"name": name, "name_zh": zh, "rank": rank} for rank, (name, zh) in enumerate(names, start=1)]
    found: dict[str, UUID] = {}
    for row, outcome in zip(rows, create(scope, object_named(object_name), rows), strict=True):
        if outcome.id is None:
            raise Conflict(f"The demo's {object_name} cannot be written: {outcome.problems[0].message}")
        found[str(row["name"])] = outcome.id
    return found
