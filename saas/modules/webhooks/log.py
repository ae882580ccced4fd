"""The log of what was sent: searched by administrators, sent once more, or left out."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from saas.engine.problem import not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit.errors import BadInput
from saas.modules.webhooks.endpoints import MANAGE, READ, Endpoint, endpoint_locked, endpoint_set
from saas.modules.webhooks.identities import need_name
from saas.modules.webhooks.payloads import message_id
from saas.modules.webhooks.tables import DeliveryState, EndpointState, SkipReason, attempt, delivery
from saas.modules.webhooks.waking import wake

MOST_AT_ONCE = 1_000
_SHOWN_ATTEMPTS = 20  # of a delivery, the latest
_LONGEST_TEXT = 100
_columns = delivery.c


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try of a message."""

    id: UUID
    at: datetime
    status: int | None
    ms: int
    answer: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A change that was, is or will be told to an endpoint."""

    id: UUID
    number: int
    message_id: str
    event: str
    object: str
    record_id: UUID
    at: datetime
    request_id: str | None
    state: DeliveryState
    reason: SkipReason | None
    attempts: int
    last_error: str | None
    ended_at: datetime | None
    tries: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which deliveries are looked for; `since` and `until` are moments of the change."""

    states: Sequence[str] | None = None
    event: str | None = None
    record_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


def deliveries(scope: Scope, endpoint_id: UUID, sought: Sought, first: int, after: int | None) -> list[Delivery]:
    """Those of an endpoint, the latest first, behind the number `after`. Forbidden without webhook.read."""
    scope.need(READ)
    listed = sa.select(delivery).where(_columns.endpoint_id == endpoint_id, *_conditions(endpoint_id, sought))
    if after is not None:
        listed = listed.where(_columns.number < after)
    rows = scope.session.execute(listed.order_by(_columns.number.desc()).limit(first)).mappings().all()
    tries = _tries(scope, [row["id"] for row in rows])
    return [_told(row, tries.get(row["id"], ())) for row in rows]


def webhook_redeliver(
    scope: Scope, endpoint_id: UUID, ids: Collection[UUID] | None, since: datetime | None
) -> tuple[list[Outcome], int]:
    """Send these once more, or all that failed since a moment, with the ids that they have; and how many there are.

    They go before whatever came later. Needs the right to have things sent in its name too.
    """
    scope.need(MANAGE)
    if (ids is None) is (since is None):
        raise BadInput("Name deliveries, or a moment since which all that failed are meant.", path=("deliveryIds",))
    row = endpoint_locked(scope, endpoint_id)
    if row is None:
        return [Outcome(problems=[not_found("There is no such webhook.", "id")])], 0
    need_name(scope, row.actor_id, row.scopes)
    which = _columns.created_at >= since if ids is None else _columns.id.in_(_limited(ids))
    failed = _columns.state == DeliveryState.FAILED.value if ids is None else sa.true()
    mine = (_columns.endpoint_id == endpoint_id, which, failed, _columns.state != DeliveryState.WAITING.value)
    anew = {"state": DeliveryState.WAITING.value, "reason": None, "attempts": 0, "batch_id": None, "ended_at": None}
    changed = sa.update(delivery).where(*mine).values(**anew).returning(_columns.id)
    count = len(scope.session.execute(changed).all())
    return _acted(scope, row, "webhook.redeliver", count)


def webhook_deliveries_skip(scope: Scope, endpoint_id: UUID, ids: Collection[UUID]) -> tuple[list[Outcome], int]:
    """Leave these out, as far as they wait still; and how many there are. Forbidden without webhook.manage."""
    scope.need(MANAGE)
    row = endpoint_locked(scope, endpoint_id)
    if row is None:
        return [Outcome(problems=[not_found("There is no such webhook.", "id")])], 0
    mine = (_columns.endpoint_id == endpoint_id, _columns.id.in_(_limited(ids)))
    left = {"state": DeliveryState.SKIPPED.value, "reason": SkipReason.BY_HAND.value, "ended_at": scope.now}
    waiting = _columns.state == DeliveryState.WAITING.value
    changed = sa.update(delivery).where(*mine, waiting).values(**left).returning(_columns.id)
    count = len(scope.session.execute(changed).all())
    return _acted(scope, row, "webhook.deliveries_skip", count)


def _acted(scope: Scope, row: Endpoint, verb: str, count: int) -> tuple[list[Outcome], int]:
    """Go on at once, and write it down."""
    if count == 0:
        return [Outcome(problems=[not_found("There is no such delivery of this webhook.", "deliveryIds")])], 0
    if row.state == EndpointState.ACTIVE:
        endpoint_set(scope, row.id, next_at=None)
        wake(scope, row.id)
    scope.act(verb, str(row.id), name=row.name, deliveries=count)
    return [Outcome(id=row.id, changed=True)], count


def _limited(ids: Collection[UUID]) -> list[UUID]:
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise BadInput(f"1 to {MOST_AT_ONCE} deliveries at a time.", path=("deliveryIds",))
    return list(ids)


def _conditions(endpoint_id: UUID, sought: Sought) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if sought.states is not None:
        found.append(_columns.state.in_(list(sought.states)))
    if sought.event is not None:
        found.append(_columns.event == sought.event)
    if sought.record_id is not None:
        found.append(_columns.record_id == sought.record_id)
    if sought.since is not None:
        found.append(_columns.at >= sought.since)
    if sought.until is not None:
        found.append(_columns.at <= sought.until)
    if sought.text:
        found.append(_has(endpoint_id, sought.text))
    return found


def _has(endpoint_id: UUID, text: str) -> sa.ColumnElement[bool]:
    """Whether it is in the name of the event, the id of the message, the last error, or what came back at some try."""
    if len(text) > _LONGEST_TEXT or "\x00" in text:
        raise BadInput(f"A text to look for has up to {_LONGEST_TEXT} characters.", path=("filter", "text"))
    of_it = attempt.c.delivery_ids.contains(sa.func.array_append(sa.cast([], attempt.c.delivery_ids.type), _columns.id))
    answered = sa.or_(_in(attempt.c.answer, text), _in(attempt.c.error, text))
    tried = sa.exists().where(attempt.c.endpoint_id == endpoint_id, of_it, answered)
    id_ = sa.func.replace(sa.cast(_columns.id, sa.Text()), "-", "")
    own = [_in(column, text) for column in (_columns.event, _columns.last_error)]
    return sa.or_(*own, _in(id_, text.removeprefix("msg_").replace("-", "")), tried)


def _in(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    return column.icontains(text, autoescape=True)


def _tries(scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Attempt]]:
    """The latest tries of each, the last one first."""
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    if not ids:
        return found
    of_them = sa.select(attempt).where(attempt.c.delivery_ids.overlap(list(ids))).order_by(attempt.c.id.desc())
    for row in scope.session.execute(of_them):
        told = Attempt(row.id, row.at, row.status, row.ms, row.answer, row.error)
        for id_ in set(row.delivery_ids).intersection(ids):
            if len(found[id_]) < _SHOWN_ATTEMPTS:
                found[id_].append(told)
    return found


def _told(row: sa.RowMapping, tries: Sequence[Attempt]) -> Delivery:
    return Delivery(
        id=row["id"],
        number=row["number"],
        message_id=message_id(row["id"]),
        event=row["event"],
        object=row["object"],
        record_id=row["record_id"],
        at=row["at"],
        request_id=row["request_id"],
        state=DeliveryState(row["state"]),
        reason=None if row["reason"] is None else SkipReason(row["reason"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        ended_at=row["ended_at"],
        tries=tries,
    )
