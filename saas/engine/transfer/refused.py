"""The refused rows of a file, as a file of the same columns with the reasons: to correct and to import again."""

import csv
import io
from collections.abc import Iterable

from saas.engine.transfer.issue import Severity
from saas.engine.transfer.report import LineIssue
from saas.engine.transfer.sheet import Sheet
from saas.kit.formulas import defused, undefused

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
    writer.writerow([*map(_cell, sheet.header[:width]), REASON])
    for entry in sheet.entries:
        if entry.line in reasons:
            cells = [*map(_cell, entry.cells), *[""] * width]
            beyond = map(_cell, entry.cells[len(sheet.header) :])  # of a line that was refused for its length
            writer.writerow([*cells[:width], defused(" ".join(reasons[entry.line])), *beyond])
    return out.getvalue()


def _cell(text: str) -> str:
    """As it was read, and harmless: what the file says was defused before stays so."""
    return defused(undefused(text))
