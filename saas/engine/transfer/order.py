"""The rows of a file in the order in which they are written: whoever is referred to comes first.

A reference to another row of the same file (a superior, a parent company) needs that row to be there: rows are sorted
by how many such steps lie above them, and rows of different steps are never written together.
"""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

import orjson
import sqlalchemy as sa

from saas.engine.scope import Scope
from saas.engine.transfer.plan import Plan
from saas.engine.transfer.tables import import_row
from saas.engine.write.lines import MAX_LINES

Graph = dict[int, set[int]]
_REPEATED = (
    "(SELECT level, document, number, row_number() OVER same AS nth, first_value(number) OVER same AS first_number,"
    " first_value(line) OVER same AS first_line, first_value(says) OVER same AS first_says,"
    " count(*) OVER (PARTITION BY key) AS rows"
    " FROM import_row WHERE run_id = :run AND key BETWEEN :low AND :high"
    " WINDOW same AS (PARTITION BY key ORDER BY number)"
    ") AS found"
)
_THOSE = (
    "import_row.run_id = :run AND import_row.level = found.level AND import_row.document = found.document"
    " AND import_row.number = found.number"
)
_LEAVE_OUT = f"DELETE FROM import_row USING {_REPEATED} WHERE {_THOSE} AND nth > 1 AND says = first_says"  # noqa: S608  # no value is part of it
_NOTE_TWINS = f"UPDATE import_row SET twin_line = first_line FROM {_REPEATED} WHERE {_THOSE} AND nth > 1"  # noqa: S608  # likewise
_GATHER = (
    f"UPDATE import_row SET document = first_number FROM {_REPEATED}"  # noqa: S608  # likewise
    f" WHERE {_THOSE} AND import_row.document <> first_number AND rows <= :most"
)
_TOO_MANY = (
    f"UPDATE import_row SET document = import_row.number, wrong = :wrong FROM {_REPEATED}"  # noqa: S608  # likewise
    f" WHERE {_THOSE} AND rows > :most"
)
_ABOVE = sa.text(
    "WITH named AS (SELECT DISTINCT document, unnest(called) AS name FROM import_row"
    " WHERE run_id = :run AND twin_line IS NULL AND wrong IS NULL),"
    " asking AS (SELECT DISTINCT document, unnest(refers) AS name FROM import_row"
    " WHERE run_id = :run AND twin_line IS NULL AND wrong IS NULL)"
    " SELECT asking.document, named.document FROM asking JOIN named USING (name)"
)
_RISE = sa.text(
    "UPDATE import_row SET level = given.level, circles = given.circles"
    " FROM json_to_recordset(CAST(:rows AS json)) AS given (document integer, level integer, circles boolean)"
    " WHERE run_id = :run AND import_row.level = 0 AND import_row.document = given.document"
)
_AT_ONCE = 20_000
_KEYS_AT_ONCE = 100_000  # rows whose keys are compared by one statement, which must end in time
_KEYS = 2**128


def put_in_order(scope: Scope, run_id: UUID, plan: Plan, rows: int) -> int:
    """Every row to be written, or refused, exactly once; how many there are of those that were read."""
    run = {"run": run_id}
    # The table was filled a moment ago: without statistics Postgres would look at all rows for each row.
    scope.session.execute(sa.text("SET LOCAL enable_nestloop TO off"))
    wrong = f"A document has at most {MAX_LINES} lines; more rows have this key."
    told = {"wrong": wrong, "most": MAX_LINES}
    for low, high in _ranges(rows):
        keys = {**run, "low": low, "high": high}
        if plan.lines is not None:
            scope.session.execute(sa.text(_GATHER), {**keys, "most": MAX_LINES})
            scope.session.execute(sa.text(_TOO_MANY), {**keys, **told})
            continue
        if plan.mapping.unique_rows:
            scope.session.execute(sa.text(_LEAVE_OUT), keys)
        scope.session.execute(sa.text(_NOTE_TWINS), keys)
    if plan.own:
        _raise_levels(scope, run_id)
    scope.session.execute(sa.text("SET LOCAL enable_nestloop TO on"))
    number = sa.select(sa.func.count()).where(import_row.c.run_id == run_id)
    return scope.session.execute(number).scalar_one()


def _ranges(rows: int) -> Iterator[tuple[UUID, UUID]]:
    """The digests of keys in parts, each of about as many rows: no key is in two of them."""
    parts = rows // _KEYS_AT_ONCE + 1
    for part in range(parts):
        yield UUID(int=part * _KEYS // parts), UUID(int=(part + 1) * _KEYS // parts - 1)


def _raise_levels(scope: Scope, run_id: UUID) -> None:
    """Give rows their levels; those that refer to each other in a circle are told so."""
    above: Graph = defaultdict(set)
    for document, superior in scope.session.execute(_ABOVE, {"run": run_id}):
        above[document].add(superior)
    if not above:
        return
    nodes = above.keys() | {each for ups in above.values() for each in ups}
    levels = _levels(nodes, above)
    circling = _circling(nodes - levels.keys(), above)
    lowest = max(levels.values(), default=0) + 1
    # What hangs below a circle comes last, and finds nobody there.
    rows = [
        {"document": each, "level": 0 if each in circling else levels.get(each, lowest), "circles": each in circling}
        for each in nodes
        if levels.get(each) != 0
    ]
    for start in range(0, len(rows), _AT_ONCE):
        some = orjson.dumps(rows[start : start + _AT_ONCE]).decode()
        scope.session.execute(_RISE, {"run": run_id, "rows": some})


def _levels(nodes: set[int], above: Graph) -> dict[int, int]:
    """For each node how many steps lead up from it at most; nothing for those whose way up does not end."""
    below = _turned(above)
    open_ = {each: len(above.get(each, ())) for each in nodes}
    levels: dict[int, int] = {}
    ready, level = [each for each, number in open_.items() if not number], 0
    while ready:
        levels |= dict.fromkeys(ready, level)
        following: list[int] = []
        for node in ready:
            for each in below.get(node, ()):
                open_[each] -= 1
                if not open_[each]:
                    following.append(each)
        ready, level = following, level + 1
    return levels


def _circling(endless: set[int], above: Graph) -> set[int]:
    """Of the nodes whose way up does not end those that are part of a circle, not merely below one."""
    below = _turned(above)
    open_ = {each: len(below.get(each, set()) & endless) for each in endless}
    lowest = [each for each, number in open_.items() if not number]
    while lowest:
        node = lowest.pop()
        del open_[node]
        for each in above.get(node, set()) & open_.keys():
            open_[each] -= 1
            if not open_[each]:
                lowest.append(each)
    return set(open_)


def _turned(above: Graph) -> Graph:
    below: Graph = defaultdict(set)
    for node, ups in above.items():
        for each in ups:
            below[each].add(node)
    return below
