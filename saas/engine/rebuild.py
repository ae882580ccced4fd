"""What follows from records is made anew: it was declared after they were written, or an invariant found it broken."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from saas.engine.duplicates import duplicate_keys, keys_of, telling_fields
from saas.engine.field import Label
from saas.engine.files.quota import recount
from saas.engine.jobs import LONG, Step, job
from saas.engine.registry import ObjectType, objects
from saas.engine.rows import insert_rows, quoted
from saas.engine.scope import Scope
from saas.engine.twins import made_of

CHUNK = 500
_first: list[Callable[[Scope], object]] = [recount]


def rebuilt(function: Callable[[Scope], None]) -> Callable[[Scope], None]:
    """Declare `def name(scope)`, which makes anew what follows from all records of an object together."""
    _first.append(function)
    return function


@job(kind=LONG, queue="bulk", label=Label("Rebuild what is kept beside records", "重建记录索引"))
def records_rebuild(scope: Scope, step: Step) -> Step | None:
    """Deal with what follows from all of them, then with the next ones: texts, sort keys, grams, keys of duplicates.

    It follows from the records and is no change of them: neither version nor audit tells of it. Done again it changes
    nothing.
    """
    if step.cancelled:
        return None
    at = step.checkpoint
    if not at:
        for each in _first:
            each(scope)
    after = UUID(at["after"]) if "after" in at else UUID(int=0)
    for one in _from(at.get("object", "")):
        rows = _chunk(scope, one, after)
        if rows:
            done = step.progress.get("done", 0) + len(rows)
            return Step({"object": one.name, "after": str(rows[-1].id)}, {"object": one.name, "done": done})
        after = UUID(int=0)
    return None


def _from(name: str) -> Iterator[ObjectType]:
    """What something is kept beside of, lines too, from this one on."""
    every = [each for one in objects() for each in (one, one.lines) if each is not None]
    found = [each for each in every if each.record.texts or telling_fields(each)]
    names = [each.name for each in found]
    yield from found[names.index(name) if name in names else 0 :]


def _chunk(scope: Scope, one: ObjectType, after: UUID) -> Sequence[sa.Row[Any]]:
    """Deal with the records behind this one, with at most five statements; none where there are no more."""
    table = one.table
    statement = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(CHUNK)
    rows = scope.session.execute(statement.with_for_update(key_share=True)).all()
    if rows:
        _keep_texts(scope, one, rows)
        _keep_keys(scope, one, rows)
    return rows


def _keep_texts(scope: Scope, one: ObjectType, rows: Sequence[sa.Row[Any]]) -> None:
    changed = []
    for row in rows:
        made = made_of(one.record.texts, {text.name: row._mapping[text.name] for text in one.record.texts})
        if any(row._mapping[name] != value for name, value in made.items()):
            changed.append({"id": row.id, **made})
    if changed:
        names = [name for name in changed[0] if name != "id"]
        dialect = scope.session.get_bind().dialect
        typed = ", ".join(f"{quoted(name)} {one.table.c[name].type.compile(dialect)}" for name in ("id", *names))
        values = ", ".join(f"{quoted(name)} = given.{quoted(name)}" for name in names)
        statement = sa.text(
            f"UPDATE {quoted(one.table.name)} AS one SET {values}"  # noqa: S608  # names of our own tables, quoted
            f" FROM json_to_recordset(CAST(:rows AS json)) AS given ({typed}) WHERE one.id = given.id"
        )
        scope.session.execute(statement, {"rows": orjson.dumps(changed).decode()})


def _keep_keys(scope: Scope, one: ObjectType, rows: Sequence[sa.Row[Any]]) -> None:
    keys = duplicate_keys.c
    wanted = {(row.id, kind.value, key) for row in rows for kind, key in keys_of(one, row)}
    asked = sa.select(keys.record_id, keys.kind, keys.key).where(keys.record_id.in_([row.id for row in rows]))
    there = {(row.record_id, row.kind, row.key) for row in scope.session.execute(asked)}
    if there - wanted:
        lost = sa.tuple_(keys.record_id, keys.kind, keys.key).in_(there - wanted)
        scope.session.execute(sa.delete(duplicate_keys).where(lost))
    new = [{"record_id": id_, "kind": kind, "key": key, "object": one.name} for id_, kind, key in wanted - there]
    if new:
        insert_rows(scope.session, duplicate_keys, new)
