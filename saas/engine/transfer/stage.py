"""The rows of a file on their way into the database, where an import finds them again: however many, a few at a time.

What must be known of all rows together — which keys repeat, which rows are one document, who refers to whom — is
asked of Postgres, by what the texts of a row come to (`digest`); it is never in memory.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any
from uuid import UUID

from saas.engine.field import Kind
from saas.engine.rows import insert_rows
from saas.engine.scope import Scope
from saas.engine.transfer.cells import Manner, NoValue, value_of
from saas.engine.transfer.entry import Entry
from saas.engine.transfer.plan import FieldPlan, Plan
from saas.engine.transfer.tables import import_row
from saas.kit.errors import BadInput
from saas.kit.text import fold
from saas.tenants.waiting import begin, send

MAX_CHARACTERS = 4 * 1024**3  # of all rows: a small workbook can repeat one text without end
_AT_ONCE = 1_000
_SIZE_AT_ONCE = 4 * 1024 * 1024  # characters, as many as one row has at most
_WRITTEN_IN_MANY_WAYS = {Kind.INTEGER, Kind.DATE, Kind.CHOICE}


class Stage:
    """Puts the rows of one run away, each by its number; a row without a head belongs to the document before it."""

    def __init__(self, run_id: UUID, plan: Plan) -> None:
        self._run_id = run_id
        self.plan = plan
        self._own = [(at, _named_by(plan, at)) for at in plan.own]
        self._key: UUID | None = None
        self._document = 0
        self._manner = Manner(plan.mapping.decimal, "UTC", None)
        self._size = 0
        self.done = 0

    def take(self, scope: Scope, entries: Iterator[Entry], most: int) -> int:
        """Put at most so many rows away; how many there were."""
        before = self.done
        while self.done - before < most:
            some = [self._row(entry) for entry in _some(entries, min(_AT_ONCE, most - (self.done - before)))]
            if not some:
                break
            send(scope.session)  # else they would all be in memory until the step ends
            insert_rows(scope.session, import_row, some)
            begin(scope.session)
        return self.done - before

    def skip(self, entries: Iterable[Entry]) -> None:
        """Rows that are put away already."""
        for entry in entries:
            self._row(entry)

    def _row(self, entry: Entry) -> dict[str, Any]:
        self.done += 1
        self._size += sum(map(len, entry.cells))
        if self._size > MAX_CHARACTERS:
            raise BadInput(
                f"The rows up to line {entry.line:,} come to more than {MAX_CHARACTERS:,} characters.",
                remedy="Import the file in parts.",
                path=("csv",),
            )
        row: dict[str, Any] = {
            "run_id": self._run_id,
            "level": 0,
            "number": self.done,
            "line": entry.line,
            "cells": entry.cells,
        }
        if entry.wrong:
            self._key = None
            return row | {"document": self.done, "wrong": entry.wrong}
        key = self._key_of(entry.cells)
        if key is None or key != self._key or self.plan.lines is None:
            self._document = self.done
        self._key = key
        row |= {"document": self._document, "key": key}
        if self.plan.mapping.unique_rows:
            row["says"] = digest(*self.plan.texts(entry.cells))
        if self._own and key is not None:
            texts = self.plan.texts(entry.cells)
            row |= {"called": self._called(texts), "refers": self._refers(texts)}
        return row

    def _key_of(self, cells: tuple[str, ...]) -> UUID | None:
        key = [(field, field.text(cells)) for field in map(self.plan.fields.__getitem__, self.plan.key)]
        if all(text for _, text in key):
            return digest(*(self._compared(field, text) for field, text in key))
        return self._key if self.plan.lines is not None and not self.plan.is_filled(cells) else None

    def _compared(self, field: FieldPlan, text: str) -> str:
        """The same text for the same value, however it is written: `1` and `1.0`, a choice by its name or label."""
        if field.field.kind not in _WRITTEN_IN_MANY_WAYS:
            return fold(text)
        try:
            return str(value_of(field, text, self._manner))
        except NoValue:
            return fold(text)

    def _called(self, texts: tuple[str, ...]) -> list[UUID]:
        return [digest(str(at), fold(texts[by])) for at, by in self._own if by is not None and texts[by]]

    def _refers(self, texts: tuple[str, ...]) -> list[UUID]:
        fields = self.plan.fields
        return [
            digest(str(at), fold(name))
            for at, by in self._own
            if by is not None
            for name in fields[at].split(texts[at])
            if name
        ]


def _some(entries: Iterator[Entry], most: int) -> Iterator[Entry]:
    """The next entries: so many, or as many as one statement may hold."""
    size = 0
    for entry in islice(entries, most):
        yield entry
        size += sum(map(len, entry.cells))
        if size >= _SIZE_AT_ONCE:
            return


def _named_by(plan: Plan, at: int) -> int | None:
    """The position of the field by which the records are found that a field refers to, if the file has it."""
    lookup = plan.fields[at].lookup
    names = [each.field.name for each in plan.fields]
    return names.index(lookup.by.name) if lookup is not None and lookup.by.name in names else None


def digest(*texts: str) -> UUID:
    """What these texts come to: the same texts come to the same, and, as good as never, others to another."""
    return UUID(bytes=blake2b("\0".join(texts).encode(), digest_size=16).digest())
