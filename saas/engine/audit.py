"""Who changed what, when: one row a write and record, in the same transaction; it is the change feed too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from saas.engine.actions import Action
from saas.engine.record import Record, metadata
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope
from saas.engine.states import state_of
from saas.gateways.changed import change_bell
from saas.kit import ids, trace
from saas.tenants.session import after_commit


class Xid8(sa.types.UserDefinedType[str]):
    """A transaction id that never wraps; readers of the feed stop at `pg_snapshot_xmin`."""

    cache_ok: bool | None = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("xid", Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("object", sa.Text(collation="C"), nullable=False),
    sa.Column("record_id", sa.Uuid(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Text(collation="C"), nullable=False),
    sa.Column("action", sa.Text(collation="C")),
    sa.Column("fields", JSONB(), nullable=False),
    sa.Column("changes", JSONB()),
    sa.Column("scope_before", JSONB()),
    sa.Column("scope_after", JSONB()),
    sa.Column("actor_id", sa.Uuid(), nullable=False),
    sa.Column("app", sa.Text(collation="C")),
    sa.Column("request_id", sa.Text(collation="C")),
    sa.Column("traceparent", sa.Text(collation="C")),
    sa.Index("ix_audit_record_id_at", "record_id", "at"),
    sa.Index("ix_audit_xid_id", "xid", "id"),
    comment="One row a write and record. `changes` holds the values before and after and may be erased.",
)


class ChangeKind(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    RESTORED = "restored"
    ACTED = "acted"
    MERGED = "merged"
    UNMERGED = "unmerged"


_PLAIN = frozenset({str, int, bool, type(None)})  # most values: told by one look
_IS_ALSO = {ChangeKind.MERGED: "deleted", ChangeKind.UNMERGED: "restored"}


LetIn = tuple[Mapping[str, list[str]], Mapping[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Change:
    """What one write did to one record: field name to (before, after).

    `let_in` tells, where the change touches that, whom shares and participation let see the record before and after.
    """

    record: Record
    kind: ChangeKind
    values: dict[str, tuple[Any, Any]]
    scope_before: dict[str, Any] | None
    action: Action | None = None
    let_in: LetIn | None = None

    @property
    def events(self) -> tuple[str, ...]:
        """The verbs of the events that it is: an action that changed something is an update too,
        and what was merged into another record is deleted."""
        if self.kind in _IS_ALSO:
            return (_IS_ALSO[self.kind], self.kind.value)
        if self.action is None:
            return (self.kind.value,)
        return (ChangeKind.UPDATED.value, self.action.done) if self.values else (self.action.done,)


def created(record: Record, lines: Mapping[str, tuple[Any, Any]] | None = None) -> Change:
    """That the record was made, with all that it was given, and with its lines."""
    kept = record.__dict__  # of a new record everything is there
    values: dict[str, tuple[Any, Any]] = {
        name: (None, value) for name in _told_of_new(type(record)) if (value := kept[name]) is not None
    }
    values |= {name: (None, after) for name, (_, after) in (lines or {}).items()}
    return Change(record, ChangeKind.CREATED, values, scope_before=None)


@cache
def _told_of_new(record: type[Record]) -> tuple[str, ...]:
    return tuple(name for name, field in record.fields.items() if not field.system)


def write_audit(scope: Scope, changes: Iterable[Change]) -> None:
    """Write one row for each change, with one statement."""
    shared = _shared(scope)
    rows = [shared | _row(change) for change in changes]
    if rows:
        insert_rows(scope.session, audit, rows)
        after_commit(scope.session, "change_bell", partial(change_bell().ring, scope.tenant.id))


def scope_keys(record: Record) -> dict[str, Any]:
    """The values by which scopes reach the record, and the state in which participants may be shut out."""
    return {name: plain(getattr(record, name)) for name in names_of_scope(type(record))}


@cache
def names_of_scope(record: type[Record]) -> tuple[str, ...]:
    """The columns that hold these values."""
    facts, state = record.facts, state_of(record)
    names = (*facts.own_places.values(), facts.inherits, state.name if state else None)
    return tuple(dict.fromkeys(name for name in names if name))


def plain(value: Any) -> Any:
    """A value as JSON can hold it without losing anything."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


def typed(column: sa.Column[Any], value: Any) -> Any:
    """What `plain` wrote, as the column holds it."""
    kind = column.type.python_type
    if value is None or kind in (str, int, bool):
        return value
    if issubclass(kind, (datetime, date)):
        return kind.fromisoformat(value)
    return kind(value)


def _shared(scope: Scope) -> dict[str, Any]:
    """What the rows of one write have in common; what is empty is left out."""
    shared = {
        "at": scope.now,
        "actor_id": scope.actor_id,
        "app": scope.via.app,
        "request_id": scope.request_id,
        "traceparent": trace.traceparent(),
    }
    return {name: value for name, value in shared.items() if value}


def _row(change: Change) -> dict[str, Any]:
    """What the row of one change has of its own; its JSON has values as `plain` has them."""
    record = change.record
    scope_before, scope_after = change.scope_before, scope_keys(record)
    if change.let_in is not None:
        scope_before = {**(scope_before or {}), **change.let_in[0]}
        scope_after |= change.let_in[1]
    return {
        "id": ids.new_id(ids.AUDIT),
        "object": record.__tablename__,
        "record_id": record.id,
        "version": record.version,
        "kind": change.kind.value,
        "action": change.action.verb if change.action else None,
        "fields": sorted(change.values),
        "changes": change.values,
        "scope_before": scope_before,
        "scope_after": scope_after,
    }
