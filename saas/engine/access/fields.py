"""Which fields of a record the viewer sees: a hidden value behaves as NULL wherever it could show."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from saas.engine.access.branches import stage_of, stands_in, subordinates
from saas.engine.access.profile import EVERYWHERE, NOWHERE, Profile, Where
from saas.engine.access.rows import Condition, Shape, place_of, placed_by, reached, takes_part, within
from saas.engine.access.tables import Access, Relation
from saas.engine.field import Field
from saas.engine.masks import MASKS
from saas.engine.registry import ObjectType
from saas.engine.rowsource import fresh

_ALL = frozenset(Relation)


def readable(profile: Profile, one: ObjectType, field: Field, table: FromClause) -> Condition | bool:
    """Whether the viewer, who reads the record, sees the field: True or False for all records, else a condition."""
    return _allowed(profile, one, field, table, "read", Access.READ)


def writable(profile: Profile, one: ObjectType, field: Field, table: FromClause, operation: str) -> Condition | bool:
    """Likewise for who may create or update the record: whether that writes the field.

    Nobody changes what they do not see: that nothing changed would tell them its value.
    """
    may_write = _allowed(profile, one, field, table, operation, Access.WRITE)
    if operation == "create" or may_write is False:
        return may_write
    may_read = readable(profile, one, field, table)
    if isinstance(may_read, bool):
        return may_read and may_write
    return may_read if may_write is True else sa.and_(may_read, may_write)


def visible(profile: Profile, one: ObjectType, field: Field, table: FromClause) -> ColumnElement[Any]:
    """The field's value as the viewer sees it: the plain column, NULL, or the column where the relation allows."""
    return seen(profile, one, field, table, table.c[field.name])


def seen(
    profile: Profile, one: ObjectType, field: Field, table: FromClause, value: ColumnElement[Any]
) -> ColumnElement[Any]:
    """`value`, which tells something of `field`, as the viewer may see it."""
    answer = sees(profile, one, field, table)
    if answer is True:
        return value
    if answer is False:
        return sa.cast(sa.null(), value.type)
    return sa.case((answer, value), else_=sa.null())


def sees(profile: Profile, one: ObjectType, field: Field, table: FromClause) -> Condition | bool:
    """Whether the viewer sees the field of a record that a list or a reference leads to, in sight or not."""
    return _if_in_sight(profile, one, field, table, readable(profile, one, field, table))


def masked(profile: Profile, one: ObjectType, field: Field, table: FromClause) -> Condition | bool:
    """Whether the viewer sees at least the field's mask: True or False for all records, else a condition."""
    if field.mask is None:
        return False
    return _allowed(profile, one, field, table, "read", Access.MASKED)


def is_masked(profile: Profile, one: ObjectType, field: Field) -> bool:
    """Whether there may be records of which the viewer sees the field's mask instead of its value."""
    if field.mask is None or field.group is None:
        return False
    of = (one.document or one).name
    read, mask = (profile.group_reaches(of, "read", field.group, least) for least in (Access.READ, Access.MASKED))
    return read != mask


def shown(profile: Profile, one: ObjectType, field: Field, table: FromClause) -> ColumnElement[Any]:
    """The field's value as it is shown to the viewer: where only its mask may be seen, the mask.

    For output alone: whatever compares, orders or adds up takes `visible`, where a masked value is none.
    """
    value = table.c[field.name]
    if field.mask is None or not is_masked(profile, one, field):
        return seen(profile, one, field, table, value)
    may_read, may_see = (
        _if_in_sight(profile, one, field, table, ask(profile, one, field, table)) for ask in (readable, masked)
    )
    if may_read is True or may_see is False:
        return seen(profile, one, field, table, value)
    mask = MASKS[field.mask](value)
    if may_read is False:
        return mask if may_see is True else sa.case((may_see, mask), else_=sa.null())
    return sa.case((may_read, value), (sa.literal(may_see) if may_see is True else may_see, mask), else_=sa.null())


