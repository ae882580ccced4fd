"""Some of what an import wrote, taken back by the same verbs as any other write: delete and update."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.field import Field
from saas.engine.links import link, stored_as
from saas.engine.problem import Problem
from saas.engine.registry import ObjectType, listers, referrers
from saas.engine.revert.judged import REVERTED, UNCHANGED, Taken, judged
from saas.engine.scope import Scope
from saas.engine.transfer.issue import issue_of
from saas.engine.transfer.made import Made
from saas.engine.write.batch import ErrorPolicy, written
from saas.engine.write.links import held
from saas.engine.write.load import Target
from saas.engine.write.outcome import Outcome, any_problem, not_written
from saas.engine.write.remove import delete, held_by
from saas.engine.write.update import update


def take_back(scope: Scope, one: ObjectType, notes: Sequence[Made]) -> list[Taken]:
    """Take back what these notes tell, in their order, each of another record; what moved on stays, with the reason."""
    taken = judged(scope, one, notes)
    _leave_unseen(scope, one, taken)
    waiting = [each for each in taken if not each.became]
    for is_new, found in groupby(waiting, key=lambda each: each.made.is_new):
        rows = list(found)
        verb = _delete if is_new else _put_back
        outcomes = written(partial(verb, scope, one), rows, ErrorPolicy.SKIP_FAILED)
        for each, outcome in zip(rows, outcomes, strict=True):
            _tell(one, each, outcome)
    return taken


def _delete(scope: Scope, one: ObjectType, batch: Sequence[Taken]) -> list[Outcome]:
    """Move them to the trash, unless a record that stays refers to one: whoever wrote that counts on it.

    An ordinary delete would take along what belongs to it, and empty references. That is not of the import.
    """
    ids = [each.made.record_id for each in batch]
    found = _referred_to(scope, one, ids)
    outcomes = [Outcome(problems=found.get(id_, [])) for id_ in ids]
    return not_written(outcomes) if any_problem(outcomes) else delete(scope, one, [Target(id_) for id_ in ids])


def _put_back(scope: Scope, one: ObjectType, batch: Sequence[Taken]) -> list[Outcome]:
    return update(scope, one, [(Target(each.made.record_id), each.values) for each in batch])


def _tell(one: ObjectType, taken: Taken, outcome: Outcome) -> None:
    if not outcome.problems:
        taken.became = REVERTED if outcome.changed else UNCHANGED
        return
    issues = [issue_of(problem, one) for problem in outcome.problems]
    sentences = dict.fromkeys(issue.message for issue in issues)
    taken.refuse(issues[0].code, " ".join(sentences), {issue.field for issue in issues} - {"", "id"})


def _referred_to(scope: Scope, one: ObjectType, ids: Sequence[UUID]) -> dict[UUID, list[Problem]]:
    """By record which living records besides these refer to it; one statement for each field that can."""
    found: dict[UUID, list[Problem]] = {}
    for other, field in (*referrers(one, lines_too=True), *listers(one)):
        if other.document is not one or field.name != other.record.facts.line_of:
            for id_, number in scope.session.execute(_counted(other, field, one, ids)):
                found.setdefault(id_, []).append(held_by(other, field, number))
    return found


def _counted(other: ObjectType, field: Field, one: ObjectType, ids: Sequence[UUID]) -> sa.Select[Any]:
    table, given = other.table, sa.literal(list(ids), ARRAY(sa.Uuid()))
    if field.name in other.fields:
        column: sa.ColumnElement[Any] = table.c[field.name]
        statement = sa.select(column, sa.func.count())
    else:
        column = link.c.target_id
        listed = sa.and_(link.c.record_id == table.c.id, link.c.field == stored_as(other, field))
        statement = sa.select(column, sa.func.count()).select_from(link.join(table, listed))
    others = table.c.id != sa.all_(given) if other.name == one.name else sa.true()
    return statement.where(column == sa.any_(given), table.c.deleted_at.is_(None), others).group_by(column)


def _leave_unseen(scope: Scope, one: ObjectType, taken: Sequence[Taken]) -> None:
    """Take from lists what the actor does not see and the record has: it was there all the time, and stays."""
    lists = [
        (each.made.record_id, {name: value for name, value in each.values.items() if name in one.links})
        for each in taken
        if not each.became
    ]
    there = held(scope, one, [(id_, of_row) for id_, of_row in lists if of_row])
    for each in taken:
        for name in each.values.keys() & one.links.keys():
            unseen = {id_ for id_, is_shown in there.get((name, each.made.record_id), ()) if not is_shown}
            each.values[name] = [id_ for id_ in each.values[name] if id_ not in unseen]
