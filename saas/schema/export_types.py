"""Exports as the API tells them: how one stands, and which file it became."""

from datetime import datetime

import orjson
import strawberry

from saas.engine.export.report import ExportReport
from saas.engine.export.wish import ExportFormat, ExportState, Language
from saas.schema.file_types import File, file_told
from saas.schema.handmade import Problem, described_enum

described_enum(
    ExportState,
    "ExportRunState",
    "How an export stands.",
    {
        "QUEUED": "A worker will begin with it.",
        "RUNNING": "Some of its records are written.",
        "DONE": "Its file is there, until it is removed.",
        "FAILED": "It ended without a file, and `reason` says why.",
        "CANCELLED": "It was called off; there is no file.",
    },
)
described_enum(
    ExportFormat,
    "ExportFormat",
    "How a file of records is written.",
    {
        "CSV": "A table with commas, as spreadsheets read it.",
        "XLSX": "A table of Excel; it needs the special permission export.excel.",
        "JSON_LINES": "One JSON object a line, named and typed as in the API.",
    },
)
described_enum(
    Language,
    "Language",
    "A language of headings and labels.",
    {"EN": "English.", "ZH": "Chinese."},
)


@strawberry.type(description="How far an export is.")
class ExportRunProgress:
    rows: int = strawberry.field(description="Records written; how many there will be shows at the end.")


@strawberry.type(description="One export of a list; seen by whoever started it, and in the log of all.")
class ExportRun:
    id: strawberry.ID = strawberry.field(description="Its id.")
    object: str | None = strawberry.field(description="The object whose records are exported.")
    format: ExportFormat | None = strawberry.field(description="How the file is written.")
    state: ExportState | None = strawberry.field(description="How it stands.")
    reason: str | None = strawberry.field(description="Why it ended without a file, or what it waits for.")
    progress: ExportRunProgress | None = strawberry.field(description="How far it is.")
    file: File | None = strawberry.field(
        description="The file; null before it is there, after it was removed, and to everybody but its starter."
    )
    asked: str | None = strawberry.field(
        description="What was asked for, in JSON: filter, order, search, fields, language."
    )
    created_by_id: strawberry.ID | None = strawberry.field(description="The employee who started it.")
    created_at: datetime | None = strawberry.field(description="When it was started.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")


@strawberry.type(description="What became of the wish to export, or to call that off.")
class ExportRunPayload:
    id: strawberry.ID | None = strawberry.field(description="The export; null if and only if nothing was done.")
    export_run: ExportRun | None = strawberry.field(description="How it stands.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


def export_told(report: ExportReport) -> ExportRun:
    """The export as the API tells it."""
    return ExportRun(
        id=strawberry.ID(str(report.id)),
        object=report.object,
        format=report.format,
        state=report.state,
        reason=report.reason,
        progress=ExportRunProgress(rows=report.rows),
        file=None if report.file is None else file_told(report.file),
        asked=orjson.dumps(report.asked).decode(),
        created_by_id=strawberry.ID(str(report.created_by)),
        created_at=report.created_at,
        finished_at=report.finished_at,
    )
