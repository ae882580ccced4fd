"""The records that notifications are about, as whoever reads them may see them now."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from saas.engine.merges import survivors
from saas.engine.read.fetch import fetch_by_ids
from saas.engine.read.wanted import Wanted
from saas.engine.registry import object_with_code
from saas.engine.scope import Scope
from saas.engine.selection import Picked
from saas.kit import ids


def records_behind(scope: Scope, asked: Iterable[Picked], wanted: Collection[UUID]) -> dict[UUID, Any]:
    """What is asked of these records of any object, as far as they are in sight; of merged ones, of the survivors."""
    picked = list(asked)
    if not picked or not wanted:
        return {}
    found = _found(scope, picked, wanted)
    instead = survivors(scope, [each for each in wanted if each not in found])
    alive = _found(scope, picked, set(instead.values())) if instead else {}
    return found | {id_: alive[survivor] for id_, survivor in instead.items() if survivor in alive}


def _found(scope: Scope, picked: list[Picked], wanted: Collection[UUID]) -> dict[UUID, Any]:
    found: dict[UUID, Any] = {}
    for code in {ids.code_of(each) for each in wanted}:
        one = None if code is None else object_with_code(code)
        if one is None or not scope.profile.may(f"{one.name}.read"):
            continue
        what = Wanted(one)
        for each in picked:
            what.add(each.document.pick(each.nodes, only_type=one.type_name))
        found |= fetch_by_ids(scope, what, [each for each in wanted if ids.code_of(each) == code])
    return found
