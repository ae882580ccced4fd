"""A row on its way into a record: its cells read, and what there is to say about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from saas.engine.problem import Problem, ProblemCode
from saas.engine.transfer.cells import Manner, NoValue, read_into
from saas.engine.transfer.issue import Code, Issue, Severity, about, issue_of, name_of
from saas.engine.transfer.plan import Part, Plan
from saas.engine.transfer.rows import Line

REFUSED = "refused"


@dataclass(slots=True)
class Row:
    """A line on its way into a record; `id` is that of the record which it updates, or became.

    version what the record has when the line is in
    below   of a document: its rows, each on its way into a line of it
    places  the rows below by their place in what is written
    """

    line: Line
    values: dict[str, Any] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    id: UUID | None = None
    version: int = 0
    became: str = ""
    below: list["Row"] = field(default_factory=list)
    places: dict[tuple[str, ...], "Row"] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        if not self.issues and not self.below:  # as most
            return False
        return any(each.severity is Severity.ERROR for each in self.issues) or any(each.refused for each in self.below)

    def refuse(self, issue: Issue) -> None:
        """Why the row stays out; then its warnings no longer matter."""
        self.issues = [each for each in self.issues if each.severity is Severity.ERROR]
        if issue not in self.issues:
            self.issues.append(issue)
        self.became = REFUSED

    def warn(self, issues: Iterable[Issue]) -> None:
        """What there is to say of a row that is kept; the same is said once."""
        self.issues += [each for each in dict.fromkeys(issues) if each not in self.issues]

    def settled(self) -> list["Row"]:
        """What became of each row of the file: a document is written or refused as a whole."""
        if not self.below:
            return [self]
        first = self.below[0]
        for issue in self.issues:
            if issue.severity is Severity.ERROR:
                first.refuse(issue)
            elif not self.refused:
                first.issues.append(issue)
        wrong = next((row for row in self.below if row.refused), None)
        for row in self.below:
            if wrong is None:
                row.became, row.id, row.version = self.became, self.id, self.version
            elif not row.refused:
                at = f"line {wrong.line.number}" if wrong.line.number != row.line.number else "another of its lines"
                row.refuse(Issue(Code.DOCUMENT.value, f"The document is refused for what stands in {at}."))
        return self.below


def rows_read(plan: Plan, lines: Sequence[Line], manner: Manner) -> list[Row]:
    """The rows with their values by field name, references still as texts; of documents one with its rows below."""
    if plan.lines is None:
        return [_read(plan, line, line.texts, manner) for line in lines]
    return [_document(plan, [*rows], manner) for _, rows in groupby(lines, key=lambda line: line.document)]


def blame(plan: Plan, row: Row, problem: Problem) -> None:
    """Refuse the row for a problem of its write; of a document the row below it that is meant."""
    path = tuple(problem.path)
    for steps in (3, 2):
        if plan.lines is not None and path[:steps] in row.places:
            row.places[path[:steps]].refuse(issue_of(problem.below(steps), plan.lines.one))
            row.became = REFUSED
            return
    row.refuse(issue_of(problem, plan.one))


def _document(plan: Plan, lines: Sequence[Line], manner: Manner) -> Row:
    first = lines[0]
    head = _read(plan, first, first.texts, manner)
    if plan.lines is None or first.refused is not None:
        return head
    for line in lines:
        row = _read(plan.lines, line, line.line_texts, manner)
        if line.texts and line.texts != first.texts:
            given = enumerate(zip(line.texts, first.texts, strict=True))
            others = [at for at, (mine, theirs) in given if mine != theirs and at not in plan.key]
            if others:
                told = f"it is another than in line {first.number}, though the document is the same."
                row.refuse(about(plan.fields[others[0]].field, ProblemCode.BAD_INPUT, told))
        head.below.append(row)
    return head


def _read(part: Part, line: Line, texts: tuple[str, ...], manner: Manner) -> Row:
    row = Row(line)
    if line.refused is not None:
        row.refuse(line.refused)
        return row
    number = part.one.record.facts.number
    for each, text in zip(part.fields, texts, strict=True):
        if text:
            try:
                read_into(row.values, each, text, manner)
            except NoValue as wrong:
                row.refuse(about(each.field, ProblemCode.BAD_INPUT, f"{wrong}."))
        elif not each.source.skip_empty and each.field.default is None and each.field.name != number:
            row.values[each.field.name] = None
            if each.source.warn_if_empty and not row.refused:
                message = f"{each.field.label.en} is empty; the record is kept without it."
                row.issues.append(Issue(Code.EMPTY_REFERENCE.value, message, name_of(each.field), Severity.WARNING))
    return row
