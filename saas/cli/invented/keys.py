"""Records as they are invented: values by field name, other records by key, as ids are made in writing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Row = Mapping[str, Any]


class Key(NamedTuple):
    """Another record: what it is, and what it is known by there; None is no record."""

    of: str
    known_by: str | int | None
