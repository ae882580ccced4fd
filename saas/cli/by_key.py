"""Records of a tenant by what they are known by there: codes, names."""

from collections.abc import Iterable
from uuid import UUID

from saas.engine.read.keys import compared, records_by
from saas.engine.registry import object_named
from saas.engine.scope import Scope


def ids_by(scope: Scope, name: str, field: str, values: Iterable[str]) -> dict[str, UUID]:
    """The living records of the object with these values in a field that is unique, by value; none for the rest."""
    one = object_named(name)
    keys = {value: (compared(one.fields[field], value),) for value in values}
    found = records_by(scope, one, [one.fields[field]], keys.values())
    return {value: found[key][0] for value, key in keys.items() if key in found}
