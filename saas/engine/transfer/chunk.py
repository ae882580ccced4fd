"""One chunk of rows: read the cells, find what they refer to, create or update, and tell what became of each."""

from collections.abc import Sequence

from saas.engine.dictionary import codes_named
from saas.engine.field import DictionaryFacts, Field, Kind
from saas.engine.problem import ProblemCode
from saas.engine.read.keys import compared, records_by
from saas.engine.scope import Scope
from saas.engine.transfer.cells import Manner
from saas.engine.transfer.document import put_lines
from saas.engine.transfer.issue import Issue, Severity, about, issue_of, shown
from saas.engine.transfer.meant import meant
from saas.engine.transfer.plan import Lookup, Part, Plan
from saas.engine.transfer.row import Row, blame, rows_read
from saas.engine.transfer.rows import Line
from saas.engine.write.batch import ErrorPolicy, Verb, written
from saas.engine.write.create import create
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome
from saas.engine.write.update import update
from saas.kit.text import fold

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


def write_chunk(scope: Scope, plan: Plan, lines: Sequence[Line]) -> list[Row]:
    """Write these lines, of which none refers to another; what is refused is not written, all else is."""
    base = scope.tenant.base_currency if plan.one.currency is None else None  # a document says its currency itself
    heads = rows_read(plan, lines, Manner(plan.mapping.decimal, scope.tenant.time_zone, base))
    _look_up(scope, plan, heads)
    if plan.lines is not None:
        _look_up(scope, plan.lines, [row for head in heads for row in head.below])
    _recognise(scope, plan, [row for row in heads if not row.refused])
    if plan.lines is not None:
        put_lines(scope, plan.lines, [row for row in heads if not row.refused])
    known = [row for row in heads if not row.refused and row.id is not None]
    new = [row for row in heads if not row.refused and row.id is None]

    def update_all(batch: Sequence[Row]) -> list[Outcome]:
        return update(scope, plan.one, [(Target(row.id), row.values) for row in batch if row.id is not None])

    def create_all(batch: Sequence[Row]) -> list[Outcome]:
        return create(scope, plan.one, [row.values for row in batch])

    _write(plan, known, update_all, UPDATED)
    _write(plan, new, create_all, CREATED)
    return [row for head in heads for row in head.settled()]


def _look_up(scope: Scope, part: Part, rows: Sequence[Row]) -> None:
    """Put records and codes in the place of the texts that name them."""
    for each in part.fields:
        if each.lookup is not None:
            _resolve(scope, each.field, each.lookup, [row for row in rows if not row.refused])
        elif each.field.dictionary is not None:
            _choose(scope, each.field, each.field.dictionary, [row for row in rows if not row.refused])


def _resolve(scope: Scope, reference: Field, lookup: Lookup, rows: Sequence[Row]) -> None:
    """Put ids in the place of what the cells name; unknown and ambiguous names refuse their rows."""
    name, by = reference.name, lookup.by
    many = reference.kind is Kind.REFERENCES
    naming = [row for row in rows if row.values.get(name) is not None]
    texts = {id(row): row.values[name] if many else [row.values[name]] for row in naming}
    keys = {(compared(by, text),) for of_row in texts.values() for text in of_row}
    found = records_by(scope, lookup.target, [by], keys)
    unknown = [text for of_row in texts.values() for text in of_row if (compared(by, text),) not in found]
    near = meant(scope, lookup, unknown)
    for row in naming:
        known = [found.get((compared(by, text),), []) for text in texts[id(row)]]
        for text, ids in zip(texts[id(row)], known, strict=True):
            if len(ids) != 1:
                row.refuse(_unresolved(reference, lookup, text, len(ids), near.get(text)))
        if not row.refused:
            row.values[name] = [ids[0] for ids in known] if many else known[0][0]


def _unresolved(reference: Field, lookup: Lookup, text: str, number: int, near: str | None) -> Issue:
    facts, by = lookup.target.record.facts, lookup.by
    if number:
        message = f"{number} {facts.plural.en.lower()} have the {by.api} {shown(text)}."
        return about(reference, ProblemCode.AMBIGUOUS, message)
    perhaps = "" if near is None else f" Is {shown(near)} meant?"
    message = f"there is no {facts.label.en.lower()} with the {by.api} {shown(text)}.{perhaps}"
    return about(reference, ProblemCode.NOT_FOUND, message)


def _choose(scope: Scope, field: Field, of: DictionaryFacts, rows: Sequence[Row]) -> None:
    """Put codes in the place of what the cells name by code or label; what is unknown stays, to be refused."""
    naming = [row for row in rows if row.values.get(field.name) is not None]
    found = codes_named(scope, of, {fold(row.values[field.name]) for row in naming}) if naming else {}
    for row in naming:
        row.values[field.name] = found.get(fold(row.values[field.name]), row.values[field.name])


def _recognise(scope: Scope, plan: Plan, rows: Sequence[Row]) -> None:
    """Give each row the id of the record that has its key, if there is one."""
    fields = plan.key_fields
    keys = [tuple(compared(each, row.values.get(each.name)) for each in fields) for row in rows]
    found = records_by(scope, plan.one, fields, keys)
    for row, key in zip(rows, keys, strict=True):
        ids = found.get(key, [])
        if len(ids) > 1:
            text = " / ".join(row.line.texts[position] for position in plan.key)
            what = f"{len(ids)} {plan.one.record.facts.plural.en.lower()} have the key {shown(text)}."
            row.refuse(about(fields[0], ProblemCode.AMBIGUOUS, what))
        elif ids:
            row.id = ids[0]


def _write(plan: Plan, rows: Sequence[Row], verb: Verb[Row], became: str) -> None:
    """Write what can be written."""
    outcomes = written(verb, rows, ErrorPolicy.SKIP_FAILED) if rows else []
    for row, outcome in zip(rows, outcomes, strict=True):
        for problem in outcome.problems:
            blame(plan, row, problem)
        if not row.refused:
            row.became = became if outcome.changed else UNCHANGED
            row.warn(issue_of(problem, plan.one, Severity.WARNING) for problem in outcome.warnings)
            row.id, row.version = outcome.id, outcome.record.version if outcome.record else 0
