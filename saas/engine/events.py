"""Events and reactions: how a lower module lets higher ones act on what happened, in the same transaction.

A reaction gets all records of one write at once, so that a batch costs as many statements as a single record.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from saas.engine.actions import action_of
from saas.engine.record import Record
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig

Reaction = Callable[[Scope, Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to records of one object: `customer.created`."""

    record: type[Record]
    verb: str
    field: str = ""

    @property
    def name(self) -> str:
        return ".".join(word for word in (self.record.__tablename__, self.field, self.verb) if word)


def created(record: type[Record]) -> Event:
    return Event(record, "created")


def updated(record: type[Record]) -> Event:
    return Event(record, "updated")


def changed(record: type[Record], field: str) -> Event:
    """That this field was changed by an update."""
    if field not in record.fields:
        raise BadConfig(f"{record.__name__} has no field {field!r}.", remedy="Name one of its fields.")
    return Event(record, "changed", field)


def deleted(record: type[Record]) -> Event:
    return Event(record, "deleted")


def restored(record: type[Record]) -> Event:
    return Event(record, "restored")


def acted(function: Callable[..., None]) -> Event:
    """That this action was done: `@on(acted(opportunity_win))`. One that changed fields is `updated` before."""
    done = action_of(function)
    return Event(done.record, done.done)


_reactions: dict[Event, list[Reaction]] = defaultdict(list)


def on(*events: Event) -> Callable[[Reaction], Reaction]:
    """Declare a reaction: a function of the scope and the records concerned."""

    def declare(reaction: Reaction) -> Reaction:
        for event in events:
            _reactions[event].append(reaction)
        return reaction

    return declare


def reactions_to(event: Event) -> tuple[Reaction, ...]:
    return tuple(_reactions.get(event, ()))


def emit(scope: Scope, event: Event, records: Sequence[Record]) -> None:
    """Run the reactions, in the order of their declaration (lower modules first)."""
    if records:
        for reaction in reactions_to(event):
            reaction(scope, records)
