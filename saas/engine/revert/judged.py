"""What is to become of each record that an import wrote: to the trash, values of before, or why it stays as it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from saas.engine.access.rows import Shape, reached
from saas.engine.changes.names import Names
from saas.engine.merges import merged_away, merged_into
from saas.engine.problem import ProblemCode
from saas.engine.registry import ObjectType
from saas.engine.revert.lines import lines_back
from saas.engine.revert.since import LINES, Pair, Since, follows, kept, since
from saas.engine.scope import Scope
from saas.engine.transfer.issue import Issue
from saas.engine.transfer.made import Made
from saas.kit.text import camel

REVERTED, UNCHANGED, REFUSED = "reverted", "unchanged", "refused"
FILES = "files"


class Code(StrEnum):
    """What only a revert can find; all other codes are those of a write."""

    DELETED = "DELETED"
    HISTORY_GONE = "HISTORY_GONE"


@dataclass(slots=True)
class Taken:
    """A record on its way back.

    values  of before the import, by field, where it changed the record
    fields  which ones moved on, as the API spells them
    """

    made: Made
    values: dict[str, Any] = field(default_factory=dict)
    became: str = ""
    issue: Issue | None = None
    fields: list[str] = field(default_factory=list)

    def refuse(self, code: str, message: str, fields: Collection[str] = ()) -> None:
        """Why the record stays as it is."""
        self.became, self.issue, self.fields = REFUSED, Issue(code, message), sorted(fields)


def judged(scope: Scope, one: ObjectType, notes: Sequence[Made]) -> list[Taken]:
    """Look at the records, which are held until the transaction ends; what has an answer already `became` it.

    At most four statements. Nothing is told of what the actor does not see.
    """
    names = Names(scope.profile, one, one.table)
    ids = [made.record_id for made in notes]
    found = {row.id: row for row in scope.session.execute(_states(scope, one, names, ids))}
    living = [(made, found[made.record_id].version) for made in notes if _is_alive(found.get(made.record_id))]
    histories = since(scope, one, living)
    gone = [row.id for row in found.values() if row.deleted_at is not None]
    away = merged_away(scope, gone) if gone else set()
    new = [made.record_id for made, _ in living if made.is_new]
    survivors = merged_into(scope, new) if new else set()
    taken = [Taken(made) for made in notes]
    for each in taken:
        row, id_ = found.get(each.made.record_id), each.made.record_id
        if row is None or not row.seen:
            label = one.record.facts.label.en.lower()
            each.refuse(ProblemCode.NOT_FOUND.value, f"There is no such {label} in your sight any more.")
        elif row.deleted_at is not None:
            _judge_deleted(each, is_merged=id_ in away)
        elif id_ in survivors:
            each.refuse(ProblemCode.MOVED_ON.value, "Another record was merged into it since the import.")
        else:
            _Judge(one, names, row, each, histories[id_]).judge()
    return taken


def _states(scope: Scope, one: ObjectType, names: Names, ids: Sequence[UUID]) -> sa.Select[Any]:
    table = one.table
    return (
        sa.select(
            table.c.id,
            table.c.version,
            table.c.deleted_at,
            reached(scope.profile, one, "read", table, Shape.WIDE).label("seen"),
            *(column.label(f"group_{number}") for number, column in enumerate(names.columns)),
        )
        .where(table.c.id.in_(ids))
        .order_by(table.c.id)
        .with_for_update(of=table)
    )


def _is_alive(row: Any) -> bool:
    return row is not None and row.seen and row.deleted_at is None


def _judge_deleted(taken: Taken, *, is_merged: bool) -> None:
    if is_merged:
        taken.refuse(ProblemCode.MERGED.value, "It was merged into another record since the import.")
    elif taken.made.is_new:
        taken.became = UNCHANGED  # somebody has put it into the trash already
    else:
        taken.refuse(Code.DELETED.value, "It was deleted since the import: restore it first.")


@dataclass(slots=True)
class _Judge:
    """One record that is there."""

    one: ObjectType
    names: Names
    row: Any
    taken: Taken
    since: Since

    def judge(self) -> None:
        wrote = self.since.wrote
        if not self.since.is_whole:
            self.taken.refuse(Code.HISTORY_GONE.value, "What became of it since the import is no longer kept.")
        elif not self.taken.made.is_new and wrote is not None:
            self._judge_changed(wrote)
        elif not self.taken.made.is_new:
            self.taken.refuse(Code.HISTORY_GONE.value, "What it was before the import is no longer kept.")
        elif self.since.moved:
            self._moved_on(self.since.moved)

    def _judge_changed(self, wrote: Mapping[str, Pair]) -> None:
        """Other fields may have moved on; those that the import changed must be as it left them, or as before."""
        moved: set[str] = set()
        for name in (name for name in wrote if name in self.one.all_fields and name not in follows(self.one)):
            before, after = (kept(self.one, name, value) for value in wrote[name])
            if self.since.now.get(name, after) != before:
                self.taken.values[name] = before
                # An address is one value, and so is an amount with its currency.
                moved |= self.since.moved & set(self.one.whole(name).columns)
        lines = lines_back(self.one.lines, wrote[LINES]) if self.one.lines and LINES in wrote else {}
        if lines:
            self.taken.values[LINES] = lines
        currency = self.one.currency.name if self.one.currency else None
        if lines or currency in self.taken.values:  # with its currency those of its lines change
            moved |= self.since.moved & {LINES}
        if moved:
            self._moved_on(moved)
        elif not self.taken.values:
            self.taken.became = UNCHANGED

    def _moved_on(self, names: Collection[str]) -> None:
        """Say which fields, as far as the actor sees them."""
        groups = tuple(self.row)[4:]
        heard = self.names.told(orjson.dumps(sorted(names)).decode(), groups)
        wholes = {camel(whole.api): whole.label.en for whole in map(self.one.whole, self._own(names))}
        told = {name: label for name, label in wholes.items() if name in heard.names}
        if LINES in heard.names and not heard.hides_lines:
            told[LINES] = "Lines"
        if FILES in names:
            told[FILES] = "Files"
        what = f": {', '.join(told.values())}" if told else ""
        self.taken.refuse(ProblemCode.MOVED_ON.value, f"It was changed since the import{what}.", told)

    def _own(self, names: Collection[str]) -> list[str]:
        return [name for name in self.one.all_fields if name in names]
