"""What the engine's own tables say of merged records follows them: shares, participants, roles and what these grant."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from saas.engine.access.let_in import let_in
from saas.engine.audit import Change
from saas.engine.followers import Follower, Follows, followers
from saas.engine.merges import merge_row
from saas.engine.problem import Problem, ProblemCode, forbidden
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.text import pascal
from saas.tenants.stamp import bump_policy
from saas.tenants.waiting import ask, wait

_GIVEN = """
    SELECT "table", count(*) FILTER (WHERE is_after) FROM merge_row WHERE merge_id = %(merge)s::uuid GROUP BY "table"
"""
_quote = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]  # SQLAlchemy has no hint there


@dataclass(frozen=True, slots=True)
class Following:
    """How many rows of a table lead to merged records by one of its columns."""

    follower: Follower
    column: str
    count: int

    @property
    def type_name(self) -> str:
        return pascal(self.follower.table.name)

    @property
    def terms(self) -> Follows:
        return self.follower.columns[self.column]


def following(scope: Scope, gone: Collection[UUID]) -> list[Following]:
    """What leads to these records, with one statement."""
    by_name = {each.table.name: each for each in followers()}
    rows = ask(scope.session, _counts(), {"gone": list(gone)})
    return [Following(by_name[name], column, number) for name, column, number in rows if number]


@cache
def _counts() -> str:
    each = (
        f"SELECT '{follower.table.name}', '{column}', count(*) FROM {_quote(follower.table.name)} "  # noqa: S608  # ours
        f"WHERE {_quote(column)} = ANY (%(gone)s::uuid[])"
        for follower in followers()
        for column in follower.columns
    )
    return " UNION ALL ".join(each) + " ORDER BY 1, 2"


def in_sight(scope: Scope, one: ObjectType, found: Sequence[Following]) -> list[Following]:
    """Those of which the actor may know."""
    return [each for each in found if scope.profile.may(each.terms.seen_with.format(object=one.name))]


def not_permitted(scope: Scope, found: Sequence[Following]) -> list[Problem]:
    """What keeps the actor from having these rows follow: merging gives nobody a right that one may not give."""
    needed = {each.terms.needs for each in found} - {""}
    missing = [right for right in sorted(needed) if not scope.profile.may(right)]
    return [forbidden(f"Rights would change hands: you need {right} too.", "from") for right in missing]


def move(scope: Scope, merge_id: UUID, into: UUID, gone: Sequence[UUID], found: Sequence[Following]) -> None:
    """Turn all that leads to those who are gone to the survivor, each thing once; they go with the next statement."""
    tables = {each.follower.table.name: each.follower for each in found}
    for follower in tables.values():
        given = {"merge": merge_id, "table": follower.table.name, "into": into, "gone": list(gone)}
        wait(scope.session, _taking(follower), given)
        wait(scope.session, _giving(follower), given)
    if tables:
        bump_policy(scope.session)


def put_back(scope: Scope, merge_id: UUID) -> list[Problem]:
    """Undo that; the problems are rows that are not as the merge left them."""
    given: dict[str, int] = dict(ask(scope.session, _GIVEN, {"merge": merge_id}))
    problems: list[Problem] = []
    for follower in followers():
        name = follower.table.name
        if name not in given:
            continue
        values = {"merge": merge_id, "table": name}
        ((removed,),) = ask(scope.session, _ungiving(follower), values)
        wait(scope.session, _untaking(follower), values)
        if removed < given[name]:
            what = f"{given[name] - removed} of {pascal(name)}"
            problems.append(Problem(ProblemCode.MOVED_ON, f"{what} changed again since the merge.", ("id",)))
    if given:
        bump_policy(scope.session)
    return problems


class Watched:
    """Records whose shares and participants may move: the changes of them tell whom they let in before and after."""

    def __init__(self, scope: Scope, records: Sequence[UUID]) -> None:
        self._scope = scope
        self._records = records
        self._before = let_in(scope.session, records, scope.today)

    def tell(self, changes: list[Change]) -> None:
        """Complete the changes of records of which somebody was let in or is now."""
        after = let_in(self._scope.session, self._records, self._scope.today)
        for place, change in enumerate(changes):
            id_ = change.record.id
            if id_ in after and after[id_] != self._before[id_]:
                changes[place] = replace(change, let_in=(self._before[id_], after[id_]))


def told(scope: Scope, merge_id: UUID, into: UUID) -> dict[str, tuple[Any, Any]]:
    """For the audit: by table what was said of the survivor and is not any more, and what is said of it now."""
    columns = {follower.table.name: follower.columns for follower in followers()}
    statement = sa.select(merge_row.c.table, merge_row.c.is_after, merge_row.c.row).where(
        merge_row.c.merge_id == merge_id
    )
    found: dict[str, tuple[list[Any], list[Any]]] = {}
    for table, is_after, row in scope.session.execute(statement.order_by(merge_row.c.number)):
        if any(row[column] == str(into) for column in columns[table]):
            before, after = found.setdefault(table, ([], []))
            (after if is_after else before).append(_said(columns[table], row, into))
    return {
        table: ([each for each in before if each not in after], [each for each in after if each not in before])
        for table, (before, after) in found.items()
    }


def _said(columns: Mapping[str, object], row: Mapping[str, Any], into: UUID) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if value is not None and name != "id" and not (name in columns and value == str(into))
    }


@cache
def _taking(follower: Follower) -> str:
    """Take the rows away that lead to what is gone, and those of the survivor that say the same; note them down."""
    table, key = _quote(follower.table.name), [column.name for column in follower.key]
    leads = " OR ".join(f"{_quote(name)} = ANY(%(gone)s::uuid[])" for name in follower.columns)
    own = ", ".join(map(_quote, key))
    turned = ", ".join(_turned(follower, name) for name in key)
    return f"""
        WITH mine AS (SELECT * FROM {table} WHERE {leads}),
            wanted AS (SELECT {own} FROM mine UNION SELECT {turned} FROM mine),
            taken AS (DELETE FROM {table} AS one USING wanted AS two WHERE {_same(follower.key)} RETURNING one.*)
        INSERT INTO merge_row (merge_id, "table", is_after, number, row)
        SELECT %(merge)s::uuid, %(table)s, false, row_number() OVER (), to_jsonb(taken) FROM taken
    """  # noqa: S608  # names of our own tables, quoted


@cache
def _giving(follower: Follower) -> str:
    """Give them to the survivor, of several that say something of the same thing the first."""
    table = _quote(follower.table.name)
    columns = [column.name for column in follower.table.columns]
    names = ", ".join(map(_quote, columns))
    turned = ", ".join(f"{_turned(follower, name)} AS {_quote(name)}" for name in columns)
    place = ", ".join(f"array_position(%(gone)s::uuid[], {_quote(name)})" for name in follower.columns)
    key = ", ".join(_quote(column.name) for column in follower.key)
    order = ", ".join(filter(None, [key, follower.order, '"place" NULLS FIRST', "was"]))
    return f"""
        WITH given AS (
            SELECT of_row.*, note.row AS was
            FROM merge_row AS note, jsonb_populate_record(NULL::{table}, note.row) AS of_row
            WHERE note.merge_id = %(merge)s::uuid AND note."table" = %(table)s AND NOT note.is_after
        ), turned AS (SELECT {turned}, was, LEAST({place}) AS "place" FROM given),
        new AS (
            INSERT INTO {table} ({names}) SELECT DISTINCT ON ({key}) {names} FROM turned {_distinct(follower)}
            ORDER BY {order} ON CONFLICT DO NOTHING RETURNING *
        )
        INSERT INTO merge_row (merge_id, "table", is_after, number, row)
        SELECT %(merge)s::uuid, %(table)s, true, row_number() OVER (), to_jsonb(new) FROM new
    """  # noqa: S608  # names of our own tables, quoted


@cache
def _ungiving(follower: Follower) -> str:
    """Take away what the merge gave, as far as it is as the merge left it."""
    table = _quote(follower.table.name)
    return f"""
        WITH removed AS (
            DELETE FROM {table} AS one USING merge_row AS note, jsonb_populate_record(NULL::{table}, note.row) AS two
            WHERE note.merge_id = %(merge)s::uuid AND note."table" = %(table)s AND note.is_after
                AND {_same(follower.table.columns)}
            RETURNING note.number
        )
        SELECT count(*) FROM removed
    """  # noqa: S608  # names of our own tables, quoted


@cache
def _untaking(follower: Follower) -> str:
    """Give back what the merge took away."""
    table = _quote(follower.table.name)
    columns = [_quote(column.name) for column in follower.table.columns]
    names, values = ", ".join(columns), ", ".join(f"of_row.{name}" for name in columns)
    return f"""
        INSERT INTO {table} ({names})
        SELECT {values} FROM merge_row AS note, jsonb_populate_record(NULL::{table}, note.row) AS of_row
        WHERE note.merge_id = %(merge)s::uuid AND note."table" = %(table)s AND NOT note.is_after
        ON CONFLICT DO NOTHING
    """  # noqa: S608  # names of our own tables, quoted


def _turned(follower: Follower, name: str) -> str:
    column = _quote(name)
    return (
        f"CASE WHEN {column} = ANY(%(gone)s::uuid[]) THEN %(into)s::uuid ELSE {column} END"
        if name in follower.columns
        else column
    )


def _same(columns: Iterable[sa.Column[Any]]) -> str:
    """Whether two rows are the same in these columns; what is never NULL is compared by the index."""
    return " AND ".join(
        f"one.{_quote(each.name)} {'IS NOT DISTINCT FROM' if each.nullable else '='} two.{_quote(each.name)}"
        for each in columns
    )


def _distinct(follower: Follower) -> str:
    """Nothing is shared with itself."""
    first, *others = map(_quote, follower.columns)
    return "WHERE " + " AND ".join(f"{first} IS DISTINCT FROM {each}" for each in others) if others else ""
