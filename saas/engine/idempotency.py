"""Requests that are done once however often they are sent: the answer is kept beside what it tells of."""

import base64
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.record import metadata
from saas.engine.scope import Scope
from saas.kit.errors import Conflict
from saas.kit.vault import opened, sealed

KEPT = timedelta(hours=24)
_PURGED_AT_ONCE = 100
_PURPOSE = "answers of requests done once"


class KeyTaken(Conflict):
    """The idempotency key was sent with something else before."""

    code = "IDEMPOTENCY_CONFLICT"


idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("actor_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("key", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("request", sa.Text(collation="C"), nullable=False),
    sa.Column("answer", sa.Text(collation="C")),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_idempotency_at", "at"),
    comment="Answers of requests with an idempotency key, by who sent it and sha256 of the key, for 24 hours.",
)


@dataclass(slots=True)
class Once:
    """A request that is to be done once: sha256 of its key and of what it asks; `replayed` once it was done before."""

    key: str
    request: str
    replayed: bool = False


def begin(scope: Scope, once: Once) -> str | None:
    """The answer that the same request got before, or None: then it is ours to do, and a twin waits for us.

    KeyTaken where the key stands for another request.
    """
    old = scope.now - KEPT
    ours = insert(idempotency).values(
        actor_id=scope.actor_id, key=once.key, request=once.request, answer=None, at=scope.now
    )
    fresh = {name: ours.excluded[name] for name in ("request", "answer", "at")}
    ours = ours.on_conflict_do_update(index_elements=["actor_id", "key"], set_=fresh, where=idempotency.c.at < old)
    if scope.session.execute(ours.returning(idempotency.c.key)).scalar_one_or_none() is not None:
        _purge(scope)
        return None
    kept = scope.session.execute(sa.select(idempotency.c.request, idempotency.c.answer).where(_is(scope, once))).one()
    if kept.request != once.request:
        raise KeyTaken(
            "This Idempotency-Key was sent with another request before.", remedy="Make a new key for each request."
        )
    once.replayed = True
    return _read(kept.answer)


def complete(scope: Scope, once: Once, answer: str) -> None:
    """Keep the answer of the request that `begin` gave us to do."""
    scope.session.execute(sa.update(idempotency).where(_is(scope, once)).values(answer=_sealed(answer)))


def _sealed(answer: str) -> str:
    """An answer may hold what is shown only once, such as a token."""
    return base64.b64encode(sealed(answer.encode(), _PURPOSE)).decode()


def _read(kept: str) -> str:
    # Written by a release before this one: as it is.
    return kept if kept.startswith("{") else opened(base64.b64decode(kept), _PURPOSE).decode()


def _is(scope: Scope, once: Once) -> sa.ColumnElement[bool]:
    return sa.and_(idempotency.c.actor_id == scope.actor_id, idempotency.c.key == once.key)


def _purge(scope: Scope) -> None:
    """Forget some of what is too old; nobody waits for it."""
    old = (
        sa.select(idempotency.c.actor_id, idempotency.c.key)
        .where(idempotency.c.at < scope.now - KEPT)
        .limit(_PURGED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    scope.session.execute(sa.delete(idempotency).where(sa.tuple_(idempotency.c.actor_id, idempotency.c.key).in_(old)))
