"""Endpoints: where events are sent, which of them, with which payload, in whose name; and their secrets."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from saas.engine.scope import Scope
from saas.kit.vault import opened
from saas.modules.webhooks.tables import HEADERS, SECRETS, EndpointState, StateReason, endpoint

READ, MANAGE = "webhook.read", "webhook.manage"
_columns = endpoint.c


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to send to, as its administrators see it: without its secrets, of its headers the names."""

    id: UUID
    name: str
    url: str
    events: list[str]
    document: str | None
    batch_size: int
    skip_own: bool
    actor_id: UUID
    scopes: list[str] | None
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    state: EndpointState
    reason: StateReason | None
    reason_detail: str | None
    state_since: datetime
    former_secret_until: datetime | None
    failing_since: datetime | None
    failures: int
    next_at: datetime | None
    delivered_at: datetime | None
    header_names: list[str]


def endpoints(scope: Scope, first: int, after: UUID | None) -> list[Endpoint]:
    """The company's endpoints in the order in which they were made. Forbidden without webhook.read."""
    scope.need(READ)
    listed = sa.select(endpoint).order_by(_columns.id).limit(first)
    return [_told(row) for row in scope.session.execute(listed if after is None else listed.where(_columns.id > after))]


def endpoint_seen(scope: Scope, id_: UUID) -> Endpoint | None:
    """One of them; None where there is none with this id. Likewise."""
    scope.need(READ)
    row = scope.session.execute(sa.select(endpoint).where(_columns.id == id_)).one_or_none()
    return None if row is None else _told(row)


def endpoint_row(scope: Scope, id_: UUID) -> Any:
    """Its row, locked for this transaction; None where there is none."""
    locked = sa.select(endpoint).where(_columns.id == id_).with_for_update()
    return scope.session.execute(locked).one_or_none()


def headers_of(row: Any) -> dict[str, str]:
    """The headers of one's own that an endpoint is sent."""
    found: dict[str, str] = {} if row.headers is None else orjson.loads(opened(row.headers, HEADERS))
    return found


def keys_of(row: Any, now: datetime) -> list[str]:
    """The secrets with which a message to it is signed now, the newest first."""
    kept = [row.secret]
    if row.former_secret is not None and row.former_secret_until > now:
        kept.append(row.former_secret)
    return [opened(each, SECRETS).decode() for each in kept]


def _told(row: Any) -> Endpoint:
    names = [each.name for each in fields(Endpoint) if each.name not in {"state", "reason", "header_names"}]
    return Endpoint(
        **{name: getattr(row, name) for name in names},
        state=EndpointState(row.state),
        reason=None if row.reason is None else StateReason(row.reason),
        header_names=sorted(headers_of(row)),
    )
