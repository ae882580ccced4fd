"""Reading files: by their ids, a page of all in sight, and a page below each of many records."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.file_tables import attachment
from saas.engine.file_tables import file as file_table
from saas.engine.read.file_list import FileListing
from saas.engine.read.file_sight import hangs_in_sight, objects_of, seen_files
from saas.engine.read.listing import PARENT, Page
from saas.engine.read.wanted_files import FILES, WantedFiles
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.stored_file import COLUMNS, File, file_of
from saas.kit.errors import AtriumError

Row = sa.RowMapping


def file_in_sight(scope: Scope, id_: UUID) -> File | None:
    """The file, where the actor sees it."""
    return files_in_sight(scope, [id_]).get(id_)


def files_in_sight(scope: Scope, ids: Collection[UUID]) -> dict[UUID, File]:
    """Those of these files that the actor sees."""
    among = objects_of(scope, ids)
    statement = sa.select(file_table).where(file_table.c.id.in_(ids), seen_files(scope, file_table, among))
    rows = scope.session.execute(statement).mappings().all()
    return {each.id: each for each in _with_records(scope, rows, among)}


def locked_file(scope: Scope, id_: UUID) -> File | None:
    """The file, where the actor sees it, which nobody else changes until the transaction ends."""
    among = objects_of(scope, [id_])
    statement = sa.select(file_table).where(file_table.c.id == id_, seen_files(scope, file_table, among))
    rows = scope.session.execute(statement.with_for_update()).mappings().all()
    return next(_with_records(scope, rows, among), None)


def read_files(scope: Scope, asked: WantedFiles, record_id: UUID | None = None) -> Page:
    """A page of the files that the actor sees: all of them, or those that hang on one record."""
    listing = FileListing(scope, asked.request, record_id=record_id)
    found = None
    if asked.counts:
        rows = listing.counted(max(asked.counts)).subquery()
        found = scope.session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()
    if not asked.is_read:
        return Page(asked.request, found=found)
    page = listing.page_from(_rows(scope, listing.page(_columns(listing))), found)
    return replace(page, nodes=_files(scope, asked, page.nodes))


def files_below(scope: Scope, of: ObjectType, asked: WantedFiles, records: Sequence[UUID]) -> dict[UUID, Page]:
    """The page of each of these living records in sight: as many statements for one as for many."""
    if not records:
        return {}
    try:
        return _pages_below(scope, of, asked, records)
    except AtriumError as error:
        error.path = (FILES, *error.path)
        raise


def _pages_below(scope: Scope, of: ObjectType, asked: WantedFiles, records: Sequence[UUID]) -> dict[UUID, Page]:
    listing = FileListing(scope, asked.request, of=of)
    counts: dict[UUID, int] = {}
    if asked.counts:
        counted = listing.counted_for_each(records, max(asked.counts))
        counts = {row.id: row.found for row in scope.session.execute(counted)}
    rows: dict[UUID, list[Any]] = {record: [] for record in records}
    if asked.is_read:
        for row in _rows(scope, listing.page_of_each(records, _columns(listing))):
            rows[row[PARENT]].append(row)
    pages = {record: listing.page_from(found, counts.get(record)) for record, found in rows.items()}
    files = {file.id: file for file in _files(scope, asked, [row for page in pages.values() for row in page.nodes])}
    return {record: replace(page, nodes=[files[row["id"]] for row in page.nodes]) for record, page in pages.items()}


def _columns(listing: FileListing) -> list[sa.ColumnElement[Any]]:
    return [listing.table.c[name] for name in COLUMNS]


def _rows(scope: Scope, statement: sa.Select[Any]) -> list[Any]:
    return [*scope.session.execute(statement).mappings()]


def _files(scope: Scope, asked: WantedFiles, rows: Sequence[Row]) -> list[File]:
    if not asked.has_records or not rows:
        return [file_of(row) for row in rows]
    return [*_with_records(scope, rows, objects_of(scope, [row["id"] for row in rows]))]


def _with_records(scope: Scope, rows: Sequence[Row], among: Sequence[ObjectType]) -> Iterator[File]:
    """The files of these rows with the records in sight that they hang on, by one more statement."""
    if not rows:
        return
    hangs = (
        sa.select(attachment.c.file_id, attachment.c.record_id)
        .where(attachment.c.file_id.in_([row["id"] for row in rows]), hangs_in_sight(scope, attachment, among))
        .order_by(attachment.c.attached_at, attachment.c.record_id)
    )
    records: dict[UUID, list[UUID]] = {}
    for found in scope.session.execute(hangs):
        records.setdefault(found.file_id, []).append(found.record_id)
    for row in rows:
        yield file_of(row, tuple(records.get(row["id"], ())))
