"""What waits to be sent to an endpoint, in its order: the next messages, and what became of those that were tried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from uuid import UUID, uuid5

import sqlalchemy as sa

from saas.engine.scope import Scope
from saas.kit import ids
from saas.kit.wire import as_json
from saas.modules.webhooks.endpoints import Endpoint
from saas.modules.webhooks.outcomes import Tried
from saas.modules.webhooks.payloads import Content, Due, batch_envelope, contents, envelope, message_id
from saas.modules.webhooks.sending import Message, Origin
from saas.modules.webhooks.tables import DeliveryState, SkipReason, attempt, delivery
from saas.modules.webhooks.topics import matches

_LOOKED_AT = 200  # deliveries at a time; more than a batch may hold
_IN_A_ROUND = 20  # messages
_LONGEST_ERROR = 500
_columns = delivery.c
_WAITS = _columns.state == DeliveryState.WAITING.value


def next_messages(scope: Scope, own: Scope, row: Endpoint) -> list[Message]:
    """The next to be sent to the endpoint of this row, as `own`, in whose name it is, sees things now.

    What says nothing to them is skipped on the way; none: nothing waits.
    """
    while groups := _groups(_waiting(scope, row.id), row.batch_size):
        taken = groups[:_IN_A_ROUND]
        meant = [each for group in taken for each in group if _is_meant(row, each)]
        said = contents(own, row.document, meant)
        _skip(scope, [each.id for group in taken for each in group if each not in meant], SkipReason.FILTERED)
        for reason in SkipReason:
            _skip(scope, [id_ for id_, what in said.items() if what is reason], reason)
        made = [_message(scope, row, group, said) for group in taken]
        if messages := [each for each in made if each is not None]:
            return messages
    return []


def note_tried(scope: Scope, endpoint_id: UUID, tried: Sequence[Tried]) -> None:
    """Keep each try in the log, and that what went well is delivered."""
    if not tried:
        return
    rows = [
        {
            "id": ids.new_id(ids.WEBHOOK_ATTEMPT),
            "endpoint_id": endpoint_id,
            "delivery_ids": list(each.delivery_ids),
            "at": each.at,
            "status": each.status,
            "ms": each.ms,
            "answer": each.answer or None,
            "error": each.error[:_LONGEST_ERROR] or None,
        }
        for each in tried
    ]
    scope.session.execute(sa.insert(attempt), rows)
    good = [id_ for each in tried if each.is_good for id_ in each.delivery_ids]
    values: dict[str, object] = {"attempts": _columns.attempts + 1, "last_error": None, "ended_at": scope.now}
    _set(scope, good, **values, state=DeliveryState.DELIVERED.value)


def note_failed(scope: Scope, failed: Tried) -> int | None:
    """Count a try that failed; how many there were of this message, None where none of it waits any more."""
    values: dict[str, object] = {"attempts": _columns.attempts + 1, "last_error": failed.told[:_LONGEST_ERROR]}
    _set(scope, failed.delivery_ids, **values)
    most = sa.select(sa.func.max(_columns.attempts)).where(_columns.id.in_(failed.delivery_ids), _WAITS)
    return scope.session.execute(most).scalar_one_or_none()


def give_up(scope: Scope, failed: Tried) -> None:
    """After the last try: it is failed, and what waits behind it goes."""
    _set(scope, failed.delivery_ids, state=DeliveryState.FAILED.value, ended_at=scope.now)


def is_waiting(scope: Scope, endpoint_id: UUID) -> bool:
    """Whether there is something to send to it."""
    some = sa.select(sa.literal(1)).where(_columns.endpoint_id == endpoint_id, _WAITS).limit(1)
    return scope.session.execute(some).first() is not None


def _waiting(scope: Scope, endpoint_id: UUID) -> Sequence[Due]:
    columns = [_columns[each.name] for each in fields(Due)]
    listed = sa.select(*columns).where(_columns.endpoint_id == endpoint_id, _WAITS).order_by(_columns.number)
    found = [Due(**row) for row in scope.session.execute(listed.limit(_LOOKED_AT)).mappings()]
    batches = {each.batch_id for each in found if each.batch_id is not None}
    if len(found) == _LOOKED_AT and batches:  # what went together may lie far apart
        more = listed.where(_columns.batch_id.in_(batches), _columns.id.not_in([each.id for each in found]))
        found += [Due(**row) for row in scope.session.execute(more).mappings()]
    return found


def _groups(rows: Sequence[Due], size: int) -> list[list[Due]]:
    """Which go together: those that went so before, and otherwise as many as a batch holds.

    Each group stands where its first member does, also where one that is sent once more has come in between.
    """
    found: list[list[Due]] = []
    batches: dict[UUID, list[Due]] = {}
    filling: list[Due] = []  # what went nowhere yet
    for each in rows:
        if each.batch_id in batches:
            batches[each.batch_id].append(each)
        elif each.batch_id is not None:
            batches[each.batch_id] = [each]
            found.append(batches[each.batch_id])
            filling = []
        elif filling and len(filling) < size:
            filling.append(each)
        else:
            filling = [each]
            found.append(filling)
    return found


def _message(
    scope: Scope, row: Endpoint, group: Sequence[Due], said: Mapping[UUID, Content | SkipReason]
) -> Message | None:
    """The message of a group, without what is skipped; None where nothing is left."""
    what = {each.id: content for each in group if isinstance(content := said.get(each.id), dict)}
    there = [each for each in group if each.id in what]
    if not there:
        return None
    batch = group[0].batch_id
    if row.batch_size == 1 and batch is None:
        (each,) = there
        body = envelope(each.event, each.at, what[each.id])
        return Message(message_id(each.id), as_json(body), (each.id,), _requests(there), _origin(there))
    if batch is None:
        batch = uuid5(row.id, " ".join(str(each.id) for each in there))
        _set(scope, [each.id for each in there], batch_id=batch)
    bodies = [envelope(each.event, each.at, what[each.id], id=message_id(each.id)) for each in there]
    members = tuple(each.id for each in there)
    return Message(message_id(batch), as_json(batch_envelope(bodies)), members, _requests(there), _origin(there))


def _requests(rows: Sequence[Due]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.request_id for row in rows if row.request_id))


def _origin(rows: Sequence[Due]) -> Origin | None:
    """The trace in which all of them were changed; None: they were changed in several, or in none."""
    traces = {row.traceparent for row in rows}
    told = traces.pop() if len(traces) == 1 else None
    return None if told is None else Origin(told, rows[0].at)


def _is_meant(row: Endpoint, each: Due) -> bool:
    """Whether the endpoint asks for such an event still."""
    return any(matches(pattern, each.event) for pattern in row.events)


def _skip(scope: Scope, delivery_ids: Sequence[UUID], reason: SkipReason) -> None:
    _set(scope, delivery_ids, state=DeliveryState.SKIPPED.value, reason=reason.value, ended_at=scope.now)


def _set(scope: Scope, delivery_ids: Iterable[UUID], **values: object) -> None:
    """Of those that wait still: somebody may have skipped one meanwhile."""
    wanted = list(delivery_ids)
    if wanted:
        scope.session.execute(sa.update(delivery).where(_columns.id.in_(wanted), _WAITS).values(values))
