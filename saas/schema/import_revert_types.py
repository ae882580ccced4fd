"""Reverts of imports as the API tells them: how one stands, and which records it left as they are."""

from datetime import datetime

import strawberry
from strawberry.types import Info

from saas.engine.revert.report import RevertReport, revert_issues
from saas.engine.revert.start import RevertState
from saas.kit import ids
from saas.schema.handmade import described_enum
from saas.schema.paging import First, Offset, check_page

described_enum(
    RevertState,
    "ImportRunRevertState",
    "How far an import is taken back.",
    {
        "QUEUED": "A worker will begin with it.",
        "RUNNING": "Some of the records are dealt with.",
        "DONE": "All records are dealt with; some may stay as they are.",
        "FAILED": "It ended early, and `reason` says why; what is taken back stays so.",
        "CANCELLED": "It was called off; what is taken back stays so.",
    },
)


@strawberry.type(description="What became of the records that an import wrote; each is counted once.")
class ImportRunRevertCounts:
    records: int = strawberry.field(description="Records that the import wrote and that are not taken back before.")
    done: int = strawberry.field(description="Records dealt with.")
    reverted: int = strawberry.field(description="Records that went to the trash, or are as they were before.")
    unchanged: int = strawberry.field(description="Records that are in the trash already, or as they were before.")
    refused: int = strawberry.field(description="Records that stay as they are; `issues` tells why.")


@strawberry.type(description="Why a record that an import wrote stays as it is.")
class ImportRunRevertIssue:
    line: int = strawberry.field(description="The line of the imported file.")
    record_id: strawberry.ID = strawberry.field(description="The record.")
    code: str | None = strawberry.field(
        description="Stable, for programs: MOVED_ON, DELETED, HISTORY_GONE, or a ProblemCode of a write."
    )
    message: str | None = strawberry.field(description="A sentence for people.")
    fields: list[str] | None = strawberry.field(description="The fields concerned, as far as you see them.")


def _issues(
    self: "ImportRunRevert", info: Info, first: First = 50, offset: Offset = 0
) -> list[ImportRunRevertIssue] | None:
    check_page(first, offset)
    found = revert_issues(info.context.scope, ids.parse_id(self.run_id), self.number, first, offset)
    return [
        ImportRunRevertIssue(
            line=issue.line,
            record_id=strawberry.ID(str(issue.record_id)),
            code=issue.code,
            message=issue.message,
            fields=issue.fields,
        )
        for issue in found
    ]


@strawberry.type(description="The last time that an import was taken back, or that this was tried.")
class ImportRunRevert:
    run_id: strawberry.Private[str]
    number: int = strawberry.field(description="Which time it was, from 1.")
    state: RevertState | None = strawberry.field(description="How it stands.")
    is_dry_run: bool | None = strawberry.field(description="Whether it only tries, and writes nothing.")
    reason: str | None = strawberry.field(description="Why it ended before it came to all records.")
    counts: ImportRunRevertCounts | None = strawberry.field(description="What became of the records.")
    created_at: datetime | None = strawberry.field(description="When it was started.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")

    issues: list[ImportRunRevertIssue] | None = strawberry.field(
        resolver=_issues, description="The records that stay as they are, by line."
    )


def revert_told(report: RevertReport) -> ImportRunRevert:
    """The revert as the API tells it."""
    counts = report.counts
    return ImportRunRevert(
        run_id=str(report.run_id),
        number=report.number,
        state=report.state,
        is_dry_run=report.is_dry_run,
        reason=report.reason,
        counts=ImportRunRevertCounts(
            records=counts.records,
            done=counts.done,
            reverted=counts.reverted,
            unchanged=counts.unchanged,
            refused=counts.refused,
        ),
        created_at=report.created_at,
        finished_at=report.finished_at,
    )
