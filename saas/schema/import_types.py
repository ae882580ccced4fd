"""Imports as the API tells them: how one stands, what became of its rows, and what there is to say about them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.revert.report import revert_report
from saas.engine.transfer.issue import Severity
from saas.engine.transfer.report import RunReport, run_issues
from saas.engine.transfer.run import RunState
from saas.engine.transfer.saved import Saved
from saas.engine.transfer.suggest import Suggestion
from saas.schema.file_types import File, file_told
from saas.schema.handmade import described_enum
from saas.schema.import_mappings import ImportMapping, mapping_told
from saas.schema.import_revert_types import ImportRunRevert, revert_told
from saas.schema.paging import First, Offset, check_page

described_enum(
    RunState,
    "ImportRunState",
    "How an import stands.",
    {
        "QUEUED": "A worker will begin with it.",
        "RUNNING": "Some of its rows are dealt with.",
        "DONE": "All its rows are dealt with; some may have been refused.",
        "FAILED": "It ended early, and `reason` says why; what is in stays.",
        "CANCELLED": "It was called off; what is in stays.",
    },
)
described_enum(
    Severity,
    "ImportIssueSeverity",
    "What an issue means for its row.",
    {"ERROR": "The row was refused.", "WARNING": "The row was kept."},
)


@strawberry.type(description="What became of the rows of an import so far.")
class ImportRunCounts:
    rows: int = strawberry.field(description="Rows of the file.")
    created: int = strawberry.field(description="Rows that became a new record.")
    updated: int = strawberry.field(description="Rows that changed a record.")
    unchanged: int = strawberry.field(description="Rows whose record was like that already.")
    refused: int = strawberry.field(description="Rows that were not written.")
    warnings: int = strawberry.field(description="Warnings on rows that were written.")


@strawberry.type(description="How far an import is.")
class ImportRunProgress:
    rows: int = strawberry.field(description="Rows to deal with.")
    done: int = strawberry.field(description="Rows dealt with.")


@strawberry.type(description="Something to tell about one line of an imported file.")
class ImportRunIssue:
    line: int = strawberry.field(description="The line of the file on which the row begins.")
    severity: Severity | None = strawberry.field(description="Whether the row was refused for it.")
    field: str | None = strawberry.field(description="The field concerned; empty where it is the whole line.")
    code: str | None = strawberry.field(description="Stable, for programs: a ProblemCode or a code of imports.")
    message: str | None = strawberry.field(description="A sentence for people.")


def _issues(self: "ImportRun", info: Info, first: First = 50, offset: Offset = 0) -> list[ImportRunIssue] | None:
    check_page(first, offset)
    found = run_issues(info.context.scope, UUID(self.id), first, offset)
    return [
        ImportRunIssue(
            line=issue.line,
            severity=Severity(issue.severity),
            field=issue.field,
            code=issue.code,
            message=issue.message,
        )
        for issue in found
    ]


@strawberry.type(description="A column of a file and the field that it seems to be, to be used as ImportColumnInput.")
class ImportSuggestedColumn:
    column: str = strawberry.field(description="The column, as it is headed.")
    field: str = strawberry.field(description="The field, such as `engagedOn` or `address.city`.")
    by: str | None = strawberry.field(description="For a reference: the field that names the record; else its title.")
    date_format: str | None = strawberry.field(description="How its dates are written; null where the year is first.")
    times: int | None = strawberry.field(description="By what its amounts are multiplied: 10000 under （万元）.")
    currency_column: str | None = strawberry.field(
        description="The column beside it with the currency; both are its `columns` then."
    )


@strawberry.type(description="A mapping for a file, read off its headings and its first rows; nothing is written.")
class ImportSuggestion:
    object: str = strawberry.field(description="What the rows would become.")
    columns: list[ImportSuggestedColumn] = strawberry.field(description="The columns that were recognised.")
    key: list[str] = strawberry.field(description="By what records would be known again; empty: name a field.")
    decimal: str = strawberry.field(description="The decimal separator of its numbers.")
    unused: list[str] = strawberry.field(description="Columns that were not recognised.")
    missing: list[str] = strawberry.field(description="Required fields that no column has.")
    lines: list[ImportSuggestedColumn] = strawberry.field(description="Of a document: the fields of its lines.")
    doubts: list[str] = strawberry.field(description="Sentences on what could be meant otherwise.")
    saved: list[ImportMapping] = strawberry.field(description="Mappings that were saved and fit the file, by name.")


def suggestion_told(found: Suggestion, saved: Sequence[Saved]) -> ImportSuggestion:
    """The suggestion as the API tells it."""
    columns = [ImportSuggestedColumn(**asdict(each)) for each in found.columns]
    return ImportSuggestion(
        object=found.object,
        columns=columns,
        key=found.key,
        decimal=found.decimal,
        unused=found.unused,
        missing=found.missing,
        lines=[ImportSuggestedColumn(**asdict(each)) for each in found.lines],
        doubts=found.doubts,
        saved=[mapping_told(each) for each in saved],
    )


def _revert(self: "ImportRun", info: Info) -> ImportRunRevert | None:
    report = revert_report(info.context.scope, UUID(self.id))
    return None if report is None else revert_told(report)


@strawberry.type(description="One import of a file; seen by whoever started it.")
class ImportRun:
    id: strawberry.ID = strawberry.field(description="Its id.")
    object: str | None = strawberry.field(description="The object that the rows become.")
    file_name: str | None = strawberry.field(description="What the file was called.")
    state: RunState | None = strawberry.field(description="How it stands.")
    is_dry_run: bool | None = strawberry.field(description="Whether it only tries, and writes nothing.")
    reason: str | None = strawberry.field(description="Why it ended before its file did.")
    counts: ImportRunCounts | None = strawberry.field(description="What became of its rows.")
    progress: ImportRunProgress | None = strawberry.field(description="How far it is.")
    created_at: datetime | None = strawberry.field(description="When it was started.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    refused_file: File | None = strawberry.field(
        description="The refused rows with the reasons, as CSV: to correct and to import again with the same mapping."
    )

    issues: list[ImportRunIssue] | None = strawberry.field(
        resolver=_issues, description="What there is to tell about its lines, by line."
    )
    revert: ImportRunRevert | None = strawberry.field(
        resolver=_revert, description="How far it is taken back; null where nobody has tried."
    )


def run_told(report: RunReport) -> ImportRun:
    """The import as the API tells it."""
    counts = report.counts
    return ImportRun(
        id=strawberry.ID(str(report.id)),
        object=report.object,
        file_name=report.file_name,
        state=report.state,
        is_dry_run=report.is_dry_run,
        reason=report.reason or None,
        counts=ImportRunCounts(
            rows=counts.rows,
            created=counts.created,
            updated=counts.updated,
            unchanged=counts.unchanged,
            refused=counts.refused,
            warnings=counts.warnings,
        ),
        progress=ImportRunProgress(rows=counts.rows, done=counts.done),
        created_at=report.created_at,
        finished_at=report.finished_at,
        refused_file=None if report.refused_file is None else file_told(report.refused_file),
    )
