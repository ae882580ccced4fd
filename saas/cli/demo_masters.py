"""What the demo's records share: a calendar with its holidays; industries and areas of invented customers."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from saas.engine.registry import object_named
from saas.engine.scope import Scope, open_scope
from saas.engine.write.create import create
from saas.kit.errors import Conflict
from saas.modules.masters.public_holidays import add_to_all
from saas.tenants.tenant import Tenant


def give_calendar(tenant: Tenant, country: str) -> None:
    """A default calendar with the public holidays of this year and the next; nothing where there is one already."""
    hours = {"work_from": "09:00", "work_to": "18:00", "time_zone": tenant.time_zone}
    with open_scope(tenant, None, write=True, app="saas demo") as scope:
        (outcome,) = create(
            scope, object_named("calendar"), [{"name": "Office", "country": country, "is_default": True, **hours}]
        )
        if not outcome.problems:
            add_to_all(scope, [scope.today.year, scope.today.year + 1])


def named(scope: Scope, object_name: str, names: Iterable[tuple[str, str]]) -> Mapping[str, UUID]:
    """New records with these names, in the tree's first row, English and Chinese; by their English names."""
    rows = [{"name": name, "name_zh": zh, "rank": rank} for rank, (name, zh) in enumerate(names, start=1)]
    found: dict[str, UUID] = {}
    for row, outcome in zip(rows, create(scope, object_named(object_name), rows), strict=True):
        if outcome.id is None:
            raise Conflict(f"The demo's {object_name} cannot be written: {outcome.problems[0].message}")
        found[str(row["name"])] = outcome.id
    return found
