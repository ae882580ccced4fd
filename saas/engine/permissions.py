"""All that there can be a right to: the objects and the areas, each with its operations."""

from saas.engine.access.tables import ANY
from saas.engine.areas import areas
from saas.engine.registry import OPERATIONS, objects


def operations_by_name() -> dict[str, tuple[str, ...]]:
    """What one can have the right to do, by the name of the object or area; objects come first."""
    of_objects = {one.name: one.operations for one in objects()}
    return of_objects | {one.name: one.operations for one in areas()}


def is_scope(scope: str) -> bool:
    """Whether an OAuth scope (`object:operation`, `*` on either side) names something that there is."""
    name, colon, operation = scope.partition(":")
    known = operations_by_name()
    operations = OPERATIONS if name == ANY else known.get(name, ())
    return bool(colon) and (operation in operations or (operation == ANY and (name == ANY or name in known)))
