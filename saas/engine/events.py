"""Events and reactions: how a lower module lets higher ones act on what happened, in the same transaction or later.

A reaction gets all records of one write at once, so that a batch costs as many statements as a single record.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from saas.engine.event_types import (
    Event,
    RecordEvent,
    acted,
    changed,
    created,
    declared_events,
    deleted,
    restored,
    updated,
)
from saas.engine.field import Label
from saas.engine.job_declaring import place_of
from saas.engine.reactions import Happening, Reaction, ReactionFunction, check_reaction
from saas.engine.reactions_later import reaction_later
from saas.engine.record import Record
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig

_reactions: dict[Happening, list[Reaction]] = defaultdict(list)


def on(
    *events: Happening,
    later: bool = False,
    queue: str | None = None,
    attempts: int | None = None,
    batch: int | None = None,
    label: Label | None = None,
) -> Callable[[ReactionFunction], ReactionFunction]:
    """Declare a reaction: a function of the scope and of the records, or events, concerned.

    With `later` it becomes a job, `batch` records at a time, written in the same transaction and done as the same
    actor; it is called `<object>_<verb>` as every job. BadConfig for what is declared wrongly.
    """

    def declare(function: ReactionFunction) -> ReactionFunction:
        check_reaction(function, events)
        wished = {"queue": queue, "attempts": attempts, "batch": batch, "label": label}
        if later:
            reaction = reaction_later(function, events, queue=queue, attempts=attempts, batch=batch, label=label)
        elif without := [name for name, value in wished.items() if value is not None]:
            raise BadConfig(
                f"Reaction {place_of(function)}: {', '.join(without)} is for later ones.", remedy="Say later=True."
            )
        else:
            reaction = Reaction(function)
        for event in events:
            _reactions[event].append(reaction)
        return function

    return declare


def reactions_to(event: Happening) -> tuple[Reaction, ...]:
    return tuple(_reactions.get(event, ()))


def react(scope: Scope, event: RecordEvent, records: Sequence[Record]) -> None:
    """Run the reactions, in the order of their declaration (lower modules first); later ones become jobs."""
    if records:
        for reaction in reactions_to(event):
            reaction.to_records(scope, event, records)


def emit(scope: Scope, *events: Event) -> None:
    """Tell of events of one's own: who reacts does so now, or by a job that is written now."""
    by_kind: dict[type[Event], list[Event]] = {}
    for event in events:
        by_kind.setdefault(type(event), []).append(event)
    for kind, of_kind in by_kind.items():
        for reaction in reactions_to(kind):
            reaction.to_events(scope, of_kind)


__all__ = [
    "Event",
    "RecordEvent",
    "acted",
    "changed",
    "created",
    "declared_events",
    "deleted",
    "emit",
    "on",
    "react",
    "reactions_to",
    "restored",
    "updated",
]
