"""That records got an owner, or another one: an event of every object that has owners."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from saas.engine.audit import Change
from saas.engine.events import Event
from saas.engine.field import Label


class RecordOwnerChanged(Event, name="record.owner_changed", label=Label("Owner changed", "负责人变更")):
    """A record got an owner when it was made, or another one since."""

    record_id: UUID
    owner_id: UUID


def owners_changed(changes: Sequence[Change]) -> Iterator[RecordOwnerChanged]:
    """The records of a write that have another owner than before."""
    for change in changes:
        owner = change.record.facts.owner
        if owner in change.values and (owner_id := getattr(change.record, owner)) is not None:
            yield RecordOwnerChanged(record_id=change.record.id, owner_id=owner_id)
