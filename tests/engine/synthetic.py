"""Business objects that exist in one test only: the registry and the migrations never hear of them."""

import itertools
import types
from typing import Any

import sqlalchemy as sa

from saas.engine import field
from saas.engine.field import Label
from saas.engine.record import Facts, Record
from saas.engine.registry import objects
from saas.kit.text import pascal

_numbers = itertools.count(1)


def synthetic(name: str, *, metadata: sa.MetaData | None = None, **declared: Any) -> type[Record]:
    """A new object with a name and these columns; `facts` may bring facts of its own."""
    objects()  # collected before, so that it does not count this one
    facts: dict[str, Any] = {
        "code": 0x600,
        "label": Label("Thing", "东西"),
        "plural": Label("Things", "东西"),
        "title": "name",
        "order": ("name",),
        **declared.pop("facts", {}),
    }
    namespace = {
        "__doc__": "A thing of a test.",
        "__module__": f"{__name__}{next(_numbers)}",
        "__tablename__": name,
        "metadata": metadata or sa.MetaData(),
        "facts": Facts(**facts),
        "name": field.text("Name", "名称", required=True),
        **declared,
    }
    made: type[Record] = types.new_class(pascal(name), (Record,), exec_body=lambda body: body.update(namespace))
    return made
