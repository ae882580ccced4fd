"""Create records of one object."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from saas.engine.access.fields import allowed
from saas.engine.access.rows import reached
from saas.engine.access.tables import Access
from saas.engine.audit import Change, ChangeKind
from saas.engine.field import Field
from saas.engine.problem import Problem, ProblemCode, forbidden
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.engine.rules import broken_by
from saas.engine.scope import Scope
from saas.engine.write.finish import finish
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.references import circles, reference_problems
from saas.engine.write.uniqueness import duplicate_problems
from saas.engine.write.values import checked, hidden_field
from saas.kit import ids
from saas.kit.errors import BadInput


def create(scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """Create a record for each row of values by field name (`id` optional, made by the client).

    All or nothing; Forbidden without the right `object.create`.
    """
    scope.need(f"{one.name}.create")
    outcomes = [Outcome() for _ in rows]
    records = [_draft(scope, one, row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    given = [{name: getattr(record, name) for name in one.fields} for record in records]
    numbered = [(record.id, values) for record, values in zip(records, given, strict=True)]
    for found in (reference_problems(scope, one, given), duplicate_problems(scope, one, numbered)):
        for outcome, problems in zip(outcomes, found, strict=True):
            outcome.problems += problems
    if any_problem(outcomes):
        return not_written(outcomes)
    for record, outcome in zip(records, outcomes, strict=True):
        outcome.problems += broken_by(record)
    if any_problem(outcomes):
        return not_written(outcomes)
    scope.session.add_all(records)

    def changes() -> list[Change]:
        return [_created(record) for record in records]

    def look() -> None:
        _look(scope, one, rows, records, outcomes)

    if not finish(scope, one, outcomes, changes, look):
        return not_written(outcomes)
    for record, outcome in zip(records, outcomes, strict=True):
        outcome.id, outcome.record, outcome.changed = record.id, record, True
    return outcomes


def _draft(scope: Scope, one: ObjectType, row: Mapping[str, Any], outcome: Outcome) -> Record:
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
    _fill_scope(scope, one, kept)
    return one.record(id=id_, **kept)


def _fill_scope(scope: Scope, one: ObjectType, values: dict[str, Any]) -> None:
    """A person's new record is theirs and their department's, unless they say otherwise."""
    facts, profile = one.record.facts, scope.profile
    if facts.owner and facts.owner != "id" and facts.owner not in values and profile.kind == "person":
        values[facts.owner] = profile.principal_id
    if facts.department and facts.department not in ("id", *values) and facts.owner != "id":
        values[facts.department] = profile.department_id


def _look(
    scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]], records: list[Record], outcomes: list[Outcome]
) -> None:
    """Whether the new records lie where the writer may create, and the fields were theirs to write."""
    by_id = {record.id: outcome for record, outcome in zip(records, outcomes, strict=True)}
    for id_, problems in circles(scope, one, list(by_id)).items():
        by_id[id_].problems += problems
    conditional: dict[str, sa.ColumnElement[bool]] = {}
    for field in _grouped_fields(one, rows):
        answer = allowed(scope.profile, one, field, one.table, Access.WRITE)
        if answer is False:
            _refuse(field, rows, outcomes)
        elif answer is not True:
            conditional[field.name] = answer
    condition = reached(scope.profile, one, "create", one.table)
    if isinstance(condition, sa.True_) and not conditional:
        return
    columns = [condition.label("_here"), *(each.label(name) for name, each in conditional.items())]
    looked = sa.select(one.table.c.id, *columns).where(one.table.c.id.in_(list(by_id)))
    given = {record.id: row for record, row in zip(records, rows, strict=True)}
    for seen in scope.session.execute(looked).mappings():
        problems = by_id[seen["id"]].problems
        if not seen["_here"]:
            label = one.record.facts.label.en.lower()
            problems.append(forbidden(f"You may not create a {label} for this owner or department."))
        problems += [
            hidden_field(one.fields[name]) for name in conditional if given[seen["id"]].get(name) and not seen[name]
        ]


def _grouped_fields(one: ObjectType, rows: Sequence[Mapping[str, Any]]) -> list[Field]:
    used = {name for row in rows for name, value in row.items() if value is not None}
    return [field for field in one.fields.values() if field.group and field.name in used]


def _refuse(field: Field, rows: Sequence[Mapping[str, Any]], outcomes: list[Outcome]) -> None:
    for row, outcome in zip(rows, outcomes, strict=True):
        if row.get(field.name) is not None:
            outcome.problems.append(hidden_field(field))


def _created(record: Record) -> Change:
    values = {
        name: (None, getattr(record, name))
        for name, field in record.fields.items()
        if not field.system and getattr(record, name) is not None
    }
    return Change(record, ChangeKind.CREATED, values, scope_before=None)
