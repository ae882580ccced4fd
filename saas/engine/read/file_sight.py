"""Who sees which files, as SQL: those that hang on a record in sight, and one's own that hang on nothing."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.access.rows import Condition, Shape, reached
from saas.engine.asker import Asker
from saas.engine.file_tables import attachment
from saas.engine.registry import ObjectType, objects
from saas.engine.rowsource import fresh, is_naming
from saas.engine.scope import Scope
from saas.kit.ids import code_of

_CODE = (16, 3)  # where the code of the object stands in the text of an id, and how long it is


def objects_of(scope: Scope, ids: Collection[UUID]) -> Sequence[ObjectType]:
    """The objects on whose records these files hang: to ask for the rights of all of them takes ten times as long."""
    hang = sa.select(attachment.c.record_id).where(attachment.c.file_id.in_(ids))
    return objects_with(scope.session.execute(hang).scalars())


def objects_with(record_ids: Iterable[UUID]) -> Sequence[ObjectType]:
    """The objects of the records with these ids."""
    codes = {code_of(each) for each in record_ids}
    return [one for one in objects() if one.record.facts.code in codes]


def seen_files(scope: Asker, file: FromClause, among: Sequence[ObjectType]) -> Condition:
    """Whether the actor sees the file, if it hangs on nothing but records of these objects."""
    hang = fresh(attachment)
    hangs = sa.exists().where(hang.c.file_id == file.c.id)
    mine = sa.and_(file.c.created_by == scope.actor_id, ~hangs)
    return sa.and_(file.c.removed_at.is_(None), sa.or_(mine, hangs.where(hangs_in_sight(scope, hang, among))))


def files_of_record(scope: Asker, file: FromClause, record_id: UUID) -> Condition:
    """Whether the file hangs on this record, and that is in sight: what hangs elsewhere too does not tell of here."""
    hang = fresh(attachment)
    here = sa.exists().where(hang.c.file_id == file.c.id, hang.c.record_id == record_id)
    in_sight = hangs_in_sight(scope, hang, objects_with([record_id]))
    return sa.and_(file.c.removed_at.is_(None), here.where(in_sight))


def hangs_in_sight(scope: Asker, hang: FromClause, among: Sequence[ObjectType]) -> Condition:
    """Whether an attachment hangs on a living record in sight of one of these objects."""
    found: dict[str, Condition] = {}
    for one in among:
        if scope.profile.may(f"{one.name}.read"):
            table = _rows_of(one)
            reach = reached(scope.profile, one, "read", table, Shape.WIDE)
            there = sa.exists().where(table.c.id == hang.c.record_id, table.c.deleted_at.is_(None), reach)
            found[f"{one.record.facts.code:03x}"] = there
    if not found:
        return sa.false()
    # The id tells the object, so only one table is looked into, not one after the other.
    code = sa.func.substr(sa.cast(hang.c.record_id, sa.Text()), *_CODE)
    return sa.case(found, value=code, else_=sa.false())


def _rows_of(one: ObjectType) -> FromClause:
    return fresh(one.table) if is_naming() else _alias(one)


@cache
def _alias(one: ObjectType) -> FromClause:
    """The table as it stands in these conditions; to make such a name costs milliseconds."""
    return one.table.alias()
