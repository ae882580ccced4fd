"""The job of a reaction that comes later: it is written with the change, finds the records again, and calls it.

What it is given are ids. Records that are gone by then, or were merged into others, are left out; where none is left,
nothing is called. Who reacts to a deletion gets those that are still deleted.
"""

import inspect
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.event_types import Event, RecordEvent
from saas.engine.field import Label
from saas.engine.job_declaring import place_of
from saas.engine.jobs import Job, job
from saas.engine.reactions import Happening, Reaction, ReactionFunction
from saas.engine.record import Record
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig

MOST = 500  # records of one job
BATCH = 100


def reaction_later(
    function: ReactionFunction,
    events: Sequence[Happening],
    *,
    queue: str | None,
    attempts: int | None,
    batch: int | None,
    label: Label | None,
) -> Reaction:
    """The reaction with its job; BadConfig where that cannot be one."""
    size = BATCH if batch is None else batch
    if not 1 <= size <= MOST:
        raise BadConfig(f"Reaction {place_of(function)}: batch={size}.", remedy=f"Take 1 to {MOST} records a job.")
    of_records = {event.name: event for event in events if isinstance(event, RecordEvent)}
    own = [event for event in events if not isinstance(event, RecordEvent)]
    if len(own) > 1 or (own and of_records):
        raise BadConfig(
            f"Reaction {place_of(function)}: later it reacts to events of records, or to one of another kind.",
            remedy="Write a function for each.",
        )
    run = _of_event(function, own[0]) if own else _of_records(function, of_records)
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(run, name, getattr(function, name))
    wished: dict[str, Any] = {"queue": queue, "attempts": attempts, "label": label}
    declared: Job[Any] = job(**{name: value for name, value in wished.items() if value is not None})(run)
    return Reaction(function, declared, size)


def _of_records(function: ReactionFunction, events: dict[str, RecordEvent]) -> Any:
    def run(scope: Scope, event: str, record_ids: tuple[UUID, ...]) -> None:
        happened = events.get(event)  # None: this release reacts to it no longer
        found = _still_there(scope, happened, record_ids) if happened else []
        if found:
            function(scope, found)

    return run


def _of_event(function: ReactionFunction, event: type[Event]) -> Any:
    def run(scope: Scope, **facts: Any) -> None:
        function(scope, [event(**facts)])

    first = inspect.Parameter("scope", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    others = [inspect.Parameter(fact, inspect.Parameter.KEYWORD_ONLY) for fact in event.facts]
    run.__signature__ = inspect.Signature([first, *others])  # type: ignore[attr-defined]  # as inspect reads it
    run.__annotations__ = {"scope": Scope, **event.facts}
    return run


def _still_there(scope: Scope, event: RecordEvent, ids: tuple[UUID, ...]) -> list[Record]:
    """The records in the order in which they were written, as they are now."""
    record = event.record
    deleted_at = record.__table__.c.deleted_at
    there = deleted_at.is_not(None) if event.is_of_the_trash else deleted_at.is_(None)
    rows = scope.session.scalars(sa.select(record).where(record.id.in_(ids), there))
    found = {row.id: row for row in rows}
    return [found[id_] for id_ in ids if id_ in found]
