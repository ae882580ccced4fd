"""What a writer asks of the lines of one document: new ones, changes, and what goes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import writable
from saas.engine.problem import Problem, ProblemCode
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.write.chosen import choice_problems
from saas.engine.write.drafts import draft
from saas.engine.write.references import reference_problems
from saas.engine.write.values import checked, hidden_fields
from saas.kit import ids
from saas.kit.errors import BadInput

Path = tuple[str, ...]
Line = tuple[UUID, dict[str, Any], Path]


@dataclass(slots=True)
class LineInput:
    """The lines to make and to change, each with its values and its place in the input, and those to delete.

    `whole`: the lines given are all that the document is to have; any other goes.
    """

    create: list[Line] = field(default_factory=list)
    update: list[Line] = field(default_factory=list)
    delete: list[UUID] = field(default_factory=list)
    whole: bool = False

    def deleted(self, known: Collection[UUID]) -> list[UUID]:
        return list(known) if self.whole else self.delete

    @property
    def rows(self) -> list[Line]:
        return [*self.create, *self.update]

    def __bool__(self) -> bool:
        return bool(self.create or self.update or self.delete or self.whole)


def peeled(
    scope: Scope, one: ObjectType, row: Mapping[str, Any]
) -> tuple[dict[str, Any], LineInput | None, list[Problem]]:
    """The values of the document itself, and what is asked of its lines: a list, or create, update and delete."""
    values = dict(row)
    if one.lines is None or "lines" not in values:
        return values, None, []
    given = values.pop("lines")
    found, problems = LineInput(whole=not isinstance(given, Mapping)), list[Problem]()
    parts = given if isinstance(given, Mapping) else {"create": given or []}
    at: Path = ("lines",) if found.whole else ("lines", "create")
    for i, each in enumerate(parts.get("create") or ()):
        id_, kept, wrong = draft(scope, one.lines, each)
        found.create.append((id_, kept, (*at, str(i))))
        problems += [problem.at(*at, str(i)) for problem in wrong]
    for i, each in enumerate(parts.get("update") or ()):
        path: Path = ("lines", "update", str(i))
        rest = {name: value for name, value in each.items() if name != "id"}
        kept, wrong = checked(one.lines, rest, creating=False)
        problems += [problem.at(*path) for problem in wrong]
        if (known := _id(each.get("id"), (*path, "id"), problems)) is not None:
            found.update.append((known, kept, path))
    for i, each in enumerate(parts.get("delete") or ()):
        if (known := _id(each, ("lines", "delete", str(i)), problems)) is not None:
            found.delete.append(known)
    return values, found, problems


def _id(given: Any, path: Path, problems: list[Problem]) -> UUID | None:
    try:
        return ids.parse_id(given)
    except BadInput as wrong:
        problems.append(Problem(ProblemCode.BAD_INPUT, str(wrong), path))
        return None


def line_questions(
    scope: Scope, one: ObjectType, inputs: Sequence[LineInput | None], table: sa.FromClause, operation: str
) -> dict[str, sa.ColumnElement[bool]]:
    """For each grouped field of lines in the batch, asked of the document in `table`: may it be written?"""
    used = {name for each in inputs if each for _, values, _ in each.rows for name, value in values.items()}
    questions: dict[str, sa.ColumnElement[bool]] = {}
    for name in sorted(used) if one.lines else ():
        if one.lines and one.lines.fields[name].group:
            answer = writable(scope.profile, one, one.lines.fields[name], table, operation)
            if answer is not True:
                condition = sa.false() if answer is False else answer
                questions[name] = condition.label(f"_line_{name}")
    return questions


def forbidden_lines(
    one: ObjectType, given: LineInput | None, answers: sa.RowMapping, questions: Collection[str]
) -> list[Problem]:
    """The fields of lines that the writer may not write, where `line_questions` were answered."""
    if given is None or one.lines is None:
        return []
    problems: list[Problem] = []
    for _, values, path in given.rows:
        names = [name for name, value in values.items() if value is not None or "update" in path]
        refused = [name for name in names if name in questions and not answers[f"_line_{name}"]]
        problems += [problem.at(*path) for problem in hidden_fields(one.lines, refused)]
    return problems


def line_reference_problems(scope: Scope, one: ObjectType, inputs: Sequence[LineInput | None]) -> list[list[Problem]]:
    """For each document the references and choices of its lines that lead nowhere, asked for all at once."""
    problems: list[list[Problem]] = [[] for _ in inputs]
    rows = [(number, line) for number, each in enumerate(inputs) if each for line in each.rows]
    if one.lines is None or not rows:
        return problems
    given = [values for _, (_, values, _) in rows]
    for found in (reference_problems(scope, one.lines, given), choice_problems(scope, one.lines, given)):
        for (number, (_, _, path)), of_line in zip(rows, found, strict=True):
            problems[number] += [each.at(*path) for each in of_line]
    return problems
