"""Notifications are read, and unread again, by whom they are for; kinds are switched off and on."""

from collections.abc import Collection, Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.notifications.kinds import kind_named
from saas.engine.notifications.tables import notification, notification_off
from saas.engine.problem import Problem, not_found
from saas.engine.scope import Scope
from saas.kit.errors import Forbidden


def mark_read(scope: Scope, ids: Collection[UUID], *, read: bool) -> int | Problem:
    """These are read now, or unread again; how many were not so before. A problem where one is not the actor's.

    Forbidden for an app, as all of these: what its person has seen, and wants to see, it does not know.
    """
    _need_in_person(scope)
    mine = notification.c.recipient_id == scope.actor_id, notification.c.id.in_(ids)
    known = sa.select(notification.c.id).where(*mine).order_by(notification.c.id).with_for_update()
    if len(scope.session.execute(known).all()) < len(set(ids)):
        return not_found("You have no such notification.", "ids")
    column = notification.c.read_at
    marked = sa.update(notification).where(*mine, column.is_(None) if read else column.is_not(None))
    return _count(scope, marked.values(read_at=scope.now if read else None))


def mark_all_read(scope: Scope, kind: str | None = None) -> int:
    """All that the actor has are read now, or those of a kind; how many were unread."""
    _need_in_person(scope)
    unread = [notification.c.recipient_id == scope.actor_id, notification.c.read_at.is_(None)]
    if kind is not None:
        unread.append(notification.c.kind == kind)
    return _count(scope, sa.update(notification).where(*unread).values(read_at=scope.now))


def kinds_off(scope: Scope) -> set[str]:
    """The kinds that the actor does not want."""
    asked = sa.select(notification_off.c.kind).where(notification_off.c.recipient_id == scope.actor_id)
    return set(scope.session.execute(asked).scalars())


def switch_kinds(scope: Scope, wanted: Mapping[str, bool]) -> Problem | None:
    """Which kinds the actor wants from now on, and which not; a problem where there is no such kind."""
    _need_in_person(scope)
    for name in wanted:
        if kind_named(name) is None:
            return not_found(f"There is no kind of notifications {name[:60]!r}.", "settings")
    off = [{"recipient_id": scope.actor_id, "kind": name} for name, is_on in wanted.items() if not is_on]
    on = [name for name, is_on in wanted.items() if is_on]
    mine = notification_off.c.recipient_id == scope.actor_id
    scope.session.execute(sa.delete(notification_off).where(mine, notification_off.c.kind.in_(on)))
    if off:
        scope.session.execute(insert(notification_off).values(off).on_conflict_do_nothing())
    return None


def _need_in_person(scope: Scope) -> None:
    if scope.via.scopes is not None:
        raise Forbidden(
            "An app marks and switches off no notifications of a person.", remedy="The person does it, signed in."
        )


def _count(scope: Scope, statement: sa.Update) -> int:
    return len(scope.session.execute(statement.returning(notification.c.id)).all())
