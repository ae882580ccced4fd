"""How special permissions are written and read in the API."""

from collections.abc import Mapping

import strawberry

from saas.engine.access.specials import Value
from saas.schema.scalars import SpecialValue


@strawberry.input(description="That something is permitted specially.")
class SpecialInput:
    key: str = strawberry.field(description="Which special permission, such as customer.limit.")
    value: SpecialValue = strawberry.field(description="How far.")


@strawberry.type(name="Special", description="That something is permitted specially.")
class SpecialTold:
    key: str = strawberry.field(description="Which special permission, such as customer.limit.")
    value: SpecialValue = strawberry.field(description="How far.")


def specials_told(specials: Mapping[str, Value]) -> list[SpecialTold]:
    return [SpecialTold(key=key, value=SpecialValue(specials[key])) for key in sorted(specials)]
