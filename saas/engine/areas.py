"""Areas: what roles are granted rights to although it is no business object, such as the people who sign in.

An area is one declaration, `IDENTITY = area("identity", …)`; from then on roles can be granted `identity.read`, viewers
are told of it, `scope.need("identity.read")` asks for it, and docs/reference/permissions.md lists it.
"""

import re
from dataclasses import dataclass

from saas.engine.field import Label
from saas.kit.errors import BadConfig

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Area:
    """A name for rights, with what one can be allowed to do there; it has no records, so a right reaches all of it."""

    name: str
    label: Label
    operations: tuple[str, ...]
    description: str


_areas: dict[str, Area] = {}


def area(name: str, label: Label, operations: tuple[str, ...], description: str) -> Area:
    """Declare an area; BadConfig where the name is taken or no word of the API."""
    if not all(_NAME.fullmatch(word) for word in (name, *operations)) or not operations:
        raise BadConfig(f"Area {name!r}: names are small letters, and it has operations.", remedy="Rename it.")
    if name in _areas:
        raise BadConfig(f"Area {name!r} is declared twice.", remedy="Rename one of the two.")
    _areas[name] = Area(name, label, operations, description)
    return _areas[name]


def areas() -> tuple[Area, ...]:
    """Every area, by name."""
    return tuple(_areas[name] for name in sorted(_areas))


def is_area(name: str) -> bool:
    """Whether this is the name of an area."""
    return name in _areas
