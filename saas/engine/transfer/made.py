"""What an import wrote: which record each row became and at which version, so that all of it can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from saas.engine.record import metadata
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope
from saas.engine.transfer.chunk import CREATED, UPDATED
from saas.engine.transfer.row import Row

import_record = sa.Table(
    "import_record",
    metadata,
    sa.Column("run_id", sa.Uuid(), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.Column("line", sa.Integer(), nullable=False),
    sa.Column("record_id", sa.Uuid(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("became", sa.Text(collation="C"), nullable=False),
    sa.Column("reverted_by", sa.Integer()),
    comment="What an import wrote, in its order: a record, and the version it had then. `reverted_by`: which revert.",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A record that a row of an import created or updated.

    number   its place in the order in which the import wrote
    version  what the record had when the row was in
    """

    number: int
    line: int
    record_id: UUID
    version: int
    became: str

    @property
    def is_new(self) -> bool:
        return self.became == CREATED


def note_made(scope: Scope, run_id: UUID, done: int, rows: Iterable[Row]) -> None:
    """Note down what a chunk wrote behind `done` rows, with one statement that goes along with the next.

    A chunk updates before it creates, for a new record may take a key that an update set free. Of a document the
    first row stands for all.
    """
    first = (row for row in rows if row.became in (CREATED, UPDATED) and row.line.row == row.line.document)
    wrote = sorted(first, key=lambda row: row.became == CREATED)
    noted = [
        {
            "run_id": run_id,
            "number": number,
            "line": row.line.number,
            "record_id": row.id,
            "version": row.version,
            "became": row.became,
        }
        for number, row in enumerate(wrote, start=done + 1)
    ]
    if noted:
        insert_rows(scope.session, import_record, noted)
