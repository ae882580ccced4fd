"""The refused rows of a file, as a file of the same columns with the reasons: to correct and to import again."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from saas.engine.files.made import keep_made
from saas.engine.files.sink import Sink
from saas.engine.scope import Scope
from saas.engine.transfer.issue import Severity
from saas.engine.transfer.tables import import_issue, import_row
from saas.gateways.files import file_store
from saas.kit import log
from saas.kit.errors import Unavailable
from saas.kit.spreadsheets import harmless

REASON = "Problem / 问题"
_AT_ONCE = 500
_SORTED_AT_ONCE = 100_000  # more would not be in their order in time
_log = log.logger(__name__)

Rows = Iterator[str]
Keep = Callable[[Scope, str, Rows], UUID | None]  # scope, name of the imported file, the rows; the id of the file made


def refused_rows(scope: Scope, run_id: UUID, header: Sequence[str]) -> Rows:
    """CSV, piece by piece: the header, each of these rows as it stood there, and why; earlier reasons are replaced."""
    row, issue = import_row.c, import_issue.c
    last = scope.session.execute(sa.select(sa.func.max(row.number)).where(row.run_id == run_id)).scalar_one() or 0
    width = len(header) - (header[-1] == REASON)
    why = sa.func.array_agg(aggregate_order_by(issue.message, issue.number))
    statement = (
        sa.select(row.number, row.cells, why)
        .join(import_issue, sa.and_(issue.run_id == row.run_id, issue.row == row.number))
        .where(row.run_id == run_id, issue.severity == Severity.ERROR.value)
        .group_by(row.number, row.cells)
        .order_by(row.number)
        .execution_options(yield_per=_AT_ONCE)
    )
    yield _csv([[*map(harmless, header[:width]), REASON]])
    for start in range(0, last, _SORTED_AT_ONCE):
        some = statement.where(row.number > start, row.number <= start + _SORTED_AT_ONCE)
        for rows in scope.session.execute(some).partitions():
            yield _csv([_corrected(cells, reasons, width, len(header)) for _, cells, reasons in rows])


def keep_refused(scope: Scope, file_name: str, rows: Rows) -> UUID | None:
    """The id of a file with these rows, the actor's alone; None where the store does not take it, which is logged."""
    try:
        incoming = file_store().incoming()
        try:
            sink = Sink(incoming)
            sink.write(b"\xef\xbb\xbf")  # the mark tells Excel that it is UTF-8
            for piece in rows:
                sink.write(piece.encode())
            _, file_id = keep_made(scope, f"{PurePath(file_name).stem[:200]} refused.csv", "text/csv", sink)
        finally:
            incoming.drop()
    except Unavailable as error:
        _log.warning("the refused rows of an import were not kept", reason=str(error))
        return None
    return file_id


def _corrected(cells: Sequence[str], reasons: Sequence[str], width: int, columns: int) -> list[str]:
    beyond = map(harmless, cells[columns:])  # of a line that was refused for its length
    own = [*map(harmless, cells), *[""] * width][:width]
    return [*own, harmless(" ".join(reasons)), *beyond]


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()
