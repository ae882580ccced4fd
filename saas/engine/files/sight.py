"""Which files somebody sees: those that hang on a record in their sight, and what they sent that hangs on nothing."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.rows import Condition, Shape, reached
from saas.engine.files.file import File, file_of
from saas.engine.files.tables import attachment
from saas.engine.files.tables import file as file_table
from saas.engine.read.cursor import keys_in, seal
from saas.engine.read.operators import escaped
from saas.engine.read.request import PageRequest
from saas.engine.registry import ObjectType, objects
from saas.engine.scope import Scope
from saas.engine.text_search import words_of
from saas.kit.errors import BadInput
from saas.kit.ids import code_of
from saas.kit.text import fold


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page of files, each with its cursor."""

    files: Sequence[File]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


def file_in_sight(scope: Scope, id_: UUID) -> File | None:
    """The file, where the actor sees it."""
    return files_in_sight(scope, [id_]).get(id_)


def files_in_sight(scope: Scope, ids: Collection[UUID]) -> dict[UUID, File]:
    """Those of these files that the actor sees."""
    among = _objects_of(scope, ids)
    rows = scope.session.execute(_seen(scope, among).where(file_table.c.id.in_(ids))).all()
    return {each.id: each for each in _with_records(scope, rows, among)}


def locked_file(scope: Scope, id_: UUID) -> File | None:
    """The file, where the actor sees it, which nobody else changes until the transaction ends."""
    among = _objects_of(scope, [id_])
    statement = _seen(scope, among).where(file_table.c.id == id_).with_for_update()
    rows = scope.session.execute(statement).all()
    return next(_with_records(scope, rows, among), None)


def page_of_files(scope: Scope, record_id: UUID | None, search: str | None, page: PageRequest) -> FilePage:
    """The files that the actor sees, the newest first: all, those of a record, those whose name holds all words."""
    size = page.size
    statement = _seen(scope, objects()) if record_id is None else _of_record(scope, record_id)
    statement = statement.order_by(file_table.c.id.desc()).limit(size + 1)
    if search is not None:
        statement = statement.where(_named(search))
    signature = f"files:{record_id}:{fold(search or '')}"
    if page.after is not None:
        (last,) = keys_in(scope, signature, page.after, 1)
        if not isinstance(last, UUID):
            raise BadInput("This cursor does not belong to this list.", path=("after",))
        statement = statement.where(file_table.c.id < last)
    rows = scope.session.execute(statement).all()
    found = [*_with_records(scope, rows[:size], _objects_of(scope, [row.id for row in rows[:size]]))]
    cursors = [seal(scope, signature, [each.id]) for each in found]
    return FilePage(found, cursors, has_next=len(rows) > size, has_previous=page.after is not None)


def _objects_of(scope: Scope, ids: Collection[UUID]) -> Sequence[ObjectType]:
    """The objects on whose records these files hang: to ask for the rights of all of them takes ten times as long."""
    hang = sa.select(attachment.c.record_id).where(attachment.c.file_id.in_(ids))
    return _objects_with(scope.session.execute(hang).scalars())


def _objects_with(record_ids: Iterable[UUID]) -> Sequence[ObjectType]:
    codes = {code_of(each) for each in record_ids}
    return [one for one in objects() if one.record.facts.code in codes]


def _seen(scope: Scope, among: Sequence[ObjectType]) -> sa.Select[Any]:
    hangs = sa.exists().where(attachment.c.file_id == file_table.c.id)
    mine = sa.and_(file_table.c.created_by == scope.actor_id, ~hangs)
    in_sight = hangs.where(_on_a_record_in_sight(scope, among))
    return sa.select(file_table).where(file_table.c.removed_at.is_(None), sa.or_(mine, in_sight))


def _of_record(scope: Scope, record_id: UUID) -> sa.Select[Any]:
    """The files of the record where that is in sight: one that hangs elsewhere too does not tell that it hangs here."""
    here = sa.exists().where(attachment.c.file_id == file_table.c.id, attachment.c.record_id == record_id)
    in_sight = _on_a_record_in_sight(scope, _objects_with([record_id]))
    return sa.select(file_table).where(file_table.c.removed_at.is_(None), here.where(in_sight))


def _on_a_record_in_sight(scope: Scope, among: Sequence[ObjectType]) -> Condition:
    """Whether an attachment hangs on a living record in sight of one of these objects."""
    found: list[Condition] = [sa.false()]
    for one in among:
        if scope.profile.may(f"{one.name}.read"):
            table = _rows_of(one)
            reach = reached(scope.profile, one, "read", table, Shape.WIDE)
            found.append(sa.exists().where(table.c.id == attachment.c.record_id, table.c.deleted_at.is_(None), reach))
    return sa.or_(*found)


@cache
def _rows_of(one: ObjectType) -> sa.FromClause:
    """The table of an object as it stands in these conditions; to make such a name costs milliseconds."""
    return one.table.alias()


def _with_records(scope: Scope, rows: Sequence[sa.Row[Any]], among: Sequence[ObjectType]) -> Iterator[File]:
    """The files of these rows with the records in sight that they hang on, by one more statement."""
    if not rows:
        return
    hangs = (
        sa.select(attachment.c.file_id, attachment.c.record_id)
        .where(attachment.c.file_id.in_([row.id for row in rows]), _on_a_record_in_sight(scope, among))
        .order_by(attachment.c.attached_at, attachment.c.record_id)
    )
    records: dict[UUID, list[UUID]] = {}
    for found in scope.session.execute(hangs):
        records.setdefault(found.file_id, []).append(found.record_id)
    for row in rows:
        yield file_of(row, tuple(records.get(row.id, ())))


def _named(search: str) -> Condition:
    """Whether the name holds every word; the grams find candidates by their index."""
    name, grams = file_table.c.name_folded, file_table.c.search_grams
    ways = words_of(search, "search")
    return sa.or_(
        *(
            sa.and_(
                grams.contains(sorted(frozenset[str]().union(*(word.grams for word in way)))),
                *(name.like(f"%{escaped(word.text)}%", escape="\\") for word in way),
            )
            for way in ways
        )
    )
