"""The closures equal what departments and employees say, after any history of changes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saas.engine.registry import object_of
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.remove import delete, restore
from saas.engine.write.update import update
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from tests.world import World

Above = Mapping[UUID, UUID | None]
STEPS = st.lists(st.tuples(st.sampled_from(["add", "move", "remove", "restore"]), st.integers(0, 9), st.integers(0, 9)))


def _pairs(above: Above, *, itself: bool) -> set[tuple[UUID, UUID, int]]:
    """Every record with everything above it, and how far."""
    found = set()
    for id_ in above:
        at: UUID | None = id_
        depth = 0
        while at is not None:
            if depth or itself:
                found.add((at, id_, depth))
            at, depth = above.get(at), depth + 1
    return found


def _told(world: World, statement: str) -> set[tuple[Any, ...]]:
    return set(world.sql(world.garage, statement))


def _play(
    scope: Scope, record: type[Department] | type[Employee], above: str, steps: list[tuple[str, int, int]]
) -> None:
    """Do what the steps say to records of the class; what is refused is refused."""
    one = object_of(record)
    ids: list[UUID | None] = [None]
    for verb, which, other in steps:
        id_, target = ids[which % len(ids)], ids[other % len(ids)]
        if verb == "add":
            (outcome,) = create(scope, one, [{"name": f"{record.__name__} {len(ids)} {id(steps)}", above: target}])
            ids += [outcome.id] if outcome.id else []
        elif id_ is not None and verb == "move":
            update(scope, one, [(Target(id_), {above: target})])
        elif id_ is not None:
            (delete if verb == "remove" else restore)(scope, one, [Target(id_)])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_closures_follow_any_history(world: World, steps: list[tuple[str, int, int]]) -> None:
    with world.garage.scope() as scope:
        _play(scope, Department, "parent_id", steps)
        _play(scope, Employee, "superior_id", steps)
    departments = dict(world.sql(world.garage, "SELECT id, parent_id FROM department"))
    assert _told(world, "SELECT * FROM department_closure") == _pairs(departments, itself=True)
    staff = dict(world.sql(world.garage, "SELECT id, superior_id FROM employee"))
    assert _told(world, "SELECT * FROM superior_closure") == _pairs(staff, itself=False)
    active = _told(world, "SELECT id, department_id FROM employee WHERE deleted_at IS NULL")
    assert _told(world, "SELECT id, department_id FROM principal WHERE kind = 'person' AND is_active") == active
