"""The refused rows of a file, as a file of the same columns with the reasons: to correct and to import again."""

import csv
import io
from collections.abc import Iterable

from saas.engine.transfer.issue import Severity
from saas.engine.transfer.report import LineIssue
from saas.engine.transfer.sheet import Sheet
from saas.kit.spreadsheets import harmless

REASON = "Problem / 问题"


def refused_rows(sheet: Sheet, issues: Iterable[LineIssue]) -> str:
    """CSV: the header, each refused row as it stood in the file, and why. A column of earlier reasons is replaced."""
    reasons: dict[int, list[str]] = {}
    for issue in issues:
        if issue.severity == Severity.ERROR:
            reasons.setdefault(issue.line, []).append(issue.message)
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
