"""People are told of records that came to them by somebody else's hand."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from saas.engine.events import on
from saas.engine.field import Label
from saas.engine.notifications import NotificationKind, To, notification_kind, notify_each
from saas.engine.owners import RecordOwnerChanged
from saas.engine.registry import object_with_code
from saas.engine.scope import Scope
from saas.kit import ids
from saas.modules.organisation.sharing import RecordShared

RECORD_SHARED = notification_kind(
    "record_shared",
    Label("A record was shared with you", "记录共享给你"),
    text=Label("This {object} was shared with you.", "该{object}已共享给你。"),
    many=Label("{count} {objects} were shared with you.", "{count}个{object}已共享给你。"),
    to=Label(
        "The person with whom it is shared; not everybody of a department or role.",
        "被共享的本人；不通知部门或角色的全部成员。",
    ),
)
RECORD_OWNED = notification_kind(
    "record_owned",
    Label("You became the owner of a record", "你成为负责人"),
    text=Label("You are the owner of this {object} now.", "你现在是该{object}的负责人。"),
    many=Label("You are the owner of {count} more {objects} now.", "你新负责{count}个{object}。"),
    to=Label("The new owner, where somebody else did it.", "新的负责人（由他人变更时）。"),
)


@on(RecordShared)
def share_is_told(scope: Scope, events: Sequence[RecordShared]) -> None:
    """The person with whom a record is shared learns of it."""
    _tell(scope, RECORD_SHARED, [(event.holder_id, event.record_id) for event in events])


@on(RecordOwnerChanged)
def owner_is_told(scope: Scope, events: Sequence[RecordOwnerChanged]) -> None:
    """Who becomes the owner of records by somebody else's hand learns of it, once for each object."""
    _tell(scope, RECORD_OWNED, [(event.owner_id, event.record_id) for event in events])


def _tell(scope: Scope, kind: NotificationKind, given: Sequence[tuple[UUID, UUID]]) -> None:
    """One notification a person and object, with the first of the records; one statement for all."""
    others = [(person, record_id) for person, record_id in given if person != scope.actor_id]
    told = []
    for _, of_object in groupby(sorted(others, key=_person_and_object), _person_and_object):
        (person, record_id), *rest = of_object
        one = object_with_code(ids.code_of(record_id) or 0)
        about = None if one is None else scope.session.get(one.record, record_id)
        if about is not None:
            told.append(To(person, about, 1 + len(rest)))
    notify_each(scope, kind, told)


def _person_and_object(given: tuple[UUID, UUID]) -> tuple[UUID, int]:
    person, record_id = given
    return person, ids.code_of(record_id) or 0
