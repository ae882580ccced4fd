"""Endpoints: where events are sent, which of them, with which payload, in whose name; and their secrets."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from saas.engine.scope import Scope
from saas.kit.vault import opened
from saas.kit.wire import from_json
from saas.modules.webhooks.tables import HEADERS, SECRETS, EndpointState, StateReason, endpoint

READ, MANAGE = "webhook.read", "webhook.manage"
_columns = endpoint.c


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to send to, as it is kept; what is sealed is told to nobody.

    position     its place in the feed, and `read_at` when it was there
    last_number  of the deliveries that were written for it
    next_at      nothing is sent before
    """

    id: UUID
    name: str
    url: str
    events: list[str]
    document: str | None
    batch_size: int
    skip_own: bool
    headers: bytes | None
    secret: bytes
    former_secret: bytes | None
    former_secret_until: datetime | None
    actor_id: UUID
    scopes: list[str] | None
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    state: EndpointState
    reason: StateReason | None
    reason_detail: str | None
    state_since: datetime
    position: str
    read_at: datetime
    last_number: int
    next_at: datetime | None
    failing_since: datetime | None
    failures: int
    delivered_at: datetime | None

    @property
    def own_headers(self) -> dict[str, str]:
        """The headers of one's own that it is sent."""
        found: dict[str, str] = {} if self.headers is None else from_json(opened(self.headers, HEADERS))
        return found

    def keys(self, now: datetime) -> list[str]:
        """The secrets with which a message to it is signed at this moment, the newest first."""
        kept = [self.secret]
        if self.former_secret is not None and self.former_secret_until is not None and self.former_secret_until > now:
            kept.append(self.former_secret)
        return [opened(each, SECRETS).decode() for each in kept]


def endpoints(scope: Scope, first: int, after: UUID | None) -> list[Endpoint]:
    """The company's endpoints in the order in which they were made. Forbidden without webhook.read."""
    scope.need(READ)
    listed = sa.select(endpoint).order_by(_columns.id).limit(first)
    return _found(scope, listed if after is None else listed.where(_columns.id > after))


def endpoint_seen(scope: Scope, id_: UUID) -> Endpoint | None:
    """One of them; None where there is none with this id. Likewise."""
    scope.need(READ)
    return endpoint_known(scope, id_)


def endpoint_known(scope: Scope, id_: UUID) -> Endpoint | None:
    """The same for who was asked for their right already."""
    return next(iter(_found(scope, sa.select(endpoint).where(_columns.id == id_))), None)


def endpoint_locked(scope: Scope, id_: UUID) -> Endpoint | None:
    """The same, locked for this transaction."""
    return next(iter(_found(scope, sa.select(endpoint).where(_columns.id == id_).with_for_update())), None)


def endpoints_locked(scope: Scope) -> list[Endpoint]:
    """All that are active, locked for this transaction."""
    active = sa.select(endpoint).where(_columns.state == EndpointState.ACTIVE.value)
    return _found(scope, active.order_by(_columns.id).with_for_update())


def endpoint_set(scope: Scope, id_: UUID, **values: object) -> None:
    """Change what is kept of it, by the names of columns."""
    scope.session.execute(sa.update(endpoint).where(_columns.id == id_).values(**values))


def _found(scope: Scope, statement: sa.Select[tuple[object, ...]]) -> list[Endpoint]:
    """The endpoints that a statement on the table finds."""
    told = [Endpoint(**row) for row in scope.session.execute(statement).mappings()]
    return [
        replace(each, state=EndpointState(each.state), reason=None if each.reason is None else StateReason(each.reason))
        for each in told
    ]
