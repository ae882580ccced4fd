"""Taking imports back in the API; `importRun { revert }` tells how that stands."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.problem import Problem as EngineProblem
from saas.engine.problem import not_found
from saas.engine.revert.job import start_later
from saas.engine.revert.run import cancel
from saas.engine.transfer.report import run_report
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.schema.handmade import Problem
from saas.schema.import_types import ImportRun, run_told
from saas.schema.operation import Operation
from saas.schema.sharing import done

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of an import of yours.")]
DryRun = Annotated[bool, strawberry.argument(description="Only tell what would become of the records.")]


@strawberry.type(description="What became of the wish to take an import back, or to call that off.")
class ImportRunRevertPayload:
    id: strawberry.ID | None = strawberry.field(description="The import; null if and only if nothing was done.")
    import_run: ImportRun | None = strawberry.field(description="The import; `revert` tells how far it is taken back.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


def _import_run_revert(info: Info, id: Id, dry_run: DryRun = False) -> ImportRunRevertPayload | None:
    def work(operation: Operation) -> list[Outcome]:
        run_id = ids.parse_id(id)
        revert = start_later(operation.scope, run_id, dry_run=dry_run)
        if isinstance(revert, EngineProblem):
            return [Outcome(problems=[revert])]
        return [Outcome(id=run_id, changed=True)]

    return _payload(info, *done(info, work))


def _import_run_revert_cancel(info: Info, id: Id) -> ImportRunRevertPayload | None:
    def work(operation: Operation) -> list[Outcome]:
        run_id = ids.parse_id(id)
        if cancel(operation.scope, run_id):
            return [Outcome(id=run_id, changed=True)]
        return [Outcome(problems=[not_found("You have no import with this id that is being taken back.", "id")])]

    return _payload(info, *done(info, work))


def _payload(info: Info, id_: strawberry.ID | None, problems: list[Problem]) -> ImportRunRevertPayload:
    report = None if id_ is None else run_report(info.context.scope, ids.parse_id(id_))
    return ImportRunRevertPayload(id=id_, import_run=None if report is None else run_told(report), problems=problems)


@strawberry.type(description="Taking imports back.")
class ImportRevertMutation:
    import_run_revert: ImportRunRevertPayload | None = strawberry.mutation(
        resolver=_import_run_revert,
        description="Take back what an import of yours wrote, as a job: new records go to the trash, changed ones are "
        "as before; what has moved on since stays. Done again, it goes over what is not taken back yet.",
    )
    import_run_revert_cancel: ImportRunRevertPayload | None = strawberry.mutation(
        resolver=_import_run_revert_cancel,
        description="Call that off; what is taken back stays so, the rest can be taken back later.",
    )
