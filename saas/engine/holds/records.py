"""What holds of records among themselves: references lead to living ones, and the audit tells each version."""

from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import audit
from saas.engine.field import Field, Kind
from saas.engine.invariants import Broken, Window, invariant_of_each
from saas.engine.links import link, stored_as
from saas.engine.registry import ObjectType, target_of
from saas.engine.scope import Scope


@invariant_of_each(
    "references_live",
    lambda one: any(_references(one)),
    remedy="Restore what is referred to, or give the record another one.",
)
def references_live(_scope: Scope, one: ObjectType, window: Window) -> Broken:
    """What a living record refers to is not in the trash."""
    table = one.table
    lost = sa.or_(*(_is_lost(table, field) for field in _references(one)))
    return sa.select(table.c.id).where(window.of(table.c.id), table.c.deleted_at.is_(None), lost)


def _references(one: ObjectType) -> Iterator[Field]:
    return (field for field in one.fields.values() if field.kind is Kind.REFERENCE)


def _is_lost(table: sa.Table, field: Field) -> sa.ColumnElement[bool]:
    target = target_of(field).table.alias()
    # A scalar, so that each is looked up: an EXISTS is turned into a hash of all that is there.
    there = sa.select(sa.true()).where(target.c.id == table.c[field.name], target.c.deleted_at.is_(None)).limit(1)
    return sa.and_(table.c[field.name].is_not(None), there.scalar_subquery().is_not(sa.true()))


@invariant_of_each("links_lead_to_records", lambda one: bool(one.links), remedy="Save the list of the record anew.")
def links_lead_to_records(_scope: Scope, one: ObjectType, window: Window) -> Broken:
    """What a list of references holds, such as tags, is there, and so is the record that has the list."""
    record = one.table.alias()
    wrong = [_is_missing(record, link.c.record_id)]
    for field in one.links.values():
        target = target_of(field).table.alias()
        wrong.append(sa.and_(link.c.field == stored_as(one, field), _is_missing(target, link.c.target_id)))
    of_this = link.c.field.in_([stored_as(one, field) for field in one.links.values()])
    return sa.select(link.c.record_id).where(window.of(link.c.record_id), of_this, sa.or_(*wrong))


def _is_missing(table: sa.FromClause, id_: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """Whether there is no such row, not even in the trash."""
    return sa.select(table.c.id).where(table.c.id == id_).limit(1).scalar_subquery().is_(None)


@invariant_of_each(
    "audit_tells_each_version",
    lambda one: one.document is None,
    remedy="Look for what wrote past the program; the record itself is as it was written.",
)
def audit_tells_each_version(_scope: Scope, one: ObjectType, window: Window) -> Broken:
    """Every version of a record has a row in the audit, and none is beyond the record's own."""
    table = one.table
    versions = (
        sa.select(
            sa.and_(
                sa.func.count(audit.c.version.distinct()) == table.c.version,
                sa.func.max(audit.c.version) == table.c.version,
            )
        )
        .where(audit.c.record_id == table.c.id)
        .correlate(table)
        .scalar_subquery()
    )
    return sa.select(table.c.id).where(window.of(table.c.id), versions.is_not(sa.true()))
