"""Create records of one object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from saas.engine.audit import Change, created
from saas.engine.duplicates import duplicate_refusals
from saas.engine.money import price
from saas.engine.problem import Problem
from saas.engine.record import Record, new_record
from saas.engine.registry import ObjectType
from saas.engine.rules import broken_by
from saas.engine.scope import Scope
from saas.engine.write.chosen import choice_problems
from saas.engine.write.defaults import fill_scope
from saas.engine.write.document_currency import in_one_currency
from saas.engine.write.drafts import draft
from saas.engine.write.finish import finish
from saas.engine.write.insert import insert_records
from saas.engine.write.line_input import LineInput, line_reference_problems, peeled
from saas.engine.write.lines import Lines, derived_problems, lines_of, living, write_lines
from saas.engine.write.links import Differences, Lists, differences, link_problems, split, write_links
from saas.engine.write.numbers import fill_numbers, may_be_taken, was_taken
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.permitted import creation_problems
from saas.engine.write.references import reference_problems
from saas.engine.write.uniqueness import duplicate_problems


def create(scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """Create a record for each row of values by field name (`id` optional, made by the client).

    All or nothing; Forbidden without the right `object.create`.
    """
    scope.need(f"{one.name}.create")
    if may_be_taken(scope, one, rows):
        outcomes = _created(scope, one, rows, sure=False)
        if not was_taken(one, outcomes[0].problems):
            return outcomes
    return _created(scope, one, rows, sure=True)


def _created(scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]], *, sure: bool) -> list[Outcome]:
    """The same, with numbers of which we are `sure` that they are free."""
    outcomes = [Outcome() for _ in rows]
    drafts, lists, inputs = _given(scope, one, rows, outcomes)
    asked = [dict(values) for _, values in drafts]
    fill_scope(scope, one, [values for _, values in drafts])
    whole = [
        (id_, {**values, **{name: each or None for name, each in of_row.items()}})
        for (id_, values), (_, of_row) in zip(drafts, lists, strict=True)
    ]
    filled = [values.keys() - given.keys() for (_, values), given in zip(drafts, asked, strict=True)]
    if _add(outcomes, creation_problems(scope, one, whole, inputs, filled)):
        return not_written(outcomes)
    references = reference_problems(scope, one, asked)  # what we filled in ourselves needs no look
    linked = link_problems(scope, one, lists, {})
    behind_lines = line_reference_problems(scope, one, inputs)
    chosen, duplicates = choice_problems(scope, one, asked), duplicate_problems(scope, one, drafts)
    if _add(outcomes, references, linked, behind_lines, chosen, duplicates) or any_problem(outcomes):
        return not_written(outcomes)
    records = [new_record(one.record, {"id": id_, **values}) for id_, values in drafts]
    every = lines_of(scope, one, [id_ for id_, _ in drafts], inputs, stored=False)
    for record, lines, given, outcome in zip(records, every, asked, outcomes, strict=True):
        outcome.problems += lines.apply() + lines.together() if lines else []
        outcome.problems += derived_problems(scope, record, lines, given)
        outcome.problems += in_one_currency(scope, one, record, lines, given)
        outcome.problems += broken_by(record, living(lines))
    refused = duplicate_refusals(scope, one, [(record, record.fields) for record in records])
    _add(outcomes, price(scope, one, [(record, None) for record in records]), refused)
    if any_problem(outcomes):
        return not_written(outcomes)
    links = [differences(id_, of_row, {}) for id_, of_row in lists]
    news = [_New(*each) for each in zip(records, links, every, strict=True)]
    return _insert(scope, one, news, outcomes, sure=sure)


def _given(
    scope: Scope, one: ObjectType, rows: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome]
) -> tuple[list[tuple[UUID, dict[str, Any]]], list[tuple[UUID, Lists]], list[LineInput | None]]:
    """The values, many references and lines given for each record; what is wrong with them goes to the outcomes."""
    drafts: list[tuple[UUID, dict[str, Any]]] = []
    lists: list[tuple[UUID, Lists]] = []
    inputs: list[LineInput | None] = []
    for row, outcome in zip(rows, outcomes, strict=True):
        own, of_row, lists_wrong = split(one, row)
        values, of_lines, wrong = peeled(scope, one, own)
        id_, kept, problems = draft(scope, one, values)
        drafts.append((id_, kept))
        lists.append((id_, of_row))
        inputs.append(of_lines)
        outcome.problems += problems + wrong + lists_wrong
    return drafts, lists, inputs


@dataclass(frozen=True, slots=True)
class _New:
    """A new record with its many references and its lines."""

    record: Record
    links: Differences
    lines: Lines | None

    def told(self) -> Change:
        return created(self.record, self.links | (self.lines.told() if self.lines else {}))


def _insert(
    scope: Scope, one: ObjectType, news: Sequence[_New], outcomes: list[Outcome], *, sure: bool
) -> list[Outcome]:
    records = [new.record for new in news]

    def write() -> None:
        fill_numbers(scope, one, records, sure=sure)
        insert_records(scope, one, records)
        write_lines(scope, one, [new.lines for new in news])
        write_links(scope, one, [(new.record.id, new.links) for new in news])

    warnings = finish(scope, outcomes, lambda: [new.told() for new in news], write)
    if warnings is None:
        return not_written(outcomes)
    for record, outcome in zip(records, outcomes, strict=True):
        outcome.id, outcome.record, outcome.changed = record.id, record, True
        outcome.warnings = warnings.get(record.id, [])
    return outcomes


def _add(outcomes: list[Outcome], *found: list[list[Problem]]) -> bool:
    """Give each outcome its problems; whether there are any."""
    for problems in found:
        for outcome, of_row in zip(outcomes, problems, strict=True):
            outcome.problems += of_row
    return any(of_row for problems in found for of_row in problems)
