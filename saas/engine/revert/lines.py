"""The lines of a document as they were before an import, as an update takes them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from saas.engine.registry import ObjectType
from saas.engine.revert.since import Pair, follows, kept

Line = Mapping[str, Any]


def lines_back(line: ObjectType, pair: Pair) -> dict[str, Any]:
    """What to do to the lines, from what the audit tells of them before and after; empty: nothing but what follows.

    A line that was removed is made again, under another id.
    """
    before, after = ({each["id"]: each for each in side} for side in pair)
    parts = {
        "create": [_values(line, each) for id_, each in before.items() if id_ not in after],
        "update": [
            {"id": UUID(id_), **values}
            for id_, each in before.items()
            if id_ in after and (values := _values(line, each))
        ],
        "delete": [UUID(id_) for id_ in after if id_ not in before],
    }
    return {name: part for name, part in parts.items() if part}


def _values(line: ObjectType, told: Line) -> dict[str, Any]:
    """What can be written of a line; its currency is that of its document."""
    skipped = {"id", *follows(line), *(each.currency for each in line.money)}
    return {name: kept(line, name, value) for name, value in told.items() if name not in skipped}
