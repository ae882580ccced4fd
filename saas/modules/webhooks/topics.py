"""What may be sent: the events of every object by name, and the patterns by which an endpoint chooses among them."""

from collections.abc import Collection, Iterable
from functools import cache

from saas.engine.audit import ChangeKind
from saas.engine.feed import FeedRow
from saas.engine.registry import object_named, objects

ANY = "*"
_LIFE = ("created", "updated", "deleted", "restored", "merged", "unmerged")
# What is told by a more telling name, to who asked for that, and by this one to everybody else.
_IS_ALSO = {ChangeKind.MERGED: "deleted", ChangeKind.UNMERGED: "restored"}


@cache
def topics() -> frozenset[str]:
    """Every event that may be sent, such as `customer.created` and `opportunity.won`."""
    return frozenset(
        f"{one.name}.{verb}" for one in objects() for verb in (*_LIFE, *(each.done for each in one.actions.values()))
    )


def names_of(row: FeedRow) -> tuple[str, ...]:
    """The events that a change is, the most telling first: an action that changed something is an update too."""
    if row.kind == ChangeKind.ACTED:
        done = _done(row.object, row.action or "")
        verbs = (*([done] if done else []), *([ChangeKind.UPDATED.value] if row.fields else []))
    else:
        also = _IS_ALSO.get(ChangeKind(row.kind))
        verbs = (row.kind, *([also] if also else []))
    return tuple(f"{row.object}.{verb}" for verb in verbs)


def topic_of(row: FeedRow, patterns: Iterable[str]) -> str | None:
    """The event as which an endpoint with these patterns is told of the change; None: it asked for no such."""
    given = tuple(patterns)
    return next((name for name in names_of(row) if any(matches(each, name) for each in given)), None)


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern such as `customer.*`, `*.deleted` or `*` means the event of this name."""
    if pattern == ANY:
        return True
    return all(
        wanted in (ANY, part) for wanted, part in zip(pattern.split("."), name.split("."), strict=False)
    ) and pattern.count(".") == name.count(".")


def unknown_patterns(patterns: Collection[str]) -> list[str]:
    """Those that can mean no event."""
    return [each for each in patterns if not any(matches(each, name) for name in topics())]


def objects_meant(patterns: Collection[str]) -> set[str]:
    """The objects of which some event is meant."""
    return {name.partition(".")[0] for name in topics() if any(matches(each, name) for each in patterns)}


@cache
def _done(object_name: str, action: str) -> str | None:
    """The verb of the event of an action, `won` of `win`; None where this release has no such action any more."""
    found = [each.done for each in object_named(object_name).actions.values() if each.verb == action]
    return found[0] if found else None
