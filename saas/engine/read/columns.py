"""The columns of a record as the viewer may see them, and what `access` is made of: SQL expressions."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.fields import masked, readable, seen, shown, writable
from saas.engine.access.rows import Condition, Shape, reached, referable
from saas.engine.actions import Action
from saas.engine.asker import Asker
from saas.engine.field import Kind
from saas.engine.read.wanted import Wanted
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh
from saas.kit.text import camel

Node = dict[str, Any]
_LIVING = "_is_living"
UNSEEN = 0  # the version of a record of which only the title shows


def columns(scope: Asker, wanted: Wanted, table: FromClause) -> list[ColumnElement[Any]]:
    """What is read of a record itself, labelled by field names."""
    one = wanted.object
    made_of = (part for field in wanted.compounds.values() for part in field.parts)
    names = [*wanted.scalars, *made_of, *wanted.references]
    version: ColumnElement[Any] = table.c.version
    if one.record.facts.public_title:
        version = sa.case((reached(scope.profile, one, "read", table, Shape.WIDE), version), else_=UNSEEN)
    found: list[ColumnElement[Any]] = [table.c.id, version.label("version")]
    found += [shown(scope.profile, one, one.fields[name], table).label(name) for name in names]
    for field in wanted.scalars.values():
        if field.is_money:
            parts = (table.c[field.currency], table.c[field.base])
            found += [seen(scope.profile, one, field, table, part).label(part.name) for part in parts]
    for name in wanted.links:
        sees = seen(scope.profile, one, one.links[name], table, sa.literal(value=True))
        found.append(sees.label(sees_list(name)))
    if wanted.files:
        found.append(table.c.deleted_at.is_(None).label(_LIVING))
    if wanted.access:
        found += _access_columns(scope, one, table)
    return found


def _access_columns(scope: Asker, one: ObjectType, table: FromClause) -> list[ColumnElement[Any]]:
    """What `access` is made of, computed by the database with the record."""
    profile = scope.profile
    found: list[ColumnElement[Any]] = [
        reached(profile, one, "update", table, Shape.WIDE).label("_can_update"),
        reached(profile, one, "delete", table, Shape.WIDE).label("_can_delete"),
    ]
    found += [allowed(scope, one, each, table).label(f"_act_{each.verb}") for each in one.actions.values()]
    for field in (*one.shown, *one.links.values()):
        if field.group:
            read, write = readable(profile, one, field, table), writable(profile, one, field, table, "update")
            mask = masked(profile, one, field, table)
            for what, answer in (("read", read), ("mask", mask), ("write", write)):
                condition = sa.literal(answer) if isinstance(answer, bool) else answer
                found.append(condition.label(f"_{what}_{field.name}"))
        if field.kind is Kind.REFERENCE:
            found.append(leads_out_of_sight(scope, one, field.name, table).label(f"_out_{field.name}"))
    return found


def allowed(scope: Asker, one: ObjectType, action: Action, table: FromClause) -> Condition:
    """Whether the viewer may do the action to the record in its state; a rule may still refuse."""
    conditions = [reached(scope.profile, one, action.verb, table, Shape.WIDE), table.c.deleted_at.is_(None)]
    if one.state is not None and action.moves:
        conditions.append(table.c[one.state.name].in_(list(action.moves)))
    return sa.and_(*conditions)


def leads_out_of_sight(scope: Asker, one: ObjectType, name: str, table: FromClause) -> Condition:
    """Whether a reference of the record leads to what shows nothing to the viewer."""
    target = one.target_of(one.fields[name])
    behind = fresh(target.table)
    shows = referable(scope.profile, target, behind)
    found = sa.exists().where(behind.c.id == table.c[name], behind.c.deleted_at.is_(None), shows)
    return sa.and_(table.c[name].is_not(None), ~found)


def sees_list(name: str) -> str:
    """The column that tells whether the viewer sees the many references of this field."""
    return f"_sees_{name}"


def is_in_sight(node: Node) -> bool:
    """Whether the viewer may read the record; of another one a reference shows the public title."""
    return bool(node["version"] != UNSEEN)


def is_living(node: Node) -> bool:
    """Whether the record, of which files were asked, is in sight and not in the trash."""
    return is_in_sight(node) and bool(node[_LIVING])


def access_of(one: ObjectType, node: Node) -> dict[str, Any]:
    """`access` of a record whose columns were read with it."""
    fields = (*one.shown, *one.links.values())
    unseen = [f for f in fields if not node.get(f"_read_{f.name}", True)]
    masked_ = [f for f in unseen if node[f"_mask_{f.name}"] and is_in_sight(node)]
    hidden = [f for f in fields if (f in unseen and f not in masked_) or node.get(f"_out_{f.name}")]
    if not is_in_sight(node):
        hidden = [f for f in fields if f.name != one.record.facts.title]
    can_update = bool(node["_can_update"])
    writable = [f for f in fields if can_update and f.is_input(creating=False) and node.get(f"_write_{f.name}", True)]
    return {
        "can_update": can_update,
        "can_delete": bool(node["_can_delete"]),
        "allowed_actions": [each.api for each in one.actions.values() if node[f"_act_{each.verb}"]],
        "hidden_fields": [camel(f.api) for f in hidden],
        "masked_fields": [camel(f.api) for f in masked_],
        "writable_fields": [camel(f.api) for f in writable],
    }
