"""The refused rows of a file, as a file of the same columns with the reasons: to correct and to import again."""

import csv
import io
from collections.abc import Iterable
from pathlib import PurePath
from uuid import UUID

from saas.engine.files.made import keep_made
from saas.engine.files.sink import Sink
from saas.engine.scope import Scope
from saas.engine.transfer.sheet import Sheet
from saas.gateways.files import file_store
from saas.kit import log
from saas.kit.errors import Unavailable
from saas.kit.spreadsheets import harmless

REASON = "Problem / 问题"
_log = log.logger(__name__)


def refused_rows(sheet: Sheet, refusals: Iterable[tuple[int, str]]) -> str:
    """CSV: the header, each of these rows (by its line) as it stood there, and why; earlier reasons are replaced."""
    reasons: dict[int, list[str]] = {}
    for line, message in refusals:
        reasons.setdefault(line, []).append(message)
    width = len(sheet.header) - (sheet.header[-1] == REASON)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*map(harmless, sheet.header[:width]), REASON])
    for entry in sheet.entries:
        if entry.line in reasons:
            cells = [*map(harmless, entry.cells), *[""] * width]
            beyond = map(harmless, entry.cells[len(sheet.header) :])  # of a line that was refused for its length
            writer.writerow([*cells[:width], harmless(" ".join(reasons[entry.line])), *beyond])
    return out.getvalue()


def keep_refused(scope: Scope, file_name: str, rows: str) -> UUID | None:
    """The id of a file with these rows, the actor's alone; None where the store does not take it, which is logged."""
    try:
        incoming = file_store().incoming()
        try:
            sink = Sink(incoming)
            sink.write(rows.encode("utf-8-sig"))  # the mark tells Excel that it is UTF-8
            _, file_id = keep_made(scope, f"{PurePath(file_name).stem[:200]} refused.csv", "text/csv", sink)
        finally:
            incoming.drop()
    except Unavailable as error:
        _log.warning("the refused rows of an import were not kept", reason=str(error))
        return None
    return file_id
