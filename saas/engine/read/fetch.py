"""Fetch wanted records: one statement for the records, one more for each reference that is followed."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.fields import readable, visible, writable
from saas.engine.access.rows import Condition, Shape, reached
from saas.engine.field import Kind
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.text import camel

Node = dict[str, Any]


def fetch_by_ids(scope: Scope, wanted: Wanted, ids: Iterable[UUID], *, trash: bool = False) -> dict[UUID, Node]:
    """The records with these ids that the actor may read."""
    unique = list(dict.fromkeys(ids))
    if not unique:
        return {}
    table = wanted.object.table.alias()
    conditions = [table.c.id.in_(unique)] + ([] if trash else [table.c.deleted_at.is_(None)])
    return {node["id"]: node for node in fetch(scope, wanted, table, conditions)}


def fetch(
    scope: Scope,
    wanted: Wanted,
    table: FromClause,
    conditions: Sequence[Condition],
    *,
    order: Sequence[ColumnElement[Any]] = (),
    extra: Sequence[ColumnElement[Any]] = (),
    limit: int | None = None,
) -> list[Node]:
    """The readable records under `conditions`, as dicts by field name; `extra` labelled columns come along."""
    one = wanted.object
    statement = (
        sa.select(*_columns(scope, wanted, table), *extra)
        .where(reached(scope.profile, one, "read", table), *conditions)
        .order_by(*order)
        .limit(limit)
    )
    nodes: list[Node] = [{"__object": one, **row} for row in scope.session.execute(statement).mappings()]
    for name, behind in wanted.references.items():
        found = fetch_by_ids(scope, behind, (node[name] for node in nodes if node[name] is not None))
        for node in nodes:
            node[one.fields[name].api] = found.get(node[name])
    if wanted.access:
        for node in nodes:
            node["access"] = _access(one, node)
    return nodes


def _columns(scope: Scope, wanted: Wanted, table: FromClause) -> list[ColumnElement[Any]]:
    one = wanted.object
    names = [*wanted.scalars, *wanted.references]
    columns: list[ColumnElement[Any]] = [table.c.id, table.c.version]
    columns += [visible(scope.profile, one, one.fields[name], table).label(name) for name in names]
    if wanted.access:
        columns += _access_columns(scope, one, table)
    return columns


def _access_columns(scope: Scope, one: ObjectType, table: FromClause) -> list[ColumnElement[Any]]:
    """What `access` is made of, computed by the database with the record."""
    profile = scope.profile
    columns: list[ColumnElement[Any]] = [
        reached(profile, one, "update", table, Shape.WIDE).label("_can_update"),
        reached(profile, one, "delete", table, Shape.WIDE).label("_can_delete"),
    ]
    for field in one.fields.values():
        if field.group:
            read, write = readable(profile, one, field, table), writable(profile, one, field, table, "update")
            for what, answer in (("read", read), ("write", write)):
                condition = sa.literal(answer) if isinstance(answer, bool) else answer
                columns.append(condition.label(f"_{what}_{field.name}"))
        if field.kind is Kind.REFERENCE:
            columns.append(_leads_out_of_sight(scope, one, field.name, table).label(f"_out_{field.name}"))
    return columns


def _leads_out_of_sight(scope: Scope, one: ObjectType, name: str, table: FromClause) -> Condition:
    target = one.target_of(one.fields[name])
    behind = target.table.alias()
    reach = reached(scope.profile, target, "read", behind, Shape.WIDE)
    in_sight = sa.exists().where(behind.c.id == table.c[name], behind.c.deleted_at.is_(None), reach)
    return sa.and_(table.c[name].is_not(None), ~in_sight)


def _access(one: ObjectType, node: Node) -> dict[str, Any]:
    fields = one.fields.values()
    hidden = [f for f in fields if not node.get(f"_read_{f.name}", True) or node.get(f"_out_{f.name}")]
    can_update = bool(node["_can_update"])
    writable = [f for f in fields if can_update and not f.system and node.get(f"_write_{f.name}", True)]
    return {
        "can_update": can_update,
        "can_delete": bool(node["_can_delete"]),
        "allowed_actions": [],
        "hidden_fields": [camel(f.api) for f in hidden],
        "masked_fields": [],
        "writable_fields": [camel(f.api) for f in writable],
    }
