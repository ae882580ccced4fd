"""The revisions bring about exactly the tables that the classes describe, and every object has its tests."""

import inspect
from pathlib import Path

from saas.engine.registry import ObjectType
from saas.engine.tables import all_tables
from saas.tenants.models_match import models_match
from tests.world import World

ROOT = Path(__file__).parents[2]


def test_the_tables_are_those_that_the_classes_describe(world: World) -> None:
    tenant = world.garage.tenant
    assert models_match(all_tables(), tenant.cell, tenant.schema) == ""


def test_every_object_has_a_test_file(one: ObjectType) -> None:
    source = Path(inspect.getfile(one.record)).relative_to(ROOT)
    assert (ROOT / "tests" / source.relative_to("saas").parent / f"test_{one.name}.py").exists()
