"""Merge records into one that survives: it takes what it lacks, and all that referred to the others follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import readable
from saas.engine.address import parts_of
from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.changed import write_changed
from saas.engine.field import Field, Kind
from saas.engine.merges import Journal, Listed, write_journal
from saas.engine.problem import Clash, Problem, ProblemCode
from saas.engine.record import TIMES, Record, touch
from saas.engine.registry import ObjectType, referrers
from saas.engine.rules import broken_by
from saas.engine.scope import Scope
from saas.engine.write.conflicts import in_sight
from saas.engine.write.finish import finish
from saas.engine.write.lines import lines_of, living
from saas.engine.write.links import Differences, write_links
from saas.engine.write.load import Target, load
from saas.engine.write.merge_references import Turned, joined, lists_of, referring, turn
from saas.engine.write.merge_rows import Watched, following, move, not_permitted
from saas.engine.write.merge_rows import in_sight as in_sight_of_rows
from saas.engine.write.merge_rows import told as rows_told
from saas.engine.write.outcome import Outcome, not_written
from saas.engine.write.references import circles
from saas.engine.write.update import update
from saas.kit import ids
from saas.kit.errors import AtriumError
from saas.kit.text import camel
from saas.tenants.waiting import Savepoint

MAX_AWAY = 100


@dataclass(frozen=True, slots=True)
class Moved:
    """How many records in sight, shares, participants or grants lead to the survivor now; names as in the API."""

    object: str
    field: str
    count: int


@dataclass(slots=True)
class Merged:
    """What a merge did, or would do, as far as the one who asks may see it; `changed` tells current and original."""

    outcome: Outcome
    moved: list[Moved] = field(default_factory=list)
    changed: list[Clash] = field(default_factory=list)


def merge(
    scope: Scope,
    one: ObjectType,
    into: Target,
    away: Sequence[Target],
    values: Mapping[str, Any],
    *,
    dry_run: bool = False,
) -> Merged:
    """Merge `away` into `into`, which gets `values` by field name and what it lacks from them, the first one first.

    Needs `object.update` on the survivor and `object.delete` on the others. What is filled in is a decision of the
    system: field permissions are not asked; of `values` they are. `dry_run` takes it all back.
    """
    merged = Merged(Outcome())
    if "lines" in values and one.lines is not None:
        message = "A merge keeps the lines of the survivor: change them before or after."
        merged.outcome.problems.append(Problem(ProblemCode.BAD_INPUT, message, ("input", "lines")))
        return merged
    found = _load(scope, one, into, away, merged.outcome)
    if merged.outcome.problems:
        return merged
    savepoint = Savepoint(scope.session)
    try:
        _merge(scope, one, _Work(scope, one, found[into.id], [found[each.id] for each in away]), values, merged)
    except AtriumError:
        savepoint.undo()
        raise
    if merged.outcome.problems or dry_run:
        savepoint.undo()
        (merged.outcome,) = not_written([merged.outcome])
    else:
        savepoint.keep()
    return merged


class _Work:
    """The records of one merge and what becomes of them."""

    def __init__(self, scope: Scope, one: ObjectType, survivor: sa.Row[Any], away: Sequence[sa.Row[Any]]) -> None:
        self.id = ids.new_id(one.record.facts.code)
        self.survivor: Record = survivor[0]
        self.away: list[Record] = [row[0] for row in away]
        self.gone = [record.id for record in self.away]
        self.before = _stored(one, self.survivor)
        self.lists = lists_of(scope, one, [self.survivor.id, *self.gone])
        self.shown = {
            name for name in one.all_fields if all(row._mapping.get(f"_read_{name}", True) for row in (survivor, *away))
        }
        self.turned = Turned(self.survivor.id, self.gone)


def _stored(one: ObjectType, record: Record) -> dict[str, Any]:
    """What the record holds, with what follows from it: amounts keep the rate of their day."""
    fields = [each for name, each in one.fields.items() if name not in TIMES]
    return {name: getattr(record, name) for each in fields for name in (each.name, *each.follows)}


def _load(scope: Scope, one: ObjectType, into: Target, away: Sequence[Target], outcome: Outcome) -> dict[UUID, Any]:
    """The rows of all records, locked; what is wrong goes to the outcome, with the argument that it is wrong in."""
    if not 0 < len(away) <= MAX_AWAY:
        outcome.problems.append(Problem(ProblemCode.BAD_INPUT, f"Merge between 1 and {MAX_AWAY} records.", ("from",)))
        return {}
    if into.id in {each.id for each in away}:
        outcome.problems.append(Problem(ProblemCode.BAD_INPUT, "A record cannot be merged into itself.", ("from",)))
        return {}
    questions: list[sa.ColumnElement[Any]] = []
    for each in one.all_fields.values():
        if each.group:
            answer = readable(scope.profile, one, each, one.table)
            condition = sa.literal(answer) if isinstance(answer, bool) else answer
            questions.append(condition.label(f"_read_{each.name}"))
    first, others = [Outcome()], [Outcome() for _ in away]
    found = load(scope, one, "update", [into], first, extra=questions)
    found |= load(scope, one, "delete", away, others, extra=questions)
    outcome.problems += [_named(problem, "into") for problem in first[0].problems]
    for i, other in enumerate(others):
        outcome.problems += [_named(problem, "from", str(i)) for problem in other.problems]
    return found


def _named(problem: Problem, *path: str) -> Problem:
    return replace(problem, path=path) if problem.path == ("id",) else problem


def _merge(scope: Scope, one: ObjectType, work: _Work, values: Mapping[str, Any], merged: Merged) -> None:
    rows = following(scope, work.gone)
    merged.outcome.problems += not_permitted(scope, rows)
    if merged.outcome.problems:
        return
    found = referring(scope, one, work.gone)
    merged.moved = [
        *(Moved(each.object.type_name, camel(each.field.api), each.in_sight) for each in found if each.in_sight),
        *(Moved(each.type_name, each.terms.field, each.count) for each in in_sight_of_rows(scope, one, rows)),
    ]
    changes: list[Change] = []
    watched = Watched(scope, [work.survivor.id, *work.gone])

    def write() -> None:
        with scope.session.no_autoflush:
            _trash(scope, work, changes)
        write_changed(scope.session)  # their unique values are free from here on
        with scope.session.no_autoflush:
            merged.outcome.problems += _held_by_lines(scope, one, work)
            turn(scope, found, work.turned)
            move(scope, work.id, work.survivor.id, work.gone, rows)
            _complete(scope, one, work, values, changes)
            watched.tell(changes)
        merged.outcome.problems += work.turned.problems
        if merged.outcome.problems:
            return
        changes.extend(work.turned.changes)
        write_changed(scope.session)
        for problems in circles(scope, one, work.turned.within(one)).values():
            merged.outcome.problems += problems
        write_audit(scope, work.turned.quiet)

    if finish(scope, [merged.outcome], lambda: changes, write) is None:
        return
    if values:
        (outcome,) = update(scope, one, [(Target(work.survivor.id), values)])
        merged.outcome.problems += [problem.at("input") for problem in outcome.problems]
    if not merged.outcome.problems:
        (lines,) = lines_of(scope, one, [work.survivor.id], [None], stored=True)
        merged.outcome.problems += broken_by(work.survivor, living(lines))
    if not merged.outcome.problems:
        _note(scope, one, work, merged)


def _note(scope: Scope, one: ObjectType, work: _Work, merged: Merged) -> None:
    """Note down all that the merge did, and tell what became of the survivor."""
    survivor = work.survivor
    stored = _stored(one, survivor)
    fields = {name: (before, stored[name]) for name, before in work.before.items() if stored[name] != before}
    lists = lists_of(scope, one, [survivor.id])[survivor.id]
    was = work.lists[survivor.id]
    own = [Listed(one.name, name, survivor.id, was[name], now) for name, now in lists.items() if now != was[name]]
    turned = work.turned
    write_journal(scope, one, Journal(work.id, survivor.id, work.gone, fields, turned.moves, [*turned.lists, *own]))
    pairs = {name: pair for name, pair in fields.items() if name in one.fields and not one.fields[name].system}
    for whole in one.compounds.values():
        if pairs.keys() & set(whole.parts):
            pairs = {name: pair for name, pair in pairs.items() if name not in whole.parts}
            pairs[whole.name] = (parts_of(whole, work.before), parts_of(whole, stored))
    pairs |= {each.field: (each.before, each.after) for each in own}
    seen = [
        Clash(name, current=after, mine=None, original=before)
        for name, (before, after) in pairs.items()
        if name in work.shown
    ]
    merged.changed = in_sight(scope, one, {0: seen})[0]
    merged.outcome.id, merged.outcome.record, merged.outcome.changed = survivor.id, survivor, True


def _trash(scope: Scope, work: _Work, changes: list[Change]) -> None:
    for record in work.away:
        told: dict[str, tuple[Any, Any]] = {
            "deleted_at": (None, scope.now),
            "merged_into_id": (None, work.survivor.id),
        }
        changes.append(Change(record, ChangeKind.MERGED, told, scope_keys(record)))
        record.deleted_at, record.deletion_id = scope.now, work.id


def _held_by_lines(scope: Scope, one: ObjectType, work: _Work) -> list[Problem]:
    """Lines change with their documents only, so what they refer to stays."""
    for line, each in referrers(one, lines_too=True):
        if line.document is None or line.document is one:
            continue
        table = line.table
        held = sa.select(sa.literal(1)).where(table.c[each.name].in_(work.gone), table.c.deleted_at.is_(None)).limit(1)
        if scope.session.execute(held).first():
            message = f"{line.record.facts.plural.en} refer to one of them as {each.label.en.lower()}."
            return [Problem(ProblemCode.REFERENCED, message, ("from",))]
    return []


def _complete(scope: Scope, one: ObjectType, work: _Work, values: Mapping[str, Any], changes: list[Change]) -> None:
    """Give the survivor what it lacks, all that is in the lists of the others, and no reference to any of these."""
    scope_before, told = scope_keys(work.survivor), dict[str, tuple[Any, Any]]()
    for name, each in one.fields.items():
        if not each.is_input(creating=False) or each is one.currency:
            continue
        now = getattr(work.survivor, name)
        if each.target is one.record and now in work.gone:
            told[name] = (now, None)
        elif now is None and name not in values:
            offered = [(record, getattr(record, name)) for record in work.away]
            offered = [(giver, value) for giver, value in offered if _is_in_its_currency(one, each, work, giver)]
            fit = [pair for pair in offered if pair[1] is not None and not _leads_inside(one, each, pair[1], work)]
            if fit:
                told[name] = (None, fit[0][1])
                told |= _with_amount(each, work.survivor, fit[0][0])
    told |= _whole_addresses(one, work, values)
    for name, (_, after) in told.items():
        setattr(work.survivor, name, after)
    lists = _joined(one, work, values)
    write_links(scope, one, [(work.survivor.id, lists)])
    told |= lists | rows_told(scope, work.id, work.survivor.id)
    if told:
        touch(work.survivor)
        changes.append(Change(work.survivor, ChangeKind.UPDATED, told, scope_before))


def _whole_addresses(one: ObjectType, work: _Work, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The addresses that the survivor lacks: each comes from one record, nothing is put together of several."""
    told: dict[str, tuple[Any, Any]] = {}
    for whole in one.compounds.values():
        lacks = not any(getattr(work.survivor, name) for name in whole.parts)
        if lacks and not values.keys() & set(whole.parts):
            offered = ({name: getattr(record, name) for name in whole.parts} for record in work.away)
            fit = next((each for each in offered if any(each.values())), {})
            told |= {name: (None, value) for name, value in fit.items() if value is not None}
    return told


