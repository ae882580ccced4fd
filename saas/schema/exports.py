"""Exports in the API: follow one, fetch its file, call it off. Each object has a mutation that starts one."""

from collections.abc import Callable
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.export.report import export_report, export_reports
from saas.engine.export.run import cancel
from saas.engine.export.wish import Language
from saas.engine.problem import not_found
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.schema.export_types import ExportRun, ExportRunPayload, export_told
from saas.schema.operation import Operation
from saas.schema.paging import First, check_page
from saas.schema.sharing import done

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of an export of yours.")]

Everybodys = Annotated[bool, strawberry.argument(description="The log of all exports; it needs the right role.read.")]


def _export_run(info: Info, id: Id) -> ExportRun | None:
    report = export_report(info.context.scope, ids.parse_id(id))
    return None if report is None else export_told(report)


def _export_runs(info: Info, first: First = 50, everybodys: Everybodys = False) -> list[ExportRun] | None:
    check_page(first, 0)
    reports = export_reports(info.context.scope, first, everybodys=everybodys)
    return [export_told(report) for report in reports]


def _export_run_cancel(info: Info, id: Id) -> ExportRunPayload | None:
    run_id = ids.parse_id(id)

    def work(operation: Operation) -> list[Outcome]:
        if cancel(operation.scope, run_id):
            return [Outcome(id=run_id, changed=True)]
        return [Outcome(problems=[not_found("You have no export with this id that is still to be done.", "id")])]

    return export_payload(info, work)


def export_payload(info: Info, work: Callable[[Operation], list[Outcome]]) -> ExportRunPayload:
    """What a mutation that does this answers."""
    id_, problems = done(info, work)
    report = None if id_ is None else export_report(info.context.scope, ids.parse_id(id_))
    return ExportRunPayload(id=id_, export_run=None if report is None else export_told(report), problems=problems)


@strawberry.type(description="Reading exports.")
class ExportQuery:
    export_run: ExportRun | None = strawberry.field(
        resolver=_export_run, description="One of your exports; null where you started none with this id."
    )
    export_runs: list[ExportRun] | None = strawberry.field(
        resolver=_export_runs, description="Your exports, the newest first."
    )


@strawberry.type(description="Calling exports off.")
class ExportMutation:
    export_run_cancel: ExportRunPayload | None = strawberry.mutation(
        resolver=_export_run_cancel, description="Call off an export of yours; there will be no file."
    )


EXPORT_TYPES = (Language,)  # that only derived mutations name
