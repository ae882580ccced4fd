"""Reactions: functions that are called when something happens, in its transaction, or by a job of their own later."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from saas.engine.event_types import Event, RecordEvent
from saas.engine.job_declaring import place_of
from saas.engine.jobs import Job
from saas.engine.record import Record
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig

ReactionFunction = Callable[[Scope, Sequence[Any]], None]
Happening = RecordEvent | type[Event]


@dataclass(frozen=True, slots=True)
class Reaction:
    """Who reacts: a function, and where it reacts later the job that calls it, with so many records at a time."""

    function: ReactionFunction
    job: Job[Any] | None = None
    batch: int = 0

    def to_records(self, scope: Scope, event: RecordEvent, records: Sequence[Record]) -> None:
        """Call it with all of them, or write the jobs that will."""
        if self.job is None:
            self.function(scope, records)
            return
        ids = [record.id for record in records]
        for start in range(0, len(ids), self.batch):
            scope.later(self.job, event=event.name, record_ids=tuple(ids[start : start + self.batch]))

    def to_events(self, scope: Scope, events: Sequence[Event]) -> None:
        """Likewise with events of one's own, each of which is a job."""
        if self.job is None:
            self.function(scope, events)
            return
        for event in events:
            scope.later(self.job, **{fact: getattr(event, fact) for fact in event.facts})


def check_reaction(function: ReactionFunction, events: Sequence[Any]) -> None:
    """BadConfig where the function cannot be called with what happens."""
    for wrong in _wrong(function, events):
        raise BadConfig(
            f"Reaction {place_of(function)}: {wrong}.",
            remedy="Such as `@on(created(Customer)) def customer_greet(scope: Scope, customers: Sequence[Customer])`.",
        )


def _wrong(function: ReactionFunction, events: Sequence[Any]) -> Iterator[str]:
    if not events:
        yield "it reacts to nothing"
    for event in events:
        if not isinstance(event, RecordEvent | type) or (isinstance(event, type) and not issubclass(event, Event)):
            yield f"{event!r} is no event"
    parameters = list(inspect.signature(function).parameters.values())
    if len(parameters) != 2 or any(each.kind is not each.POSITIONAL_OR_KEYWORD for each in parameters):
        yield "it takes the scope and what happened"
        return
    taken = get_args(get_type_hints(function).get(parameters[1].name))
    for event in events:
        what = event.record if isinstance(event, RecordEvent) else event
        if taken and not any(issubclass(what, one) for one in _classes(taken[0])):
            yield f"it does not take a {what.__name__}"


def _classes(hint: Any) -> Iterable[type]:
    among = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return (one if isinstance(one, type) and one is not Any else object for one in among)
