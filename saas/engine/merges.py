"""What was merged into what, and all that it takes to undo it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from saas.engine.audit import plain, typed
from saas.engine.record import metadata
from saas.engine.registry import ObjectType
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope

_LONGEST_CHAIN = 20

merge_table = sa.Table(
    "merge",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("object", sa.Text(collation="C"), nullable=False),
    sa.Column("into_id", sa.Uuid(), nullable=False),
    sa.Column("fields", JSONB(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor_id", sa.Uuid(), nullable=False),
    comment="A merge that was not undone; `fields` of the survivor that it changed, before and after.",
)
merged_table = sa.Table(
    "merged",
    metadata,
    sa.Column("record_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("merge_id", sa.Uuid(), nullable=False),
    sa.Column("into_id", sa.Uuid(), nullable=False),
    sa.Index("ix_merged_merge_id", "merge_id"),
    comment="A record that went into another one by a merge.",
)
merge_move = sa.Table(
    "merge_move",
    metadata,
    sa.Column("merge_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("object", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("field", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("record_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("was_id", sa.Uuid(), nullable=False),
    comment="A reference that a merge turned to the survivor, with what it led to before.",
)
merge_list = sa.Table(
    "merge_list",
    metadata,
    sa.Column("merge_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("object", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("field", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("record_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("before", ARRAY(sa.Uuid()), nullable=False),
    sa.Column("after", ARRAY(sa.Uuid()), nullable=False),
    comment="Many references that a merge changed, of the survivor or of a record that referred to one merged.",
)
merge_row = sa.Table(
    "merge_row",
    metadata,
    sa.Column("merge_id", sa.Uuid(), primary_key=True, nullable=False),
    sa.Column("table", sa.Text(collation="C"), primary_key=True, nullable=False),
    sa.Column("is_after", sa.Boolean(), primary_key=True, nullable=False),
    sa.Column("number", sa.Integer(), primary_key=True, nullable=False),
    sa.Column("row", JSONB(), nullable=False),
    comment="A row that follows merged records, such as a share: as the merge found it, or as it left it.",
)


@dataclass(frozen=True, slots=True)
class Move:
    """A reference of one record that led to a record which was merged."""

    object: str
    field: str
    record_id: UUID
    was_id: UUID


@dataclass(frozen=True, slots=True)
class Listed:
    """What became of a list of references of one record."""

    object: str
    field: str
    record_id: UUID
    before: list[UUID]
    after: list[UUID]


@dataclass(frozen=True, slots=True)
class Journal:
    """All that a merge did, but for the rows of other tables, which are noted down as they are taken."""

    id: UUID
    into_id: UUID
    away: Sequence[UUID]
    fields: Mapping[str, tuple[Any, Any]]
    moves: Sequence[Move]
    lists: Sequence[Listed]


def write_journal(scope: Scope, one: ObjectType, journal: Journal) -> None:
    """Note down a merge, with at most four statements."""
    fields = {name: [plain(before), plain(after)] for name, (before, after) in journal.fields.items()}
    row = {"id": journal.id, "object": one.name, "into_id": journal.into_id, "fields": fields}
    insert_rows(scope.session, merge_table, [row | {"at": scope.now, "actor_id": scope.actor_id}])
    gone = [{"record_id": id_, "merge_id": journal.id, "into_id": journal.into_id} for id_ in journal.away]
    insert_rows(scope.session, merged_table, gone)
    for table, noted in ((merge_move, journal.moves), (merge_list, journal.lists)):
        if noted:
            insert_rows(scope.session, table, [{"merge_id": journal.id, **asdict(each)} for each in noted])


def journal_of(scope: Scope, one: ObjectType, record_id: UUID) -> Journal | None:
    """The merge by which this record went into another one; held until the transaction ends."""
    statement = (
        sa.select(merge_table)
        .join(merged_table, merged_table.c.merge_id == merge_table.c.id)
        .where(merged_table.c.record_id == record_id, merge_table.c.object == one.name)
        .with_for_update(of=merge_table)
    )
    row = scope.session.execute(statement).one_or_none()
    if row is None:
        return None
    away = sa.select(merged_table.c.record_id).where(merged_table.c.merge_id == row.id)
    moves, lists = ([column for column in table.c if column.name != "merge_id"] for table in (merge_move, merge_list))
    columns = one.table.c
    return Journal(
        row.id,
        row.into_id,
        sorted(scope.session.execute(away).scalars()),
        {name: (typed(columns[name], old), typed(columns[name], new)) for name, (old, new) in row.fields.items()},
        [Move(*each) for each in scope.session.execute(sa.select(*moves).where(merge_move.c.merge_id == row.id))],
        [Listed(*each) for each in scope.session.execute(sa.select(*lists).where(merge_list.c.merge_id == row.id))],
    )


def forget(scope: Scope, journal: Journal) -> None:
    """The merge was undone: nothing of it is left."""
    for table in (merge_row, merge_list, merge_move, merged_table):
        scope.session.execute(sa.delete(table).where(table.c.merge_id == journal.id))
    scope.session.execute(sa.delete(merge_table).where(merge_table.c.id == journal.id))


def merged_away(scope: Scope, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these records that went into another one."""
    return set(
        scope.session.execute(sa.select(merged_table.c.record_id).where(merged_table.c.record_id.in_(ids))).scalars()
    )


def merged_into(scope: Scope, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these records into which another one went."""
    return set(
        scope.session.execute(sa.select(merged_table.c.into_id).where(merged_table.c.into_id.in_(ids))).scalars()
    )


def survivors(scope: Scope, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """For those of these records that were merged the one in which they live on."""
    chain = (
        sa.select(merged_table.c.record_id, merged_table.c.into_id, sa.literal(1).label("step"))
        .where(merged_table.c.record_id.in_(ids))
        .cte("chain", recursive=True)
    )
    further = merged_table.alias()
    chain = chain.union_all(
        sa.select(chain.c.record_id, further.c.into_id, chain.c.step + 1)
        .join(further, further.c.record_id == chain.c.into_id)
        .where(chain.c.step < _LONGEST_CHAIN)
    )
    statement = sa.select(chain.c.record_id, chain.c.into_id).order_by(chain.c.step)
    return {row.record_id: row.into_id for row in scope.session.execute(statement)}
