"""Update records of one object."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import writable
from saas.engine.audit import Change, ChangeKind, scope_keys
from saas.engine.duplicates import duplicate_refusals
from saas.engine.field import Kind
from saas.engine.money import price
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, touch, write_together
from saas.engine.registry import ObjectType
from saas.engine.rules import broken_by
from saas.engine.scope import Scope
from saas.engine.write.chosen import choice_problems
from saas.engine.write.conflicts import reconcile
from saas.engine.write.document_currency import in_one_currency, to_price
from saas.engine.write.finish import finish
from saas.engine.write.line_input import (
    LineInput,
    forbidden_lines,
    line_questions,
    line_reference_problems,
    peeled,
)
from saas.engine.write.lines import Lines, derived_problems, lines_of, living, write_lines
from saas.engine.write.links import Differences, Lists, differences, held, link_problems, split, write_links
from saas.engine.write.load import Target, load, version_conflict
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.references import circles, moved, reference_problems
from saas.engine.write.uniqueness import duplicate_problems, whole_keys
from saas.engine.write.values import checked, fixed_field, hidden_fields
from saas.kit.text import camel, fold


def update(scope: Scope, one: ObjectType, rows: Sequence[tuple[Target, Mapping[str, Any]]]) -> list[Outcome]:
    """Change each target as its values by field name say; None clears, absence leaves.

    All or nothing; a record that already is as wanted stays at its version. Who gives a version that is no longer the
    newest changes what nobody else changed since, else nothing. Forbidden without `object.update`.
    """
    outcomes = [Outcome() for _ in rows]
    kept, lists, inputs = _given(scope, one, rows, outcomes)
    whole = [{**values, **of_row} for values, of_row in zip(kept, lists, strict=True)]
    questions = _write_questions(scope, one, whole)
    line_asked = line_questions(scope, one, inputs, one.table, "update")
    targets = [target for target, _ in rows]
    ids_ = [target.id for target in targets]
    extra = [*questions.values(), *line_asked.values()]
    found = load(scope, one, "update", targets, outcomes, check_version=False, extra=extra)
    for target, values, of_lines, outcome in zip(targets, whole, inputs, outcomes, strict=True):
        row = found.get(target.id)
        outcome.problems += _not_writable(one, row, values, questions) + _moved_by_hand(one, row, values)
        outcome.problems += forbidden_lines(one, of_lines, row._mapping, line_asked) if row else []
    if any(problem.kind == "Forbidden" for outcome in outcomes for problem in outcome.problems):
        return not_written(outcomes)  # before anything is compared: trying values must tell nothing
    for target, of_lines, outcome in zip(targets, inputs, outcomes, strict=True):
        outcome.problems += _lines_unseen(one, target, found.get(target.id), of_lines)
    there = held(scope, one, list(zip(ids_, lists, strict=True)))
    reconcile(scope, one, targets, {id_: row[0] for id_, row in found.items()}, kept, lists, there, outcomes)
    links = [differences(id_, of_row, there) for id_, of_row in zip(ids_, lists, strict=True)]
    changed = [_difference(found.get(target.id), values) for target, values in zip(targets, kept, strict=True)]
    new = [{name: after for name, (_, after) in each.items()} for each in changed]
    numbered = [(id_, whole_keys(one, found.get(id_), values)) for id_, values in zip(ids_, new, strict=True)]
    for all_problems in (
        [_fixed(one, values) for values in new],
        reference_problems(scope, one, new),
        link_problems(scope, one, list(zip(ids_, lists, strict=True)), there),
        line_reference_problems(scope, one, inputs),
        choice_problems(scope, one, new),
        duplicate_problems(scope, one, numbered),
    ):
        for outcome, of_row in zip(outcomes, all_problems, strict=True):
            outcome.problems += of_row
    if any_problem(outcomes):
        return not_written(outcomes)
    every = lines_of(scope, one, ids_, inputs, stored=True)
    records = [found[id_][0] for id_ in ids_]
    works = [_Work(*each) for each in zip(records, changed, links, every, kept, strict=True)]
    return _apply(scope, one, works, outcomes)


def _given(
    scope: Scope, one: ObjectType, rows: Sequence[tuple[Target, Mapping[str, Any]]], outcomes: Sequence[Outcome]
) -> tuple[list[dict[str, Any]], list[Lists], list[LineInput | None]]:
    """The values, many references and lines given for each record; what is wrong with them goes to the outcomes."""
    kept: list[dict[str, Any]] = []
    lists: list[Lists] = []
    inputs: list[LineInput | None] = []
    for (_, given), outcome in zip(rows, outcomes, strict=True):
        own, of_row, lists_wrong = split(one, given)
        own, of_lines, wrong = peeled(scope, one, own)
        values, problems = checked(one, own, creating=False)
        outcome.problems = problems + wrong + lists_wrong
        kept.append(values)
        lists.append(of_row)
        inputs.append(of_lines)
    return kept, lists, inputs


def _fixed(one: ObjectType, values: Mapping[str, Any]) -> list[Problem]:
    """The fields that are given anew and never change."""
    given_anew = [one.fields[name] for name, value in values.items() if value is not None]
    return [fixed_field(field) for field in given_anew if field.fixed]


def _write_questions(
    scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]
) -> dict[str, sa.ColumnElement[bool]]:
    """For each grouped field of the batch, asked of the database with the record: may it be written?"""
    used = {name for row in rows for name in row}
    questions: dict[str, sa.ColumnElement[bool]] = {}
    for name in used:
        if one.all_fields[name].group:
            answer = writable(scope.profile, one, one.all_fields[name], one.table, "update")
            condition = sa.literal(answer) if isinstance(answer, bool) else answer
            questions[name] = condition.label(f"_write_{name}")
    return questions


def _not_writable(
    one: ObjectType, row: sa.Row[Any] | None, values: Mapping[str, Any], questions: Mapping[str, Any]
) -> list[Problem]:
    if row is None:
        return []
    answers = row._mapping
    return hidden_fields(one, [name for name in values if name in questions and not answers[f"_write_{name}"]])


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


def _lines_unseen(
    one: ObjectType, target: Target, row: sa.Row[Any] | None, of_lines: LineInput | None
) -> list[Problem]:
    """The problem of writing lines of a version that one has not seen: which of them changed is told nowhere."""
    if row is None or not of_lines or target.version in (None, row[0].version):
        return []
    return [version_conflict(one, row[0], target.version or 0)]


@dataclass(slots=True)
class _Work:
    """One record on its way: what is to differ in it and in its many references, its lines, what the writer gave."""

    record: Record
    difference: dict[str, tuple[Any, Any]]
    links: Differences
    lines: Lines | None
    given: Mapping[str, Any]
    told: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    priced: Collection[str] | None = ()

    @property
    def is_asked(self) -> bool:
        return bool(self.difference or self.links or (self.lines and self.lines.given))

    def do(self, scope: Scope, one: ObjectType) -> list[Problem]:
        """Put the values and the lines into the record, compute what follows, ask the rules."""
        record, difference = self.record, self.difference
        before = {name: getattr(record, name) for name in _following(one)}
        for name, (_, after) in difference.items():
            setattr(record, name, after)
        problems = self.lines.apply() + self.lines.together() if self.lines else []
        problems += derived_problems(scope, record, self.lines, self.given)
        problems += in_one_currency(scope, one, record, self.lines, self.given)
        for name, was in before.items():
            difference.pop(name, None)
            if getattr(record, name) != was:
                difference[name] = (was, getattr(record, name))
        self.told = difference | self.links | (self.lines.told() if self.lines else {})
        if self.told:
            self.priced = to_price(scope, one, record, difference, self.lines)
            touch(record)  # also where only a line changed
            problems += broken_by(record, living(self.lines))
        return problems


def _following(one: ObjectType) -> Iterator[str]:
    """The fields that may follow from what is written: computed ones, and currencies where there is one for all."""
    for name, each in one.fields.items():
        if each.derived is not None or (one.currency is not None and each.kind is Kind.CURRENCY):
            yield name


def _apply(scope: Scope, one: ObjectType, works: Sequence[_Work], outcomes: list[Outcome]) -> list[Outcome]:
    scopes_before: dict[UUID, dict[str, Any]] = {work.record.id: scope_keys(work.record) for work in works}

    def write() -> None:
        with scope.session.no_autoflush:
            for work, outcome in zip(works, outcomes, strict=True):
                if work.is_asked:
                    outcome.problems += work.do(scope, one)
            priced = price(scope, one, [(work.record, work.priced) for work in works])
            refused = duplicate_refusals(scope, one, [(work.record, work.difference) for work in works])
            for outcome, *of_row in zip(outcomes, priced, refused, strict=True):
                outcome.problems += [problem for found in of_row for problem in found]
            names = {name for work in works for name in work.difference}
            write_together([work.record for work in works if work.told], names)
        if any_problem(outcomes):
            return
        write_lines(scope, one, [work.lines for work in works])
        write_links(scope, one, [(work.record.id, work.links) for work in works])
        records, differences = [work.record for work in works], [work.difference for work in works]
        in_circles = circles(scope, one, moved(one, records, differences))
        for work, outcome in zip(works, outcomes, strict=True):
            outcome.problems += in_circles.get(work.record.id, [])

    def changes() -> list[Change]:
        return [
            Change(work.record, ChangeKind.UPDATED, work.told, scopes_before[work.record.id])
            for work in works
            if work.told
        ]

    warnings = finish(scope, outcomes, changes, write) if any(work.is_asked for work in works) else {}
    if warnings is None:
        return not_written(outcomes)
    for work, outcome in zip(works, outcomes, strict=True):
        outcome.id, outcome.record, outcome.changed = work.record.id, work.record, bool(work.told)
        outcome.warnings = warnings.get(work.record.id, [])
    return outcomes
