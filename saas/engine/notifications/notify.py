"""Telling people of something, in the transaction in which it happens."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from saas.engine.access.tables import SYSTEM_PRINCIPAL
from saas.engine.notifications.kinds import NotificationKind
from saas.engine.record import Record
from saas.engine.scope import Scope
from saas.gateways.changed import change_bell
from saas.kit import ids
from saas.tenants.session import after_commit
from saas.tenants.waiting import wait

# Nobody is told who no longer works here, or who does not want this kind.
_TOLD = """
    INSERT INTO notification (id, recipient_id, kind, object, record_id, actor_id, count, facts, key, created_at)
    SELECT given.id, given.recipient_id, %(kind)s, given.object, given.record_id, %(actor_id)s, given.count,
        %(facts)s::jsonb, given.key, %(now)s
    FROM json_to_recordset(%(rows)s::json)
        AS given (id uuid, recipient_id uuid, object text, record_id uuid, count integer, key text)
    JOIN principal ON principal.id = given.recipient_id AND principal.is_active
    WHERE NOT EXISTS (
        SELECT FROM notification_off o WHERE o.recipient_id = given.recipient_id AND o.kind = %(kind)s
    )
    ORDER BY given.recipient_id
    ON CONFLICT (recipient_id, key) """
_AGAIN = (  # told anew, as one: the count tells of how many
    "DO UPDATE SET count = notification.count + excluded.count, read_at = NULL, xid = pg_current_xact_id()"
)
_ONCE = "DO NOTHING"


@dataclass(frozen=True, slots=True)
class To:
    """Who is told of how many records of an object, and which is the first of them."""

    recipient: UUID
    about: Record | None = None
    count: int = 1


def notify(
    scope: Scope,
    recipients: Iterable[UUID],
    kind: NotificationKind,
    *,
    about: Record | None = None,
    of: str | None = None,
    count: int = 1,
    once: str | None = None,
    **facts: Any,
) -> None:
    """Tell these people of it when the transaction commits, with the facts that the kind declares.

    A kind with a sentence for many records becomes one notification for each person and request, however many of them
    there are: `about` is the first of them, `count` how many these are. Where it is about no record, `of` may name an
    object. What is told `once` (a key) is told no more. BadInput where the facts are not those of the kind.
    """
    given = [To(recipient, about, count) for recipient in dict.fromkeys(recipients)]
    notify_each(scope, kind, given, of=of, once=once, **facts)


def notify_each(
    scope: Scope,
    kind: NotificationKind,
    given: Iterable[To],
    *,
    of: str | None = None,
    once: str | None = None,
    **facts: Any,
) -> None:
    """The same where each is told of other records, with one statement; a person once for an object."""
    kept = kind.checked(facts)
    rows = [_row(scope, kind, to, of, once) for to in given if to.recipient != SYSTEM_PRINCIPAL]
    if not rows:
        return
    values = {
        "rows": orjson.dumps(rows).decode(),
        "kind": kind.name,
        "actor_id": None if scope.actor_id == SYSTEM_PRINCIPAL else scope.actor_id,
        "facts": orjson.dumps(kept).decode(),
        "now": scope.now,
    }
    wait(scope.session, _TOLD + (_ONCE if once else _AGAIN), values)
    after_commit(scope.session, "change_bell", partial(change_bell().ring, scope.tenant.id))


def _row(scope: Scope, kind: NotificationKind, to: To, of: str | None, once: str | None) -> dict[str, Any]:
    object_name = of if to.about is None else to.about.__tablename__
    return {
        "id": ids.new_id(ids.NOTIFICATION),
        "recipient_id": to.recipient,
        "object": object_name,
        "record_id": None if to.about is None else to.about.id,
        "count": to.count,
        "key": f"{kind.name}:{once}" if once else _gathered(scope, kind, object_name),
    }


def _gathered(scope: Scope, kind: NotificationKind, object_name: str | None) -> str | None:
    """Under what is one notification all that a request tells of, which may write in many transactions.

    Commands that are no request are one a day.
    """
    if kind.many is None:
        return None
    return f"{kind.name}:{object_name}:{scope.today}:{scope.actor_id}:{scope.request_id}"
