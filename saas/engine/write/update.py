"""Update records of one object."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import writable
from saas.engine.audit import Change, ChangeKind, scope_keys
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, write_together
from saas.engine.registry import ObjectType
from saas.engine.rules import broken_by
from saas.engine.scope import Scope
from saas.engine.write.chosen import choice_problems
from saas.engine.write.conflicts import reconcile
from saas.engine.write.finish import finish
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.references import circles, moved, reference_problems
from saas.engine.write.uniqueness import duplicate_problems, whole_keys
from saas.engine.write.values import checked, fixed_field, hidden_field
from saas.kit.text import camel, fold


def update(scope: Scope, one: ObjectType, rows: Sequence[tuple[Target, Mapping[str, Any]]]) -> list[Outcome]:
    """Change each target as its values by field name say; None clears, absence leaves.

    All or nothing; a record that already is as wanted stays at its version. Who gives a version that is no longer the
    newest changes what nobody else changed since, else nothing. Forbidden without `object.update`.
    """
    outcomes = [Outcome() for _ in rows]
    kept: list[dict[str, Any]] = []
    for (_, given), outcome in zip(rows, outcomes, strict=True):
        values, outcome.problems = checked(one, given, creating=False)
        kept.append(values)
    questions = _write_questions(scope, one, kept)
    targets = [target for target, _ in rows]
    found = load(scope, one, "update", targets, outcomes, check_version=False, extra=list(questions.values()))
    for target, values, outcome in zip(targets, kept, outcomes, strict=True):
        outcome.problems += _not_writable(one, found.get(target.id), values, questions)
        outcome.problems += _moved_by_hand(one, found.get(target.id), values)
    if any(problem.kind == "Forbidden" for outcome in outcomes for problem in outcome.problems):
        return not_written(outcomes)  # before anything is compared: trying values must tell nothing
    reconcile(scope, one, targets, {id_: row[0] for id_, row in found.items()}, kept, outcomes)
    differences = [_difference(found.get(target.id), values) for target, values in zip(targets, kept, strict=True)]
    new = [{name: after for name, (_, after) in each.items()} for each in differences]
    for values, outcome in zip(new, outcomes, strict=True):
        given_anew = [one.fields[name] for name, value in values.items() if value is not None]
        outcome.problems += [fixed_field(field) for field in given_anew if field.fixed]
    numbered = [
        (target.id, whole_keys(one, found.get(target.id), values))
        for (target, _), values in zip(rows, new, strict=True)
    ]
    for problems in (
        reference_problems(scope, one, new),
        choice_problems(scope, one, new),
        duplicate_problems(scope, one, numbered),
    ):
        for outcome, of_row in zip(outcomes, problems, strict=True):
            outcome.problems += of_row
    if any_problem(outcomes):
        return not_written(outcomes)
    return _apply(scope, one, [found[target.id][0] for target, _ in rows], differences, outcomes)


def _write_questions(
    scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]
) -> dict[str, sa.ColumnElement[bool]]:
    """For each grouped field of the batch, asked of the database with the record: may it be written?"""
    used = {name for row in rows for name in row}
    questions: dict[str, sa.ColumnElement[bool]] = {}
    for name in used:
        if one.fields[name].group:
            answer = writable(scope.profile, one, one.fields[name], one.table, "update")
            condition = sa.literal(answer) if isinstance(answer, bool) else answer
            questions[name] = condition.label(f"_write_{name}")
    return questions


def _not_writable(
    one: ObjectType, row: sa.Row[Any] | None, values: Mapping[str, Any], questions: Mapping[str, Any]
) -> list[Problem]:
    if row is None:
        return []
    answers = row._mapping
    return [hidden_field(one.fields[name]) for name in values if name in questions and not answers[f"_write_{name}"]]


def _difference(row: sa.Row[Any] | None, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    if row is None:
        return {}
    record = row[0]
    pairs = {name: (getattr(record, name), value) for name, value in values.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and not _spelled(record, name, *pair)}


def _spelled(record: Record, name: str, was: Any, value: Any) -> bool:
    """Whether it is what is given once, in another spelling, by which an upsert or a file recognised the record."""
    field = record.fields[name]
    return bool(field.fixed and field.folded and value is not None and fold(value) == fold(was))


def _moved_by_hand(one: ObjectType, row: sa.Row[Any] | None, values: Mapping[str, Any]) -> list[Problem]:
    """The problem of writing another state, for states change by actions; a file may repeat the state there is."""
    state = one.state
    if state is None or row is None or values.get(state.name) in (None, getattr(row[0], state.name)):
        return []
    message = f"{state.label.en} changes by actions only: {', '.join(each.api for each in one.actions.values())}."
    return [Problem(ProblemCode.BAD_INPUT, message, (camel(state.name),))]


def _apply(
    scope: Scope,
    one: ObjectType,
    records: Sequence[Record],
    differences: Sequence[Mapping[str, tuple[Any, Any]]],
    outcomes: list[Outcome],
) -> list[Outcome]:
    scopes_before: dict[UUID, dict[str, Any]] = {record.id: scope_keys(record) for record in records}
    changed = {record.id: outcome for record, each, outcome in zip(records, differences, outcomes, strict=True) if each}

    def write() -> None:
        with scope.session.no_autoflush:
            for record, difference in zip(records, differences, strict=True):
                for name, (_, after) in difference.items():
                    setattr(record, name, after)
                if difference:
                    changed[record.id].problems += broken_by(record)
            names = {name for each in differences for name in each}
            write_together([record for record in records if record.id in changed], names)
        if any_problem(outcomes):
            return
        scope.session.flush()
        for id_, problems in circles(scope, one, moved(one, records, differences)).items():
            changed[id_].problems += problems

    def changes() -> list[Change]:
        return [
            Change(record, ChangeKind.UPDATED, dict(each), scopes_before[record.id])
            for record, each in zip(records, differences, strict=True)
            if each
        ]

    if changed and not finish(scope, outcomes, changes, write):
        return not_written(outcomes)
    for record, outcome in zip(records, outcomes, strict=True):
        outcome.id, outcome.record, outcome.changed = record.id, record, record.id in changed
    return outcomes