def _if_in_sight(
    profile: Profile, one: ObjectType, field: Field, table: FromClause, answer: Condition | bool
) -> Condition | bool:
    """The answer for a record that a reference may lead to out of sight: of that nothing shows but a public title."""
    facts = one.record.facts
    if answer is False or not facts.public_title or field.name == facts.title:
        return answer
    in_sight = reached(profile, one, "read", table, Shape.WIDE)
    if isinstance(in_sight, sa.True_ | sa.False_):
        return answer if isinstance(in_sight, sa.True_) else False
    return in_sight if answer is True else sa.and_(answer, in_sight)


def _allowed(
    profile: Profile, one: ObjectType, field: Field, table: FromClause, operation: str, least: Access
) -> Condition | bool:
    """Whether a role that reaches the record by this operation gives at least this access to the field."""
    if field.group is None:
        return True
    if one.document is not None:  # what holds for its document holds for a line
        behind = fresh(one.document.table)
        answer = _allowed(profile, one.document, field, behind, operation, least)
        line_of = table.c[one.record.facts.line_of or ""]
        return answer if isinstance(answer, bool) else sa.exists().where(behind.c.id == line_of, answer)
    reaches = profile.group_reaches(one.name, operation, field.group, least)
    if all(where == EVERYWHERE for where in reaches):
        return bool(reaches)
    if len(reaches) == 1:  # all roles are of one opinion: how far each of them reaches makes no difference
        (where,) = reaches
        return False if where == NOWHERE else _holds(profile, one, table, where)
    branches = [
        sa.and_(within(profile, one, operation, granting, table), _holds(profile, one, table, where))
        for where, granting in reaches.items()
        if where != NOWHERE
    ]
    anywhere = sa.or_(*branches)
    return isinstance(anywhere, sa.True_) if isinstance(anywhere, sa.True_ | sa.False_) else anywhere


def _holds(profile: Profile, one: ObjectType, table: FromClause, where: Where) -> Condition:
    """Whether the record is one of those: by the viewer's relation to it, and its state."""
    always = _related(profile, one, table, where.relations)
    if one.state is None or not where.by_stage:
        return always
    stages = {stage: _related(profile, one, table, relations) for stage, relations in sorted(where.by_stage)}
    return sa.case(stages, value=stage_of(one.state, table), else_=always)


def _related(profile: Profile, one: ObjectType, table: FromClause, relations: frozenset[Relation]) -> Condition:
    """Whether the viewer's relation to the record is one of these."""
    if relations == _ALL or not relations:
        return sa.true() if relations else sa.false()
    # The first relation that holds counts. Written out, so that an index can find the records of which it is true.
    ways: list[Condition] = []
    refused: list[Condition] = []
    for relation, condition in _relations(profile, one, table).items():
        if relation in relations:
            ways.append(sa.and_(condition, *(each.is_not(sa.true()) for each in refused)))
        else:
            refused.append(condition)
    if Relation.OTHERS in relations:
        ways.append(sa.and_(sa.true(), *(each.is_not(sa.true()) for each in refused)))
    return sa.or_(sa.false(), *ways)


def _relations(profile: Profile, one: ObjectType, table: FromClause) -> dict[Relation, Condition]:
    """The condition of each relation but OTHERS, in the order in which they count."""
    found: dict[Relation, Condition] = {}
    owner, department = place_of(one, table, "owner"), place_of(one, table, "department")
    if owner is not None:
        found[Relation.OWNER] = owner == profile.me
        if stands_in(profile, placed_by(one)):
            found[Relation.OWNER] = sa.or_(owner == profile.me, owner == sa.any_(profile.my_absent))
        found[Relation.SUPERIOR] = owner.in_(subordinates(profile))
    participant = takes_part(profile, one, table)
    if participant is not None:
        found[Relation.PARTICIPANT] = participant
    if department is not None and profile.department_id is not None:
        found[Relation.SAME_DEPARTMENT] = department == profile.my_department
    return found
