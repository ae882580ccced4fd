"""Sharing in the API: with whom a record is shared, and who takes part in it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.modules.organisation.sharing import (
    participant_added,
    participant_removed,
    participants_in_sight,
    record_shared,
    record_unshared,
    shares_in_sight,
)
from saas.schema.access_enums import ShareAccess
from saas.schema.handmade import Problem, told
from saas.schema.operation import Operation, Refused

RecordId = Annotated[strawberry.ID, strawberry.argument(description="Which record, of any object with a scope.")]
HolderId = Annotated[
    strawberry.ID, strawberry.argument(description="A person, a role, or a department with all below it.")
]
PersonId = Annotated[strawberry.ID, strawberry.argument(description="Which employee.")]
Wanted = Annotated[ShareAccess, strawberry.argument(description="What for.")]
Until = Annotated[date | None, strawberry.argument(description="The last day of it; absent: for good.")]


@strawberry.type(description="What became of it.")
class SharingPayload:
    id: strawberry.ID | None = strawberry.field(description="The record; null if and only if nothing was written.")
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


@strawberry.type(description="That a record is shared.")
class RecordShare:
    holder_id: strawberry.ID = strawberry.field(description="The person, department or role it is shared with.")
    access: ShareAccess = strawberry.field(description="What for.")
    until: date | None = strawberry.field(description="The last day of it; null: for good.")


@strawberry.type(description="That somebody takes part in a record.")
class RecordParticipant:
    person_id: strawberry.ID = strawberry.field(description="The employee.")
    since: datetime = strawberry.field(description="Since when.")


def done(info: Info, work: Callable[[Operation], list[Outcome]]) -> tuple[strawberry.ID | None, list[Problem]]:
    """Id and problems of one root field, which counts for the whole mutation as every other."""
    operation: Operation = info.context

    def attempt() -> list[Outcome]:
        outcomes = work(operation)
        problems = [problem for outcome in outcomes for problem in outcome.problems]
        if problems:
            raise Refused(problems)
        return outcomes

    try:
        (outcome,) = operation.attempt(str(info.path.key), attempt)
    except Refused as refused:
        return None, [told(problem) for problem in refused.problems]
    return strawberry.ID(str(outcome.id)), []


def _payload(info: Info, work: Callable[[Operation], list[Outcome]]) -> SharingPayload:
    id_, problems = done(info, work)
    return SharingPayload(id=id_, problems=problems)


def _share(
    info: Info, id: RecordId, with_id: HolderId, access: Wanted = ShareAccess.READ, until: Until = None
) -> SharingPayload | None:
    return _payload(info, lambda on: record_shared(on.scope, ids.parse_id(id), ids.parse_id(with_id), access, until))


def _unshare(info: Info, id: RecordId, with_id: HolderId) -> SharingPayload | None:
    return _payload(info, lambda on: record_unshared(on.scope, ids.parse_id(id), ids.parse_id(with_id)))


def _add(info: Info, id: RecordId, person_id: PersonId) -> SharingPayload | None:
    return _payload(info, lambda on: participant_added(on.scope, ids.parse_id(id), ids.parse_id(person_id)))


def _remove(info: Info, id: RecordId, person_id: PersonId) -> SharingPayload | None:
    return _payload(info, lambda on: participant_removed(on.scope, ids.parse_id(id), ids.parse_id(person_id)))


def _shares(info: Info, id: RecordId) -> list[RecordShare] | None:
    found = shares_in_sight(info.context.scope, ids.parse_id(id))
    return [
        RecordShare(holder_id=strawberry.ID(str(holder)), access=access, until=until)
        for holder, (access, until) in sorted(found.items())
    ]


def _participants(info: Info, id: RecordId) -> list[RecordParticipant] | None:
    found = participants_in_sight(info.context.scope, ids.parse_id(id))
    return [
        RecordParticipant(person_id=strawberry.ID(str(person)), since=since) for person, since in sorted(found.items())
    ]


@strawberry.type(description="Looking at shares.")
class SharingQuery:
    record_shares: list[RecordShare] | None = strawberry.field(
        resolver=_shares, description="With whom the record is shared; for who may share it."
    )
    record_participants: list[RecordParticipant] | None = strawberry.field(
        resolver=_participants, description="Who takes part in the record; for who may share it."
    )


@strawberry.type(description="Sharing.")
class SharingMutation:
    record_share: SharingPayload | None = strawberry.mutation(
        resolver=_share, description="Share a record; shared already, it is now shared so."
    )
    record_unshare: SharingPayload | None = strawberry.mutation(
        resolver=_unshare, description="Share a record no longer."
    )
    record_add_participant: SharingPayload | None = strawberry.mutation(
        resolver=_add, description="Let somebody take part in a record, that is see it."
    )
    record_remove_participant: SharingPayload | None = strawberry.mutation(
        resolver=_remove, description="End that somebody takes part in a record."
    )
