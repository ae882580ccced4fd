"""Base amounts of records that are not in effect yet, at today's rates."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.money import price
from saas.engine.problem import Problem
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope


def recompute_base(scope: Scope, one: ObjectType, ids: Sequence[UUID]) -> list[Problem]:
    """Compute the base amounts of these records anew; nothing is written where a rate is missing.

    For drafts: what is in effect keeps the rate of its day. A decision of the system, so no right is asked.
    """
    statement = sa.select(one.record).where(one.table.c.id.in_(ids)).order_by(one.table.c.id).with_for_update()
    records = list(scope.session.execute(statement.execution_options(populate_existing=True)).scalars())
    with scope.session.no_autoflush:
        before = [{field.base: getattr(record, field.base) for field in one.money} for record in records]
        problems = [problem for found in price(scope, one, [(each, None) for each in records]) for problem in found]
        if problems:
            for record in records:
                scope.session.expire(record)
            return problems
        changes: list[Change] = []
        for record, was in zip(records, before, strict=True):
            values: dict[str, tuple[Any, Any]] = {
                name: (value, getattr(record, name)) for name, value in was.items() if getattr(record, name) != value
            }
            if values:
                changes.append(Change(record, ChangeKind.UPDATED, values, scope_keys(record)))
            else:  # a newer day with the same rate is no news
                scope.session.expire(record)
    scope.session.flush()
    write_audit(scope, changes)
    return []
