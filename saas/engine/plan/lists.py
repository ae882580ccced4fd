"""A page of a list as JSON: nodes and edges, where the page lies, how long the list is, its figures."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement

from saas.engine.access.fields import readable
from saas.engine.later import pinned
from saas.engine.plan.figures import aggregate_of_list
from saas.engine.plan.json_text import Form, Member, Sure, json_array, json_object
from saas.engine.plan.making import Making, Source, as_rows
from saas.engine.plan.mends import cursor
from saas.engine.plan.page_info import page_info
from saas.engine.read.cursor import tag_of
from saas.engine.read.listing import Listing, Paged
from saas.engine.read.order import Term
from saas.engine.read.request import DEFAULT_COUNT, MAX_COUNT, Trash
from saas.engine.registry import Connection
from saas.engine.rowsource import Rows
from saas.engine.selection import Picked
from saas.engine.sql.text import quoted, table_of
from saas.kit.errors import BadInput

RowObject = Callable[[Making, Rows, Sequence[Picked], Source], str]  # the JSON of what is asked of one row
_OF_ROWS = ("nodes", "edges", "pageInfo")


def may_follow(making: Making, via: Connection) -> bool:
    """Whether the viewer may read such records, and ever sees whose they are."""
    may_see = readable(making.profile, via.object, via.field, via.object.outermost)
    return making.profile.may(f"{via.object.rights}.read") and may_see is not False


def page_object(
    making: Making,
    listing: Paged,
    picked: Sequence[Picked],
    row_object: RowObject,
    below: Rows | None = None,
) -> str:
    """An expression for the JSON of a connection: of a list, or of the part of it that is below a record."""
    rows = as_rows(listing.table)
    making.text.know(rows)
    if listing.request.trash is Trash.EXCLUDE:
        making.living.add(rows.name)
    within = making.text.all_of([*listing.conditions, *([] if below is None else [listing.below(below)])])
    asked = [each for each in picked if each.name in _OF_ROWS]
    page = Page(making, listing, rows, within, row_object, asked, is_nested=below is not None)
    made, around = page.made()
    name = f"{listing.type_name}Connection"
    members = []
    for each in picked:
        if each.name == "totalCount":
            most = count_limit(each, name)
            counted = f"SELECT FROM {table_of(rows)} AS {rows.name} WHERE {within} LIMIT {most + 1}"
            members.append(Member(each.key, count_object(each, counted, most), Form.JSON, is_there=True))
        elif each.name == "aggregate" and isinstance(listing, Listing):
            members.append(Member(each.key, aggregate_of_list(making, listing, each, below), Form.JSON))
        elif each.name == "__typename":
            members.append(Member(each.key, f"'{name}'", Form.PLAIN, is_there=True))
        else:
            members.append(Member(each.key, next(made), Form.JSON, is_there=True))
    return around(json_object(members))


def rows_of_list(
    making: Making, listing: Listing, nodes: Picked, row_object: RowObject, more: Sequence[ClauseElement] = ()
) -> str:
    """A query for the JSON of each record of the whole list, in its order, of which `more` holds."""
    rows = as_rows(listing.table)
    making.text.know(rows)
    if listing.request.trash is Trash.EXCLUDE:
        making.living.add(rows.name)
    within = making.text.all_of([*listing.conditions, *more])
    return Page(making, listing, rows, within, row_object, [nodes]).whole_list()


def count_limit(picked: Picked, owner: str) -> int:
    """How far is counted; BadInput for what is too far."""
    given = pinned(picked.arguments(owner).get("max"))
    most = DEFAULT_COUNT if given is None else int(given)
    if not 0 <= most <= MAX_COUNT:
        raise BadInput(f"max must be between 0 and {MAX_COUNT}, not {most}.", path=("max",))
    return most


def count_object(picked: Picked, counted: str, most: int) -> str:
    """An expression for the JSON of a count over a query that yields no more rows than one above the limit."""
    members = {
        "value": f"least(counted.found, {most})::text",
        "exact": f"CASE WHEN counted.found <= {most} THEN 'true' ELSE 'false' END",
    }
    told = json_object(
        [
            Member(each.key, "'Count'", Form.PLAIN, is_there=True)
            if each.name == "__typename"
            else Member(each.key, members[each.name], Form.JSON, is_there=True)
            for each in picked.children
        ]
    )
    return Sure(f"(SELECT {told} FROM (SELECT count(*) AS found FROM ({counted}) AS c) AS counted)")


@dataclass
class Page:
    """The rows of a page, read once for all that is told of them.

    Where only nodes, or only edges, are asked for, each row becomes JSON in the order in which it is read. Else the
    rows are numbered, and their JSON is gathered in that order beside what the page tells of itself.
    """

    making: Making
    listing: Paged
    rows: Rows
    within: str
    row_object: RowObject
    asked: list[Picked]
    is_nested: bool = False  # made for each record of another list

    def made(self) -> tuple[Iterator[str], Callable[[str], str]]:
        """An expression for each that is asked, in their order, and what they stand in."""
        if not self.asked:
            return iter(()), lambda told: told
        is_plain = len(self.asked) == 1 and self.asked[0].name != "pageInfo" and not self.listing.request.backwards
        return self._plain() if is_plain else self._numbered()

    def whole_list(self) -> str:
        """A query for what is asked of each record, of as many as there are."""
        source = Source(self.rows)
        row, order = self._row(self.asked[0], source), self._order(inside=True)
        read = f"{table_of(self.rows)} AS {self.rows.name}{source.joined}"
        # A limit, though it leaves nothing out, has Postgres sort the records, and make their JSON only then.
        return f"SELECT {row} FROM {read} WHERE {self.within} ORDER BY {order} LIMIT {2**63 - 1}"

    # --- the rows -----------------------------------------------------------------------------------------------------

    def _limited(self, columns: set[str], source: Source, *, one_more: bool) -> str:
        """The rows of the page under the alias of the table itself, with keys of their order and what is asked once."""
        names = ", ".join(f"{self.rows.name}.{quoted(name)}" for name in sorted(columns)) or "1 AS one"
        keys = "".join(f", {sql} AS {name}" for sql, name in self._keys() if name)
        keys += "".join(f", ({sql}) AS {name}" for sql, name in (source.asked_once or {}).items())
        return self._read(f"{names}{keys}", self.listing.size + one_more)

    def _read(self, columns: str, size: int) -> str:
        bounds = [self.making.of(each) for each in self.listing.bounds]
        where = " AND ".join([self.within, *(f"({each})" for each in bounds)])
        return (
            f"SELECT {columns} FROM {table_of(self.rows)} AS {self.rows.name} WHERE {where} "
            f"ORDER BY {self._order(inside=True)} LIMIT {size}"
        )

    def _keys(self) -> list[tuple[str, str]]:
        """The values of the order, each with a name where it is more than a column of the record."""
        found = []
        for number, term in enumerate(self.listing.order):
            sql = self.making.of(term.value)
            is_column = getattr(term.value, "table", None) is self.rows
            found.append((sql, "" if is_column else f"_k{number}"))
        return found

    def _walk(self) -> list[Term]:
        order = self.listing.order
        return [term.reversed() for term in order] if self.listing.request.backwards else order

    def _order(self, *, inside: bool) -> str:
        parts = []
        for term, (sql, name) in zip(self._walk(), self._keys(), strict=True):
            direction = " DESC" if term.descending else ""
            # NULLS LAST is what an ascending order does anyway, and DESC does the other.
            nulls = "" if term.nulls_first is term.descending else " NULLS FIRST" if term.nulls_first else " NULLS LAST"
            value = sql if inside or not name else f"{self.rows.name}.{name}"
            parts.append(f"{value}{direction}{nulls}")
        return ", ".join(parts)

    def _key_array(self) -> str:
        """The keys of a row as a JSON array of texts."""
        texts = []
        for term, (sql, name) in zip(self.listing.order, self._keys(), strict=True):
            value = f"{self.rows.name}.{name}" if name else sql
            is_moment = tag_of(term.value.type) == "t"
            texts.append(f"(timezone('UTC', {value}))::text" if is_moment else f"({value})::text")
        return f"to_json(ARRAY[{', '.join(texts)}])"

    def _mend(self) -> Callable[[Any, Any], bytes]:
        return cursor(self.listing.signature, [tag_of(term.value.type) for term in self.listing.order])

    # --- their JSON ---------------------------------------------------------------------------------------------------

    def _row(self, picked: Picked, source: Source) -> str:
        """The JSON of one row as a node, or as an edge."""
        if picked.name == "nodes":
            return self.row_object(self.making, self.rows, picked.children, source)
        members = []
        for each in picked.children:
            if each.name == "cursor":
                sealed = self.making.mended(self._mend(), self._key_array())
                members.append(Member(each.key, sealed, Form.JSON, is_there=True))
            elif each.name == "__typename":
                members.append(Member(each.key, f"'{self.listing.type_name}Edge'", Form.PLAIN, is_there=True))
            else:
                node = self.row_object(self.making, self.rows, each.children, source)
                members.append(Member(each.key, node, Form.JSON, is_there=True))
        return json_object(members)

    def _plain(self) -> tuple[Iterator[str], Callable[[str], str]]:
        source = Source(self.rows, asked_once={})
        with self.making.text.noting(self.rows) as noted:
            row = self._row(self.asked[0], source)
            order = self._order(inside=False)
        if source.joins or source.asked_once or any(name for _, name in self._keys()):
            limited = self._limited(noted[self.rows.name], source, one_more=False)
            rows = f"SELECT {row} FROM ({limited}) AS {self.rows.name}{source.joined} ORDER BY {order}"
        else:  # nothing is joined: Postgres makes the JSON after the limit by itself
            rows = self._read(row, self.listing.size)
        if self.is_nested:
            told = f"array_to_string(ARRAY({rows}), ',')"
        else:  # an aggregate takes longer to begin, and copies a page less often
            told = f"(SELECT string_agg(r.told, ',') FROM ({rows}) AS r (told))"
        return iter([json_array(told)]), lambda page: page

    def _numbered(self) -> tuple[Iterator[str], Callable[[str], str]]:
        source, size, name = Source(self.rows, asked_once={}), self.listing.size, self.rows.name
        backwards = self.listing.request.backwards
        of_page = [inner for each in self.asked if each.name == "pageInfo" for inner in each.children]
        has_more = any(inner.name == ("hasPreviousPage" if backwards else "hasNextPage") for inner in of_page)
        has_keys = any(inner.name.endswith("Cursor") for inner in of_page)
        lists = {number: each for number, each in enumerate(self.asked) if each.name != "pageInfo"}
        with self.making.text.noting(self.rows) as noted:
            columns = [f"{self._row(each, source)} AS j{number}" for number, each in lists.items()]
            columns += [f"{self._key_array()} AS k"] if has_keys else []
        limited = self._limited(noted[name], source, one_more=has_more)
        numbered = f"SELECT {name}.*, row_number() OVER () AS rn FROM ({limited}) AS {name}"
        rows = f"SELECT {', '.join([f'{name}.rn', *columns])} FROM ({numbered}) AS {name}{source.joined}"
        direction = " DESC" if backwards else ""
        gathered = ["count(*) AS found", *(["array_agg(r.k ORDER BY r.rn) AS k"] if has_keys else [])] + [
            f"string_agg(r.j{number}, ',' ORDER BY r.rn{direction}) FILTER (WHERE r.rn <= {size}) AS j{number}"
            for number in lists
        ]
        page = f"SELECT {', '.join(gathered)} FROM ({rows}) AS r"
        made = [
            json_array(f"page.j{number}") if number in lists else self._page_info(each)
            for number, each in enumerate(self.asked)
        ]
        return iter(made), lambda told: Sure(f"(SELECT {told} FROM ({page}) AS page)")

    def _page_info(self, picked: Picked) -> str:
        request = self.listing.request
        is_after_others = (request.before if request.backwards else request.after) is not None
        return page_info(self.making, picked, self._mend(), self.listing.size, is_after_others, request.backwards)
