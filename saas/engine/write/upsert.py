"""Create or update by a key: the record that holds it is changed, and where there is none it is made."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from saas.engine.field import Field
from saas.engine.problem import Problem, ProblemCode, forbidden
from saas.engine.read.keys import compared, records_by
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.update import update
from saas.engine.write.values import checked
from saas.kit.errors import AtriumError, Forbidden
from saas.kit.text import camel
from saas.tenants.waiting import Savepoint

_ATTEMPTS = 3
Rows = Sequence[Mapping[str, Any]]


def upsert(scope: Scope, one: ObjectType, key: Field, rows: Rows) -> list[Outcome]:
    """Change the record in sight that holds the row's `key`, or create one; all or nothing.

    Needs `object.update` where something is changed and `object.create` where something is made. A twin that creates
    the same unique key at the same moment is found the next time round.
    """
    keys, outcomes = _keys(one, key, rows)
    if any_problem(outcomes):
        return not_written(outcomes)
    known = records_by(scope, one, [key], [(each,) for each in keys])
    for _ in range(_ATTEMPTS):
        outcomes = _write(scope, one, key, rows, [known.get((each,), []) for each in keys])
        if not _taken(outcomes):
            break
        before, known = known, records_by(scope, one, [key], [(each,) for each in keys])
        if known == before:
            break
    return outcomes


def _keys(one: ObjectType, key: Field, rows: Rows) -> tuple[list[Any], list[Outcome]]:
    """The key of each row as it is compared, and what is wrong with it."""
    keys: list[Any] = []
    outcomes = [Outcome() for _ in rows]
    for row, outcome in zip(rows, outcomes, strict=True):
        kept, outcome.problems = checked(one, {key.name: row.get(key.name)}, creating=False)
        value = compared(key, kept[key.name])
        if value is None and not outcome.problems:
            message = f"{key.label.en} is required: the record is recognised by it."
            outcome.problems.append(Problem(ProblemCode.REQUIRED, message, (camel(key.name),)))
        elif value is not None and value in keys:
            message = f"The same {key.label.en.lower()} stands twice in this batch."
            outcome.problems.append(Problem(ProblemCode.BAD_INPUT, message, (camel(key.name),)))
        keys.append(value)
    return keys, outcomes


def _write(scope: Scope, one: ObjectType, key: Field, rows: Rows, holders: Sequence[Sequence[UUID]]) -> list[Outcome]:
    """Update the rows whose key somebody holds and create the others, both or neither."""
    outcomes = [Outcome() for _ in rows]
    for found, outcome in zip(holders, outcomes, strict=True):
        if len(found) > 1:
            message = f"{len(found)} {one.record.facts.plural.en.lower()} have this {key.label.en.lower()}."
            outcome.problems.append(Problem(ProblemCode.AMBIGUOUS, message, (camel(key.name),)))
    if any_problem(outcomes):
        return not_written(outcomes)
    known = [i for i, found in enumerate(holders) if found]
    new = [i for i, found in enumerate(holders) if not found]
    for i, problem in _without_right(scope, one, known, new).items():
        outcomes[i].problems.append(problem)
    if any_problem(outcomes):
        return not_written(outcomes)
    changes = [(Target(holders[i][0]), {name: each for name, each in rows[i].items() if name != "id"}) for i in known]
    savepoint = Savepoint(scope.session)
    try:
        done = update(scope, one, changes) if known else []
        done += create(scope, one, [rows[i] for i in new]) if new else []
    except AtriumError:  # a caller that goes on must not keep half of it
        savepoint.undo()
        raise
    for i, outcome in zip(known + new, done, strict=True):
        outcomes[i] = outcome
    if any_problem(outcomes):
        savepoint.undo()
        return not_written(outcomes)
    savepoint.keep()
    return outcomes


def _without_right(scope: Scope, one: ObjectType, known: Sequence[int], new: Sequence[int]) -> dict[int, Problem]:
    """The rows for which the right is missing that the others do not need; what all need is refused as a whole."""
    found: dict[int, Problem] = {}
    for rows, others, operation in ((known, new, "update"), (new, known, "create")):
        try:
            scope.need(f"{one.name}.{operation}")
        except Forbidden as missing:
            found |= {i: forbidden(str(missing)) for i in rows if others}
    return found


def _taken(outcomes: Sequence[Outcome]) -> bool:
    return any(problem.code is ProblemCode.DUPLICATE for outcome in outcomes for problem in outcome.problems)
