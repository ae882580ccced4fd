"""The rows of a file on their way into the database, where an import finds them again: however many, a few at a time.

What must be known of all rows together — which keys repeat, which rows are one document, who refers to whom — is
asked of Postgres, by what the texts of a row come to (`digest`); it is never in memory.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any
from uuid import UUID

from saas.engine.rows import insert_rows
from saas.engine.scope import Scope
from saas.engine.transfer.entry import Entry
from saas.engine.transfer.plan import Plan
from saas.engine.transfer.tables import import_row
from saas.kit.text import fold

_AT_ONCE = 1_000


class Stage:
    """Puts the rows of one run away, each by its number; a row without a head belongs to the document before it."""

    def __init__(self, run_id: UUID, plan: Plan) -> None:
        self._run_id = run_id
        self.plan = plan
        self._own = [(at, _named_by(plan, at)) for at in plan.own]
        self._key: UUID | None = None
        self._document = 0
        self.done = 0

    def take(self, scope: Scope, entries: Iterator[Entry], most: int) -> int:
        """Put at most so many rows away; how many there were."""
        before = self.done
        while self.done - before < most:
            some = list(islice(entries, min(_AT_ONCE, most - (self.done - before))))
            if not some:
                break
            insert_rows(scope.session, import_row, [self._row(entry) for entry in some])
        return self.done - before

    def skip(self, entries: Iterable[Entry]) -> None:
        """Rows that are put away already."""
        for entry in entries:
            self._row(entry)

    def _row(self, entry: Entry) -> dict[str, Any]:
        self.done += 1
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
        key = [self.plan.fields[position].text(cells) for position in self.plan.key]
        if all(key):
            return digest(*map(fold, key))
        return self._key if self.plan.lines is not None and not any(self.plan.texts(cells)) else None

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


def _named_by(plan: Plan, at: int) -> int | None:
    """The position of the field by which the records are found that a field refers to, if the file has it."""
    lookup = plan.fields[at].lookup
    names = [each.field.name for each in plan.fields]
    return names.index(lookup.by.name) if lookup is not None and lookup.by.name in names else None


def digest(*texts: str) -> UUID:
    """What these texts come to: the same texts come to the same, and, as good as never, others to another."""
    return UUID(bytes=blake2b("\0".join(texts).encode(), digest_size=16).digest())
