"""Load and lock the records of a batch, with the answers of the kernel beside each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import result_tuple

from saas.engine.access.rows import Shape, reached
from saas.engine.problem import Clash, Problem, ProblemCode, forbidden, not_found
from saas.engine.record import Record
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.engine.sql.question import answers, given
from saas.engine.stored import as_read, stored_columns
from saas.engine.write.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Target:
    """Which record, and the version that the writer has seen (None: whichever)."""

    id: UUID
    version: int | None = None


def load(
    scope: Scope,
    one: ObjectType,
    operation: str,
    targets: Sequence[Target],
    outcomes: list[Outcome],
    *,
    deleted: bool = False,
    check_version: bool = True,
    extra: Sequence[ColumnElement[Any]] = (),
) -> dict[UUID, sa.Row[Any]]:
    """Rows `(record, may, …extra)` by id, locked in the order of ids; what is wrong goes to the outcomes.

    A version that is not the newest is wrong too, but where the caller looks into it.
    """
    scope.need(f"{one.name}.{operation}")
    found = {row[0].id: row for row in _rows(scope, one, operation, targets, deleted, extra)}
    first: set[UUID] = set()
    for target, outcome in zip(targets, outcomes, strict=True):
        problem = _problem(one, operation, found.get(target.id), deleted=deleted)
        if check_version and target.version is not None and problem is None:
            record = found[target.id][0]
            problem = version_conflict(one, record, target.version) if target.version != record.version else None
        if target.id in first:
            problem = Problem(ProblemCode.BAD_INPUT, "The same record stands twice in this batch.", ("id",))
        first.add(target.id)
        if problem:
            outcome.problems.append(problem)
    return found


def _rows(
    scope: Scope,
    one: ObjectType,
    operation: str,
    targets: Sequence[Target],
    deleted: bool,
    extra: Sequence[ColumnElement[Any]],
) -> list[sa.Row[Any]]:
    """What is asked of the database; `extra` depends on the actor's rights and on nothing else but its labels."""
    table, names = one.table, [str(each.key) for each in extra]

    def build() -> sa.Select[Any]:
        in_sight = reached(scope.profile, one, "read", table, Shape.WIDE)
        may = reached(scope.profile, one, operation, table, Shape.WIDE)
        state = table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None)
        return (
            sa.select(*stored_columns(one.record), may.label("may"), *extra)
            .where(table.c.id == sa.any_(given("ids", ARRAY(sa.Uuid()))), state, in_sight)
            .order_by(table.c.id)
            # A record that only changes may be referred to meanwhile; one that is deleted may not.
            .with_for_update(of=table, key_share=operation not in ("delete", "restore"))
        )

    if scope.session.autoflush:
        scope.session.flush()
    key = ("load", one.name, operation, deleted, *names)
    rows = answers(scope, key, build, ids=[target.id for target in targets])
    row_of = result_tuple([one.name, "may", *names])
    width = len(stored_columns(one.record))
    return [row_of((as_read(scope.session, one.record, row[:width]), *row[width:])) for row in rows]


def _problem(one: ObjectType, operation: str, row: sa.Row[Any] | None, *, deleted: bool) -> Problem | None:
    label = one.record.facts.label.en.lower()
    if row is None:
        where = "in the trash" if deleted else "in your sight"
        return not_found(f"There is no such {label} {where}.", "id")
    if not row.may:
        return forbidden(f"You may see this {label}, but not {operation} it.", "id")
    return None


def version_conflict(one: ObjectType, record: Record, version: int, clashes: Sequence[Clash] = ()) -> Problem:
    """The problem of a writer who has seen `version` of a record that is further on."""
    return Problem(
        ProblemCode.VERSION_CONFLICT,
        f"The {one.record.facts.label.en.lower()} changed meanwhile: "
        f"it has version {record.version}, you have {version}.",
        ("version",),
        kind="VersionConflict",
        current_version=record.version,
        clashes=tuple(clashes),
    )
