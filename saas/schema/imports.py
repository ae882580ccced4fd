"""Imports in the API: start one, follow it, read what became of each line, call it off."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.problem import Problem as EngineProblem
from saas.engine.problem import ProblemCode, forbidden, not_found
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.transfer.entry import Sheet, sheet_of
from saas.engine.transfer.job import start_later
from saas.engine.transfer.reading import fetched, told_of_file
from saas.engine.transfer.report import run_report, run_reports
from saas.engine.transfer.run import cancel, importable, opened_text
from saas.engine.transfer.saved import fitting, mappings_saved
from saas.engine.transfer.source import Manner, content_of
from saas.engine.transfer.suggest import LOOKED_AT, suggest
from saas.kit import ids
from saas.kit.errors import BadInput, Forbidden, TooLarge
from saas.schema.handmade import Problem, told
from saas.schema.import_input import ImportRunStartInput, upload_of
from saas.schema.import_types import ImportRun, ImportSuggestion, run_told, suggestion_told
from saas.schema.operation import Operation
from saas.schema.paging import First, check_page

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of an import of yours.")]
Object = Annotated[str, strawberry.argument(description="What the rows are to become, such as `customer`.")]
Csv = Annotated[str | None, strawberry.argument(description="The text of the file, or its first rows.")]
FileId = Annotated[strawberry.ID | None, strawberry.argument(description="Or a file in your sight.")]
SheetName = Annotated[str | None, strawberry.argument(description="Of a workbook: which sheet.")]
Input = Annotated[ImportRunStartInput, strawberry.argument(description="The file, and how it is read.")]


@strawberry.type(description="What became of the wish to import.")
class ImportRunStartPayload:
    id: strawberry.ID | None = strawberry.field(description="Null if and only if no import was started.")
    import_run: ImportRun | None = strawberry.field(description="The import.")
    problems: list[Problem] = strawberry.field(description="Why none was started.")


@strawberry.type(description="What became of the wish to call an import off.")
class ImportRunCancelPayload:
    id: strawberry.ID | None = strawberry.field(description="Null if and only if nothing was called off.")
    import_run: ImportRun | None = strawberry.field(description="The import; rows that are in stay.")
    problems: list[Problem] = strawberry.field(description="Why nothing was called off.")


def _import_run(info: Info, id: Id) -> ImportRun | None:
    report = run_report(info.context.scope, ids.parse_id(id))
    return None if report is None else run_told(report)


def _import_runs(info: Info, first: First = 50) -> list[ImportRun] | None:
    check_page(first, 0)
    return [run_told(report) for report in run_reports(info.context.scope, first)]


def _import_suggestion(
    info: Info, object: Object, csv: Csv = None, file_id: FileId = None, sheet: SheetName = None
) -> ImportSuggestion | None:
    scope = info.context.scope
    one = importable(scope, object)
    manner = Manner(sheet=sheet, lines="lines" if one.lines else None)
    if csv is not None and file_id is None:
        return _suggestion(scope, one, sheet_of(opened_text(csv, manner), LOOKED_AT))
    if csv is not None or file_id is None:
        raise BadInput("Give either csv or fileId.", path=("csv",))
    _, file = fetched(scope, ids.parse_id(file_id))
    with file, told_of_file():
        return _suggestion(scope, one, sheet_of(content_of(file, manner), LOOKED_AT))


def _suggestion(scope: Scope, one: ObjectType, sheet: Sheet) -> ImportSuggestion:
    saved = [each for each in mappings_saved(scope, one.name) if fitting(each, sheet.header)]
    return suggestion_told(suggest(one, sheet), saved)


def _import_run_start(info: Info, input: Input) -> ImportRunStartPayload | None:
    def work(operation: Operation) -> UUID:
        return start_later(operation.scope, upload_of(operation.scope, input))

    id_, run, problems = _do(info, work)
    return ImportRunStartPayload(id=id_, import_run=run, problems=problems)


def _import_run_cancel(info: Info, id: Id) -> ImportRunCancelPayload | None:
    def work(operation: Operation) -> UUID | EngineProblem:
        run_id = ids.parse_id(id)
        if cancel(operation.scope, run_id):
            return run_id
        return not_found("You have no import with this id that is still to be done.", "id")

    id_, run, problems = _do(info, work)
    return ImportRunCancelPayload(id=id_, import_run=run, problems=problems)


@strawberry.type(description="Reading imports.")
class ImportQuery:
    import_run: ImportRun | None = strawberry.field(
        resolver=_import_run, description="One of your imports; null where you started none with this id."
    )
    import_runs: list[ImportRun] | None = strawberry.field(
        resolver=_import_runs, description="Your imports, the newest first."
    )
    import_suggestion: ImportSuggestion | None = strawberry.field(
        resolver=_import_suggestion,
        description="Which column of a file is which field, by headings in English and Chinese and by what is in them.",
    )


@strawberry.type(description="Starting imports and calling them off.")
class ImportMutation:
    import_run_start: ImportRunStartPayload | None = strawberry.mutation(
        resolver=_import_run_start, description="Import a file, as a job: follow it with `importRun`."
    )
    import_run_cancel: ImportRunCancelPayload | None = strawberry.mutation(
        resolver=_import_run_cancel, description="Call off an import of yours; rows that are in stay."
    )


def _do(
    info: Info, work: Callable[[Operation], UUID | EngineProblem]
) -> tuple[strawberry.ID | None, ImportRun | None, list[Problem]]:
    """Id, import and problems of one root field, which counts for the whole mutation as every other."""
    operation: Operation = info.context
    key = str(info.path.key)
    refused = operation.verdict(key)
    if refused is None:
        done = _attempt(operation, key, work)
        if isinstance(done, UUID):
            report = run_report(operation.scope, done)
            return strawberry.ID(str(done)), None if report is None else run_told(report), []
        refused = [done]
        operation.fail(key, refused)
    return None, None, [told(problem) for problem in refused]


def _attempt(operation: Operation, key: str, work: Callable[[Operation], UUID | EngineProblem]) -> UUID | EngineProblem:
    try:
        return work(operation)
    except Forbidden as error:
        return forbidden(str(error))
    except (BadInput, TooLarge) as error:
        return EngineProblem(ProblemCode.BAD_INPUT, str(error), error.path)
    except Exception as error:
        operation.fail(key, error)
        raise
