"""Carry out an action on records of one object."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from saas.engine.access.rows import reached
from saas.engine.actions import Action
from saas.engine.audit import Change, ChangeKind, scope_keys
from saas.engine.money import price
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, touch, write_together
from saas.engine.registry import ObjectType, object_of
from saas.engine.rules import Broken, broken_by
from saas.engine.scope import Scope
from saas.engine.write.document_currency import in_one_currency, to_price
from saas.engine.write.finish import finish
from saas.engine.write.lines import Lines, derived_problems, lines_of, living, write_lines
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.references import circles, lost_problems, moved
from saas.engine.write.uniqueness import duplicate_problems
from saas.engine.write.values import kept_value, written_problems
from saas.kit.text import camel

Difference = dict[str, tuple[Any, Any]]


def act(scope: Scope, action: Action, rows: Sequence[tuple[Target, Mapping[str, Any]]]) -> list[Outcome]:
    """Do the action to each target, with its inputs by parameter name. All or nothing; Forbidden without its right.

    What the function writes is a decision of the system: field permissions are not asked.
    """
    one = object_of(action.record)
    outcomes = [Outcome() for _ in rows]
    inputs = [_input(action, given, outcome) for (_, given), outcome in zip(rows, outcomes, strict=True)]
    rights = [reached(scope.profile, one, verb, one.table).label(f"_may_{verb}") for verb in one.actions]
    found = load(scope, one, action.verb, [target for target, _ in rows], outcomes, extra=rights)
    lost = lost_problems(scope, action.parameters.values(), inputs)
    for (target, _), of_row, outcome in zip(rows, lost, outcomes, strict=True):
        row = found.get(target.id)
        outcome.problems += of_row if row is None else [*_wrong_state(one, action, row), *of_row]
    if any_problem(outcomes):
        return not_written(outcomes)
    records: list[Record] = [found[target.id][0] for target, _ in rows]
    scopes_before = [scope_keys(record) for record in records]
    differences: list[Difference] = []
    ids_, no_input = [record.id for record in records], [None] * len(records)
    every = lines_of(scope, one, ids_, no_input, stored=True, asked=action.takes_lines)

    def write() -> None:
        with scope.session.no_autoflush:  # what the function leaves half done is nothing to be written yet
            for record, given, lines, outcome in zip(records, inputs, every, outcomes, strict=True):
                differences.append(_done(scope, one, action, record, given, lines, outcome))
            _add(outcomes, _priced(scope, one, zip(records, differences, every, strict=True)))
            _add(outcomes, duplicate_problems(scope, one, _new_values(records, differences)))
            write_together(records, {name for difference in differences for name in difference})
        if any_problem(outcomes):
            return
        write_lines(scope, one, every)
        in_circles = circles(scope, one, moved(one, records, differences))
        _add(outcomes, [in_circles.get(record.id, []) for record in records])

    def changes() -> list[Change]:
        return [
            Change(record, ChangeKind.ACTED, difference | (lines.told() if lines else {}), before, action)
            for record, difference, lines, before in zip(records, differences, every, scopes_before, strict=True)
        ]

    if finish(scope, outcomes, changes, write) is None:
        return not_written(outcomes)
    for record, outcome in zip(records, outcomes, strict=True):
        outcome.id, outcome.record, outcome.changed = record.id, record, True
    return outcomes


def input_problems(scope: Scope, action: Action, given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with inputs whatever the record is, told once to who gives them for many."""
    outcome = Outcome()
    kept = _input(action, given, outcome)
    (lost,) = lost_problems(scope, action.parameters.values(), [kept])
    return outcome.problems + lost


def _input(action: Action, given: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """The arguments of the function; what is wrong with them goes to the outcome. No value leaves the default."""
    kept: dict[str, Any] = {}
    refused: set[str] = set()
    for name, value in given.items():
        field = action.parameters.get(name)
        checked, wrong = (None, f"{action.api} has no input {name!r}.") if field is None else kept_value(field, value)
        if wrong:
            refused.add(name)
            outcome.problems.append(Problem(ProblemCode.BAD_INPUT, wrong, (camel(name),)))
        elif checked is not None or name in action.nullable:
            kept[name] = checked
    for name, field in action.parameters.items():
        if field.required and name not in kept and name not in refused:
            outcome.problems.append(Problem(ProblemCode.REQUIRED, f"{field.label.en} is required.", (camel(name),)))
    return kept


def _wrong_state(one: ObjectType, action: Action, row: sa.Row[Any]) -> list[Problem]:
    """The problem of an action that the record's state does not allow, with what is allowed instead."""
    state = one.state
    if state is None or not action.moves:
        return []
    now = getattr(row[0], state.name)
    if now in action.moves:
        return []
    allowed = tuple(
        other.api
        for other in one.actions.values()
        if row._mapping[f"_may_{other.verb}"] and (not other.moves or now in other.moves)
    )
    label, instead = one.record.facts.label.en.lower(), ", ".join(allowed) or "nothing"
    message = f"The {label} is {now.name}, which does not allow {action.api}; you may do: {instead}."
    return [
        Problem(ProblemCode.WRONG_STATE, message, ("id",), kind="WrongState", state=now.name, allowed_actions=allowed)
    ]


def _done(
    scope: Scope,
    one: ObjectType,
    action: Action,
    record: Record,
    given: Mapping[str, Any],
    lines: Lines | None,
    outcome: Outcome,
) -> Difference:
    """Have the function do it, move the state, compute what follows, ask the rules; what the record differs in."""
    before = {name: getattr(record, name) for name, field in one.fields.items() if not field.system}
    try:
        action.function(scope, record, *([lines.now] if lines and action.takes_lines else ()), **given)
    except Broken as broken:
        outcome.problems.append(broken.problem)
        return {}
    if one.state is not None:
        now = before[one.state.name]
        setattr(record, one.state.name, action.moves.get(now, now))
    problems = written_problems(record, before) + (lines.written() + lines.together() if lines else [])
    if problems:  # nothing follows from what cannot be kept
        outcome.problems += problems
        return {}
    outcome.problems += derived_problems(scope, record, lines, {}) + in_one_currency(scope, one, record, lines, {})
    touch(record)
    outcome.problems += broken_by(record, living(lines))
    return {name: (was, getattr(record, name)) for name, was in before.items() if getattr(record, name) != was}


def _priced(
    scope: Scope, one: ObjectType, written: Iterable[tuple[Record, Difference, Lines | None]]
) -> list[list[Problem]]:
    """Price the amounts that were written; the problems of each record."""
    return price(scope, one, [(record, to_price(scope, one, record, names, lines)) for record, names, lines in written])


def _new_values(records: Sequence[Record], differences: Sequence[Difference]) -> list[tuple[Any, dict[str, Any]]]:
    return [
        (record.id, {name: after for name, (_, after) in difference.items()})
        for record, difference in zip(records, differences, strict=True)
    ]


def _add(outcomes: Sequence[Outcome], problems: Sequence[Sequence[Problem]]) -> None:
    for outcome, of_row in zip(outcomes, problems, strict=True):
        outcome.problems += of_row
