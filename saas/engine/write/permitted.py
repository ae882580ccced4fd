"""Whether new records lie where the writer may create, and their fields are the writer's to write.

Asked before anything is written or compared: whoever may not write a field learns nothing by trying values in it.
"""

from collections.abc import Mapping, Sequence, Set
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import writable
from saas.engine.access.rows import reached
from saas.engine.field import Field, Kind
from saas.engine.problem import Problem, forbidden
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.line_input import LineInput, forbidden_lines, line_questions
from saas.engine.write.values import hidden_fields

Drafts = Sequence[tuple[UUID, Mapping[str, Any]]]


def creation_problems(
    scope: Scope, one: ObjectType, drafts: Drafts, inputs: Sequence[LineInput | None], filled: Sequence[Set[str]]
) -> list[list[Problem]]:
    """For each (id, values) and its lines what the writer may not: create it there, or write some of the fields.

    What was `filled` in by us, such as whose it is where nobody says, is nothing that the writer writes.
    """
    problems: list[list[Problem]] = [[] for _ in drafts]
    grouped = _grouped_fields(one, drafts)
    if _may_all(scope, one, grouped, inputs):
        return problems
    table = _as_table(one, drafts)
    questions: dict[str, sa.ColumnElement[bool]] = {}
    for field in grouped:
        answer = writable(scope.profile, one, field, table, "create")
        if answer is not True:
            questions[field.name] = sa.literal(answer) if isinstance(answer, bool) else answer
    of_lines = line_questions(scope, one, inputs, table, "create")
    condition = reached(scope.profile, one, "create", table)
    columns = [
        condition.label("_here"),
        *of_lines.values(),
        *(each.label(f"_write_{name}") for name, each in questions.items()),
    ]
    answers = {row["_row"]: row for row in scope.session.execute(sa.select(table.c["_row"], *columns)).mappings()}
    for number, ((_, values), found) in enumerate(zip(drafts, problems, strict=True)):
        if not answers[number]["_here"]:
            label = one.record.facts.label.en.lower()
            found.append(forbidden(f"You may not create a {label} here, outside of your reach."))
        given = [name for name in questions if values.get(name) is not None and name not in filled[number]]
        found += hidden_fields(one, [name for name in given if not answers[number][f"_write_{name}"]])
        found += forbidden_lines(one, inputs[number], answers[number], of_lines)
    return problems


def _may_all(scope: Scope, one: ObjectType, grouped: Sequence[Field], inputs: Sequence[LineInput | None]) -> bool:
    """Whether nothing of the records makes a difference, so that they need not be asked about one by one."""
    return (
        isinstance(reached(scope.profile, one, "create", one.table), sa.True_)
        and all(writable(scope.profile, one, field, one.table, "create") is True for field in grouped)
        and not line_questions(scope, one, inputs, one.table, "create")
    )


def _grouped_fields(one: ObjectType, drafts: Drafts) -> list[Field]:
    used = {name for _, values in drafts for name, value in values.items() if value is not None}
    return [field for field in one.all_fields.values() if field.group and field.name in used]


def _as_table(one: ObjectType, drafts: Drafts) -> sa.FromClause:
    """The drafts as the kernel reads records: their ids, references and states, before they are in the table."""
    names = [name for name, field in one.fields.items() if field.kind is Kind.REFERENCE]
    columns: list[sa.ColumnClause[Any]] = [sa.column("_row", sa.Integer())]
    columns += [sa.column(name, sa.Uuid()) for name in ("id", *names)]
    if one.state is not None:
        columns.append(sa.column(one.state.name, sa.Text()))
        names.append(one.state.name)
    rows = [
        (number, _place(one, id_, values), *(values.get(name) for name in names))
        for number, (id_, values) in enumerate(drafts)
    ]
    given = sa.values(*columns, name="given").data(rows)
    # A column of nothing but NULL has no type of its own.
    typed = [sa.cast(given.c[column.name], column.type).label(column.name) for column in columns]
    return sa.select(*typed).subquery("draft")


def _place(one: ObjectType, id_: UUID, values: Mapping[str, Any]) -> UUID | None:
    """Where the record stands for its rights. A new department is not in its tree yet: it stands at its parent."""
    if "id" not in (one.record.facts.department, one.record.facts.region):
        return id_
    return next((values.get(name) for name, field in one.fields.items() if field.target is one.record), None)
