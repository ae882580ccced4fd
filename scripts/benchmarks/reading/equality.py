"""Both must answer the same: compared with sorted keys, and the first difference is told."""

from collections.abc import Sequence
from typing import Any

from scripts.benchmarks.reading.client import ask
from scripts.benchmarks.reading.duel import Side

_COMPARED = 8  # sets of variables


def require_equal(ours: Side, floor: Side) -> None:
    """Raise where the two answer differently to one of several requests that are spread over all."""
    step = max(1, len(ours.requests) // _COMPARED)
    for number in range(0, len(ours.requests), step):
        mine, theirs = (ask(side.server.port, side.requests[number]) for side in (ours, floor))
        if "errors" in mine:
            raise RuntimeError(f"Request {number} was answered with {mine['errors']}")
        found = _difference(mine["data"], theirs["data"], "data")
        if found:
            raise RuntimeError(f"Request {number}, ours against the floor: {found}")


def _difference(mine: Any, theirs: Any, path: str) -> str:
    """Where the two differ first, empty where they do not; the order of keys makes no difference."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        if mine.keys() != theirs.keys():
            return f"{path} has {sorted(mine)} against {sorted(theirs)}"
        return _first([(mine[key], theirs[key], f"{path}.{key}") for key in sorted(mine)])
    if isinstance(mine, list) and isinstance(theirs, list):
        if len(mine) != len(theirs):
            return f"{path} has {len(mine)} elements against {len(theirs)}"
        return _first([(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(mine, theirs, strict=True))])
    return "" if type(mine) is type(theirs) and mine == theirs else f"{path} is {mine!r} against {theirs!r}"


def _first(pairs: Sequence[tuple[Any, Any, str]]) -> str:
    return next(filter(None, (_difference(*pair) for pair in pairs)), "")
