"""Create records of one object."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from saas.engine.audit import created
from saas.engine.problem import Problem, ProblemCode
from saas.engine.registry import ObjectType
from saas.engine.rules import broken_by
from saas.engine.scope import Scope
from saas.engine.write.chosen import choice_problems
from saas.engine.write.defaults import fill_scope
from saas.engine.write.finish import finish
from saas.engine.write.insert import insert_records
from saas.engine.write.numbers import fill_numbers
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.permitted import creation_problems
from saas.engine.write.references import reference_problems
from saas.engine.write.uniqueness import duplicate_problems
from saas.engine.write.values import checked
from saas.kit import ids
from saas.kit.errors import BadInput


def create(scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """Create a record for each row of values by field name (`id` optional, made by the client).

    All or nothing; Forbidden without the right `object.create`.
    """
    scope.need(f"{one.name}.create")
    outcomes = [Outcome() for _ in rows]
    drafts = [_draft(scope, one, row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    asked = [dict(values) for _, values in drafts]
    fill_scope(scope, one, [values for _, values in drafts])
    if _add(outcomes, creation_problems(scope, one, drafts)):
        return not_written(outcomes)
    references = reference_problems(scope, one, asked)  # what we filled in ourselves needs no look
    chosen, duplicates = choice_problems(scope, one, asked), duplicate_problems(scope, one, drafts)
    if _add(outcomes, references, chosen, duplicates) or any_problem(outcomes):
        return not_written(outcomes)
    records = [one.record(id=id_, **values) for id_, values in drafts]
    for record, outcome in zip(records, outcomes, strict=True):
        outcome.problems += broken_by(record)
    if any_problem(outcomes):
        return not_written(outcomes)

    def write() -> None:
        fill_numbers(scope, one, records)
        insert_records(scope, one, records)

    if not finish(scope, outcomes, lambda: [created(record) for record in records], write):
        return not_written(outcomes)
    for record, outcome in zip(records, outcomes, strict=True):
        outcome.id, outcome.record, outcome.changed = record.id, record, True
    return outcomes


def _add(outcomes: list[Outcome], *found: list[list[Problem]]) -> bool:
    """Give each outcome its problems; whether there are any."""
    for problems in found:
        for outcome, of_row in zip(outcomes, problems, strict=True):
            outcome.problems += of_row
    return any(of_row for problems in found for of_row in problems)


def _draft(scope: Scope, one: ObjectType, row: Mapping[str, Any], outcome: Outcome) -> tuple[UUID, dict[str, Any]]:
    """The id and the values of a new record; what is wrong goes to the outcome."""
    values = dict(row)
    given_id = values.pop("id", None)
    id_ = ids.new_id(one.record.facts.code)
    kept, outcome.problems = checked(one, values, creating=True)
    if given_id is not None:
        try:
            id_ = ids.parse_id(given_id)
            ids.check_client_id(id_, one.record.facts.code, scope.now)
        except BadInput as wrong:
            outcome.problems.append(Problem(ProblemCode.BAD_INPUT, str(wrong), ("id",)))
    return id_, kept
