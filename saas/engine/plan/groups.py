"""Groups of records as JSON: what each has in common, how many it has, its figures; a page of groups at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saas.engine.access.rows import reached, referable
from saas.engine.field import Field, Kind
from saas.engine.plan.figures import aggregate_object, base_amount
from saas.engine.plan.json_text import Form, Member, json_array, json_object, text, where
from saas.engine.plan.lists import count_limit, count_object
from saas.engine.plan.making import Making, Source, as_rows
from saas.engine.plan.mends import cursor
from saas.engine.plan.page_info import page_info
from saas.engine.plan.records import record_object
from saas.engine.plan.values import choice_object, scalar
from saas.engine.read.aggregate import shown_measures
from saas.engine.read.cursor import tag_of
from saas.engine.read.figures import Measure
from saas.engine.read.group_keys import Key, key_column
from saas.engine.read.groups import Groups
from saas.engine.read.wanted_groups import wanted_groups
from saas.engine.registry import ObjectType
from saas.engine.rowsource import Rows, fresh
from saas.engine.selection import Picked
from saas.kit.text import camel

_ROW = "g"
_NUMBERS = frozenset({Kind.INTEGER, Kind.QUANTITY, Kind.PERCENT, Kind.RATE})
_DATES = frozenset({Kind.DATE, Kind.MOMENT})


def groups_object(making: Making, one: ObjectType, arguments: Mapping[str, Any], picked: Sequence[Picked]) -> str:
    """An expression for the JSON of a connection of groups."""
    making.need(f"{one.rights}.read")
    groups = Groups(making, wanted_groups(one, arguments, picked))
    name = f"{one.type_name}GroupConnection"
    page = _Page(making, groups, list(picked))
    members = []
    for number, each in enumerate(picked):
        if each.name == "totalCount":
            most = count_limit(each, name)
            told = count_object(each, making.of(groups.held(most)), most)
            members.append(Member(each.key, told, Form.JSON, is_there=True))
        elif each.name == "__typename":
            members.append(Member(each.key, text(name), Form.PLAIN, is_there=True))
        else:
            members.append(Member(each.key, page.member(number, each), Form.JSON, is_there=True))
    return page.around(json_object(members))


@dataclass
class _Page:
    """One page of groups, read once for all that is told of it."""

    making: Making
    groups: Groups
    picked: list[Picked]
    is_read: bool = False

    def member(self, number: int, picked: Picked) -> str:
        self.is_read = True
        if picked.name == "pageInfo":
            return self._page_info(picked)
        return json_array(f"page.j{number}")

    def around(self, told: str) -> str:
        if not self.is_read:
            return told
        making, size = self.making, self.groups.size
        page = making.of(self.groups.page())
        source = _GroupSource()
        columns = [
            f"{self._row(each, source)} AS j{number}"
            for number, each in enumerate(self.picked)
            if each.name in ("nodes", "edges")
        ]
        keys = f"{self._key_array()} AS k"
        numbered = f"SELECT {_ROW}.*, row_number() OVER () AS rn FROM ({page}) AS {_ROW}"
        rows = f"SELECT {', '.join([f'{_ROW}.rn', keys, *columns])} FROM ({numbered}) AS {_ROW}{source.joined}"
        gathered = ["count(*) AS found", "array_agg(r.k ORDER BY r.rn) AS k"] + [
            f"string_agg(r.j{number}, ',' ORDER BY r.rn) FILTER (WHERE r.rn <= {size}) AS j{number}"
            for number, each in enumerate(self.picked)
            if each.name in ("nodes", "edges")
        ]
        return f"(SELECT {told} FROM (SELECT {', '.join(gathered)} FROM ({rows}) AS r) AS page)"

    def _key_array(self) -> str:
        texts = []
        for number, term in enumerate(self.groups.order):
            value = f"{_ROW}._key{number}"
            is_moment = tag_of(term.value.type) == "t"
            texts.append(f"(timezone('UTC', {value}))::text" if is_moment else f"({value})::text")
        return f"to_json(ARRAY[{', '.join(texts)}])"

    def _mend(self) -> Callable[[Any, Any], bytes]:
        return cursor(self.groups.signature, [tag_of(term.value.type) for term in self.groups.order])

    def _page_info(self, picked: Picked) -> str:
        is_after_others = self.groups.asked.request.page.after is not None
        return page_info(self.making, picked, self._mend(), self.groups.size, is_after_others)

    # --- one group ----------------------------------------------------------------------------------------------------

    def _row(self, picked: Picked, source: "_GroupSource") -> str:
        if picked.name == "nodes":
            return self._group(picked.children, source)
        members = []
        for each in picked.children:
            if each.name == "cursor":
                sealed = self.making.mended(self._mend(), self._key_array())
                members.append(Member(each.key, sealed, Form.JSON, is_there=True))
            elif each.name == "__typename":
                members.append(Member(each.key, f"'{self.groups.one.type_name}GroupEdge'", Form.PLAIN, is_there=True))
            else:
                members.append(Member(each.key, self._group(each.children, source), Form.JSON, is_there=True))
        return json_object(members)

    def _group(self, picked: Sequence[Picked], source: "_GroupSource") -> str:
        one = self.groups.one
        members = []
        for each in picked:
            if each.name == "count":
                members.append(Member(each.key, f"{_ROW}.count::text", Form.JSON, is_there=True))
            elif each.name == "keys":
                keys = self._keys(one, each.children, (), source)
                members.append(Member(each.key, keys, Form.JSON, is_there=True))
            elif each.name == "aggregate":
                measures: list[Measure] = shown_measures(self.making, self.groups.asked.figures)
                told = aggregate_object(self.making, one, each.children, measures, _ROW)
                members.append(Member(each.key, told, Form.JSON, is_there=True))
            else:
                members.append(Member(each.key, f"'{one.type_name}GroupRow'", Form.PLAIN, is_there=True))
        return json_object(members)

    def _keys(self, of: ObjectType, picked: Sequence[Picked], way: tuple[str, ...], source: "_GroupSource") -> str:
        by_api = {camel(field.api): field for field in of.shown}
        members = []
        for each in picked:
            if each.name == "__typename":
                members.append(Member(each.key, f"'{of.type_name}GroupKeys'", Form.PLAIN, is_there=True))
            elif each.name in ("id", "record"):
                members.append(self._record(of, each, way, source))
            else:
                members.append(self._key(each, by_api[each.name], way, source))
        return json_object(members)

    def _number(self, api: tuple[str, ...]) -> int | None:
        return next((i for i, key in enumerate(self.groups.keys) if key.api == api), None)

    def _record(self, of: ObjectType, picked: Picked, way: tuple[str, ...], source: "_GroupSource") -> Member:
        number = self._number((*way, "id"))
        if number is None:
            return Member(picked.key, "NULL", Form.JSON)
        column = f"{_ROW}.{key_column(number)}"
        if picked.name == "id":
            return Member(picked.key, column, Form.PLAIN)
        making = self.making
        rows = source.records.get(number)
        if rows is None:
            rows = source.records[number] = as_rows(fresh(of.table))
            making.text.know(rows)
            is_seen = referable(making.profile, of, rows) if way else reached(making.profile, of, "read", rows)
            conditions = making.text.all_of([rows.c["deleted_at"].is_(None), is_seen])
            source.join(rows, f"{rows.name}.id = {column} AND {conditions}")
        told = record_object(making, of, rows, picked.children, source)
        return Member(picked.key, where(f"{rows.name}.id IS NOT NULL", told), Form.JSON)

    def _key(self, picked: Picked, field: Field, way: tuple[str, ...], source: "_GroupSource") -> Member:
        api = (*way, picked.name)
        if field.kind is Kind.REFERENCE:
            if not any(key.api[: len(api)] == api for key in self.groups.keys):
                return Member(picked.key, "NULL", Form.JSON)
            told = self._keys(self.groups.one.target_of(field), picked.children, api, source)
            return Member(picked.key, told, Form.JSON, is_there=True)
        if field.parts:
            return self._parts(picked, api)
        number = self._number(api)
        if number is None:
            return Member(picked.key, "NULL", Form.JSON)
        return self._value(picked, field, number, source)

    def _parts(self, picked: Picked, api: tuple[str, ...]) -> Member:
        if not any(key.api[: len(api)] == api for key in self.groups.keys):
            return Member(picked.key, "NULL", Form.JSON)
        members = []
        for each in picked.children:
            if each.name == "__typename":
                members.append(Member(each.key, "'AddressGroupKeys'", Form.PLAIN, is_there=True))
            else:
                number = self._number((*api, each.name))
                sql = "NULL" if number is None else self._shown(number, self.groups.keys[number])
                members.append(Member(each.key, sql, Form.STRING))
        return Member(picked.key, json_object(members), Form.JSON, is_there=True)

    def _shown(self, number: int, key: Key) -> str:
        is_text = key.field is not None and key.field.folded is not None
        return f"{_ROW}.{key_column(number, 'shown') if is_text else key_column(number)}"

    def _value(self, picked: Picked, field: Field, number: int, source: "_GroupSource") -> Member:
        sql = self._shown(number, self.groups.keys[number])
        if field.is_money:
            return base_amount(self.making, picked, sql)
        if field.dictionary is not None:
            told = choice_object(self.making, picked.children, field, sql, source)
            return Member(picked.key, where(f"{sql} IS NOT NULL", told), Form.JSON)
        if field.kind in _DATES:
            return scalar(picked.key, Kind.DATE, sql)
        if field.kind in _NUMBERS:
            return scalar(picked.key, Kind.QUANTITY, sql)
        return scalar(picked.key, field.kind, sql, field.choices)


class _GroupSource(Source):
    """What is joined to a group: the records that its keys are the ids of."""

    def __init__(self) -> None:
        super().__init__(rows=None)  # type: ignore[arg-type]  # groups are no rows of a table
        self.records: dict[int, Rows] = {}