def _joined(one: ObjectType, work: _Work, values: Mapping[str, Any]) -> Differences:
    was = work.lists[work.survivor.id]
    found = joined(one, work.lists, work.survivor.id, work.gone)
    return {name: (was[name], after) for name, after in found.items() if after != was[name] and name not in values}


def _with_amount(field: Field, survivor: Record, giver: Record) -> dict[str, tuple[Any, Any]]:
    """What comes with an amount that the survivor gets: its currency; its base amount keeps the rate of its day."""
    if not field.is_money:
        return {}
    for column in field.follows:
        setattr(survivor, column, getattr(giver, column))
    return {field.currency: (getattr(survivor, field.currency), getattr(giver, field.currency))}


def _is_in_its_currency(one: ObjectType, field: Field, work: _Work, giver: Record) -> bool:
    """Whether the survivor could have the value: all amounts of a document are in one currency."""
    if one.currency is None or not field.is_money:
        return True
    return bool(getattr(giver, field.currency) == getattr(work.survivor, one.currency.name))


def _leads_inside(one: ObjectType, field: Field, value: Any, work: _Work) -> bool:
    """Whether it is a reference to one of the records that are merged."""
    return field.kind is Kind.REFERENCE and field.target is one.record and value in {*work.gone, work.survivor.id}
