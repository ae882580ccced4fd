"""The end of every write: write under a savepoint, look at what became of it, audit, react."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from saas.engine.audit import Change, write_audit
from saas.engine.changed import write_changed
from saas.engine.duplicates import duplicate_warnings, keep_keys
from saas.engine.events import RecordEvent, changed, emit, react
from saas.engine.owners import owners_changed
from saas.engine.problem import Problem
from saas.engine.rules import Broken
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome, any_problem
from saas.engine.write.uniqueness import problem_of
from saas.kit.errors import AtriumError
from saas.tenants.waiting import Savepoint, begin, send


def finish(
    scope: Scope,
    outcomes: list[Outcome],
    changes: Callable[[], Sequence[Change]],
    write: Callable[[], None],
) -> dict[UUID, list[Problem]] | None:
    """Have `write` do it (it flushes, and may add problems), audit and react; the warnings by record.

    None if all was undone.

    Nothing may be pending in the session before: opening the savepoint would write it, out of reach of the undoing.
    """
    savepoint = Savepoint(scope.session)
    warnings: dict[UUID, list[Problem]] = {}
    try:
        write()
        if not any_problem(outcomes):
            done = changes()
            write_audit(scope, done)
            begin(scope.session)
            keep_keys(scope, done)
            begin(scope.session)
            _react(scope, done)
            write_changed(scope.session)
            warnings = duplicate_warnings(scope, done)
        send(scope.session)
    except IntegrityError as error:
        problem = problem_of(error)
        if problem is None:
            raise
        for outcome in outcomes:
            outcome.problems.append(problem)
    except Broken as broken:
        for outcome in outcomes:
            outcome.problems.append(broken.problem)
    except AtriumError:  # a caller that goes on must not keep half of it
        savepoint.undo()
        raise
    if any_problem(outcomes):
        savepoint.undo()
        return None
    savepoint.keep()
    return warnings


def _react(scope: Scope, changes: Sequence[Change]) -> None:
    groups: dict[RecordEvent, list[Change]] = {}
    for change in changes:
        for event in _events(change):
            groups.setdefault(event, []).append(change)
    for event, of_event in groups.items():
        react(scope, event, [change.record for change in of_event])
    emit(scope, *owners_changed(changes))


def _events(change: Change) -> list[RecordEvent]:
    """What happened to the record: what was done, and after an update each field that it changed."""
    record = type(change.record)
    fields = [name for name in change.values if name in record.fields] if "updated" in change.events else []
    return [*(RecordEvent(record, verb) for verb in change.events), *(changed(record, name) for name in fields)]
