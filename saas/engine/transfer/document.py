"""The rows of a document as its lines: those that it has are found again, by their key or by their order."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import readable
from saas.engine.access.filtering import where_seen
from saas.engine.access.rows import Condition
from saas.engine.problem import ProblemCode
from saas.engine.read.keys import Key, compared
from saas.engine.scope import Scope
from saas.engine.transfer.issue import about, shown
from saas.engine.transfer.plan import Part
from saas.engine.transfer.row import Row

Known = list[tuple[UUID, Key]]


def put_lines(scope: Scope, part: Part, documents: Sequence[Row]) -> None:
    """Give each document its lines to write: new ones, changes of those that it has, and what goes.

    With a key lines of which the file says nothing stay; without, the rows are all that the document has.
    """
    known = _known(scope, part, [row.id for row in documents if row.id is not None])
    for document in documents:
        rows = [row for row in document.below if row.line.has_line]
        if part.key:
            pairs, gone = _by_key(part, rows, known.get(document.id, [])), list[UUID]()
        else:
            pairs, gone = _by_order(rows, known.get(document.id, []))
        if document.refused:
            continue
        create = [row for row, id_ in pairs if id_ is None]
        update = [(row, id_) for row, id_ in pairs if id_ is not None]
        document.places = {("lines", "create", str(i)): row for i, row in enumerate(create)}
        document.places |= {("lines", "update", str(i)): row for i, (row, _) in enumerate(update)}
        document.values["lines"] = {
            "create": [row.values for row in create],
            "update": [{**row.values, "id": str(id_)} for row, id_ in update],
            "delete": [str(id_) for id_ in gone],
        }


def _known(scope: Scope, part: Part, documents: Sequence[UUID]) -> dict[UUID | None, Known]:
    """The lines of these documents in their order, each with its key as far as the actor sees it."""
    found: dict[UUID | None, Known] = {}
    if not documents:
        return found
    table = part.one.outermost
    of = table.c[part.one.record.facts.line_of or ""]
    given: Condition = of.in_(documents)
    for field in part.key_fields:
        given = where_seen(readable(scope.profile, part.one, field, table), given)
    columns = [table.c[field.folded or field.name] for field in part.key_fields]
    statement = sa.select(of, table.c.id, *columns).where(given, table.c.deleted_at.is_(None))
    for document, id_, *key in scope.session.execute(statement.order_by(of, table.c.position, table.c.id)):
        found.setdefault(document, []).append((id_, tuple(key)))
    return found


def _by_key(part: Part, rows: Sequence[Row], known: Known) -> list[tuple[Row, UUID | None]]:
    """Each row with the line that it changes, if there is one; rows and lines that share a key are refused."""
    by_key: dict[Key, list[UUID]] = {}
    for id_, known_key in known:
        by_key.setdefault(known_key, []).append(id_)
    seen: dict[Key, Row] = {}
    pairs: list[tuple[Row, UUID | None]] = []
    for row in rows:
        key: Key = tuple(compared(each, row.values.get(each.name)) for each in part.key_fields)
        ids = by_key.get(key, [])
        told = shown(" / ".join(row.line.line_texts[position] for position in part.key))
        first = part.key_fields[0]
        if key in seen:
            where = f"line {seen[key].line.number} of this document"
            row.refuse(about(first, ProblemCode.DUPLICATE, f"{told} stands in {where} already."))
        elif len(ids) > 1:
            row.refuse(about(first, ProblemCode.AMBIGUOUS, f"{len(ids)} lines of the document have the key {told}."))
        seen.setdefault(key, row)
        pairs.append((row, ids[0] if ids else None))
    return pairs


def _by_order(rows: Sequence[Row], known: Known) -> tuple[list[tuple[Row, UUID | None]], list[UUID]]:
    """Each row with the line at its place, and the lines behind the last row."""
    ids: list[Any] = [id_ for id_, _ in known]
    return [(row, ids[i] if i < len(ids) else None) for i, row in enumerate(rows)], ids[len(rows) :]
