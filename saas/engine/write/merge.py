"""Merge records into one that survives: it takes what it lacks, and all that referred to the others follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import readable
from saas.engine.access.rows import reached
from saas.engine.audit import Change, ChangeKind, scope_keys, write_audit
from saas.engine.field import Field, Kind
from saas.engine.merges import Journal, Move, write_journal
from saas.engine.problem import Clash, Problem, ProblemCode
from saas.engine.record import Record, write_together
from saas.engine.registry import ObjectType, referrers
from saas.engine.rules import broken_by
from saas.engine.scope import Scope
from saas.engine.write.conflicts import in_sight
from saas.engine.write.finish import finish
from saas.engine.write.lines import lines_of, living
from saas.engine.write.load import Target, load
from saas.engine.write.outcome import Outcome, not_written
from saas.engine.write.references import circles
from saas.engine.write.update import update
from saas.kit import ids
from saas.kit.errors import AtriumError

MAX_AWAY = 100


@dataclass(frozen=True, slots=True)
class Moved:
    """How many records in sight refer to the survivor now by this field."""

    object: ObjectType
    field: Field
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
    found = _load(scope, one, into, away, merged.outcome)
    if merged.outcome.problems:
        return merged
    savepoint = scope.session.begin_nested()
    try:
        _merge(scope, one, _Work(one, found[into.id], [found[each.id] for each in away]), values, merged)
    except AtriumError:
        savepoint.rollback()
        scope.session.expunge_all()
        raise
    if merged.outcome.problems or dry_run:
        savepoint.rollback()
        scope.session.expunge_all()
        (merged.outcome,) = not_written([merged.outcome])
    else:
        savepoint.commit()
    return merged


class _Work:
    """The records of one merge and what becomes of them."""

    def __init__(self, one: ObjectType, survivor: sa.Row[Any], away: Sequence[sa.Row[Any]]) -> None:
        self.id = ids.new_id(one.record.facts.code)
        self.survivor: Record = survivor[0]
        self.away: list[Record] = [row[0] for row in away]
        self.gone = {record.id for record in self.away}
        self.before = {name: getattr(self.survivor, name) for name, each in one.fields.items() if not each.system}
        self.shown = {
            name for name in self.before if all(row._mapping.get(f"_read_{name}", True) for row in (survivor, *away))
        }
        self.moves: list[Move] = []

    def moved_within(self, one: ObjectType) -> dict[str, list[UUID]]:
        """For each reference of the object to itself the records that were given another one."""
        found: dict[str, list[UUID]] = {}
        for move in self.moves:
            if move.object == one.name:
                found.setdefault(move.field, []).append(move.record_id)
        return found


def _load(scope: Scope, one: ObjectType, into: Target, away: Sequence[Target], outcome: Outcome) -> dict[UUID, Any]:
    """The rows of all records, locked; what is wrong goes to the outcome, with the argument that it is wrong in."""
    if not 0 < len(away) <= MAX_AWAY:
        outcome.problems.append(Problem(ProblemCode.BAD_INPUT, f"Merge between 1 and {MAX_AWAY} records.", ("from",)))
        return {}
    if into.id in {each.id for each in away}:
        outcome.problems.append(Problem(ProblemCode.BAD_INPUT, "A record cannot be merged into itself.", ("from",)))
        return {}
    questions: list[sa.ColumnElement[Any]] = []
    for each in one.fields.values():
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
    merged.moved = _counted(scope, one, work)
    outcomes, changes, quiet = [merged.outcome], list[Change](), list[Change]()

    def write() -> None:
        with scope.session.no_autoflush:
            _trash(scope, work, changes)
        scope.session.flush()  # their unique values are free from here on
        with scope.session.no_autoflush:
            merged.outcome.problems += _held_by_lines(scope, one, work)
            merged.outcome.problems += _move(scope, one, work, changes, quiet)
            _complete(one, work, values, changes)
        if merged.outcome.problems:
            return
        scope.session.flush()
        for problems in circles(scope, one, work.moved_within(one)).values():
            merged.outcome.problems += problems
        write_audit(scope, quiet)

    if not finish(scope, outcomes, lambda: changes, write):
        return
    if values:
        (outcome,) = update(scope, one, [(Target(work.survivor.id), values)])
        merged.outcome.problems += [problem.at("input") for problem in outcome.problems]
    if not merged.outcome.problems:
        (lines,) = lines_of(scope, one, [work.survivor.id], [None], stored=True)
        merged.outcome.problems += broken_by(work.survivor, living(lines))
    if merged.outcome.problems:
        return
    fields = {
        name: (before, getattr(work.survivor, name))
        for name, before in work.before.items()
        if getattr(work.survivor, name) != before
    }
    away = [record.id for record in work.away]
    write_journal(scope, one, Journal(work.id, work.survivor.id, away, fields, work.moves))
    seen = [Clash(name, current=fields[name][1], mine=None, original=fields[name][0]) for name in fields]
    merged.changed = in_sight(scope, one, {0: [clash for clash in seen if clash.field in work.shown]})[0]
    merged.outcome.id, merged.outcome.record, merged.outcome.changed = work.survivor.id, work.survivor, True


def _trash(scope: Scope, work: _Work, changes: list[Change]) -> None:
    for record in work.away:
        told: dict[str, tuple[Any, Any]] = {
            "deleted_at": (None, scope.now),
            "merged_into_id": (None, work.survivor.id),
        }
        changes.append(Change(record, ChangeKind.MERGED, told, scope_keys(record)))
        record.deleted_at, record.deletion_id = scope.now, work.id


def _counted(scope: Scope, one: ObjectType, work: _Work) -> list[Moved]:
    """How many records in sight will refer to the survivor instead."""
    found: list[Moved] = []
    for other, each in referrers(one):
        table = other.table.alias()
        number = scope.session.execute(
            sa.select(sa.func.count()).where(
                table.c[each.name].in_(work.gone),
                table.c.deleted_at.is_(None),
                table.c.id.not_in(work.gone),
                reached(scope.profile, other, "read", table),
            )
        ).scalar_one()
        if number and scope.profile.may(f"{other.name}.read"):
            found.append(Moved(other, each, number))
    return found


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


def _move(scope: Scope, one: ObjectType, work: _Work, changes: list[Change], quiet: list[Change]) -> list[Problem]:
    """Turn every reference to the survivor, also of what is in the trash; problems of references that never change."""
    told: dict[UUID, Change] = {}
    problems: list[Problem] = []
    for other in dict.fromkeys(other for other, _ in referrers(one)):
        names = [each.name for by, each in referrers(one) if by is other]
        columns = [other.table.c[name] for name in names]
        statement = (
            sa.select(other.record)
            .where(sa.or_(*(column.in_(work.gone) for column in columns)), other.table.c.id.not_in(work.gone))
            .order_by(other.table.c.id)
            .with_for_update(of=other.record, key_share=True)
        )
        records = list(scope.session.execute(statement).scalars())
        for record in records:
            for name in names:
                was = getattr(record, name)
                if was not in work.gone or record is work.survivor:
                    continue
                if other.fields[name].fixed:
                    message = (
                        f"{other.record.facts.plural.en} keep their {other.fields[name].label.en.lower()} for good."
                    )
                    problems.append(Problem(ProblemCode.REFERENCED, message, ("from",)))
                change = told.setdefault(record.id, Change(record, ChangeKind.UPDATED, {}, scope_keys(record)))
                change.values[name] = (was, work.survivor.id)
                work.moves.append(Move(other.name, name, record.id, was))
                setattr(record, name, work.survivor.id)
        write_together([record for record in records if record.id in told], names)
    for change in told.values():
        (changes if change.record.deleted_at is None else quiet).append(change)  # nobody reacts to what is in the trash
    return problems[:1]


def _complete(one: ObjectType, work: _Work, values: Mapping[str, Any], changes: list[Change]) -> None:
    """Give the survivor what it lacks, and no reference to what went into it."""
    scope_before, told = scope_keys(work.survivor), dict[str, tuple[Any, Any]]()
    for name, each in one.fields.items():
        if not each.is_input(creating=False):
            continue
        now = getattr(work.survivor, name)
        if each.target is one.record and now in work.gone:
            told[name] = (now, None)
        elif now is None and name not in values:
            offered = [(record, getattr(record, name)) for record in work.away]
            fit = [pair for pair in offered if pair[1] is not None and not _leads_inside(one, each, pair[1], work)]
            if fit:
                told[name] = (None, fit[0][1])
                told |= _with_amount(each, work.survivor, fit[0][0])
    for name, (_, after) in told.items():
        setattr(work.survivor, name, after)
    if told:
        changes.append(Change(work.survivor, ChangeKind.UPDATED, told, scope_before))


def _with_amount(field: Field, survivor: Record, giver: Record) -> dict[str, tuple[Any, Any]]:
    """What comes with an amount that the survivor gets: its currency; its base amount keeps the rate of its day."""
    if not field.is_money:
        return {}
    for column in field.follows:
        setattr(survivor, column, getattr(giver, column))
    return {field.currency: (getattr(survivor, field.currency), getattr(giver, field.currency))}


def _leads_inside(one: ObjectType, field: Field, value: Any, work: _Work) -> bool:
    """Whether it is a reference to one of the records that are merged."""
    return field.kind is Kind.REFERENCE and field.target is one.record and value in {*work.gone, work.survivor.id}
