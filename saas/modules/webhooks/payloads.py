"""The bodies of messages: made anew for each try, from the record as it is and the rights as they are by then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from saas.engine.changes.told import Told
from saas.engine.live.changes import Happened
from saas.engine.scope import Scope
from saas.kit.wire import moment_text
from saas.modules.webhooks.seen import seen
from saas.modules.webhooks.tables import SkipReason
from saas.modules.webhooks.telling import teller

BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Due:
    """A change that is to be told: its message's id, the event's name, where the audit has it, and who asked for it.

    batch_id  the batch in which it was tried before
    """

    id: UUID
    event: str
    object: str
    audit_id: UUID
    at: datetime
    batch_id: UUID | None
    request_id: str | None


Content = dict[str, object]  # `data`, and perhaps `errors`


def contents(scope: Scope, document: str | None, due: Sequence[Due]) -> Mapping[UUID, Content | SkipReason]:
    """What each of them says to the one in whose name `scope` is, or why it says nothing."""
    told = seen(scope, [(each.object, each.audit_id) for each in due])
    found: dict[UUID, Content | SkipReason] = {}
    for name in dict.fromkeys(each.object for each in due):
        of_it = [each for each in due if each.object == name]
        there = [each for each in of_it if each.audit_id in told]
        found |= {each.id: SkipReason.OUT_OF_SIGHT for each in of_it}
        said = content(scope, document, name, [told[each.audit_id] for each in there])
        found |= {each.id: what or SkipReason.FILTERED for each, what in zip(there, said, strict=True)}
    return found


def content(scope: Scope, document: str | None, name: str, happened: Sequence[Happened]) -> Sequence[Content | None]:
    """What is said of these changes of one object; None where the document's filter leaves one out.

    Without a document, or of an object that it does not name: which record it was, and which fields were changed.
    """
    if not happened:
        return []
    said = None if document is None else teller().tell(scope, document, name, happened)
    return said if said is not None else [{"data": _plainly(name, each)} for each in happened]


def envelope(event: str, at: datetime, said: Content, **more: str) -> dict[str, object]:
    """One message, as it is sent or as it lies in a batch."""
    return {**more, "type": event, "timestamp": moment_text(at), **said}


def batch_envelope(messages: Sequence[dict[str, object]]) -> dict[str, object]:
    """Several of them as one, with the moment of the last."""
    return {"type": BATCH, "timestamp": messages[-1]["timestamp"], "data": list(messages)}


def message_id(id_: UUID) -> str:
    """How the message with this id, or the batch, calls itself: the same at each try."""
    return f"msg_{id_.hex}"


def _plainly(name: str, each: Happened) -> dict[str, object]:
    fields = sorted(each.fields) if each.kind is not Told.DELETED else []
    return {
        "object": name,
        "id": str(each.id),
        "version": each.version,
        "kind": each.kind.value,
        "changedFields": fields,
    }
