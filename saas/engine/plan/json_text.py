"""JSON as Postgres builds it: the members of an object, each an SQL expression, as one expression of text.

One `concat` with all values in it costs the backend least: json_object, json_build_object and row_to_json cost 1.2 to
2 times as much for a row of mixed kinds (docs/performance.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MARK = "\x01"  # never in JSON: what stands between two of them is made by Python, see mends.py
LOST = "\x02"  # likewise: the answer lacks something that the plan cannot find


class Form(StrEnum):
    """What an expression yields."""

    PLAIN = "plain"  # a value whose text needs only quotes around it
    STRING = "string"  # a text that holds anything
    JSON = "json"  # JSON as text


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object; `sql` may be NULL unless `is_there`."""

    key: str
    sql: str
    form: Form
    is_there: bool = False


class Sure(str):
    """An expression that is never NULL."""

    __slots__ = ()


class Concat(Sure):
    """A concat, with what it joins: inside of another one its parts stand in its place."""

    __slots__ = ("parts",)
    parts: "Parts"


def text(value: str) -> str:
    """A text of ours as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def json_object(members: Sequence[Member]) -> Concat:
    """An expression for the object, its members in this order."""
    parts = Parts()
    parts.add("{")
    for number, each in enumerate(members):
        parts.add(f'{"," if number else ""}"{each.key}":')
        _value(parts, each)
    parts.add("}")
    return parts.concat()


def json_array(elements: str) -> Concat:
    """An expression for the array whose elements this one yields, with commas between them."""
    parts = Parts()
    parts.add("[")
    parts.put(elements)
    parts.add("]")
    return parts.concat()


def json_value(member: Member) -> Concat:
    """The value of a member alone."""
    parts = Parts()
    _value(parts, member)
    return parts.concat()


def where(condition: str, sql: str) -> Sure:
    """The JSON where the condition holds, else null."""
    other = sql if isinstance(sql, Sure) else f"coalesce({sql}, 'null')"
    return Sure(f"CASE WHEN {condition} THEN {other} ELSE 'null' END")


class Parts:
    """Pieces of text and expressions in a row, joined by one concat; an expression that is NULL adds nothing."""

    def __init__(self) -> None:
        self._parts: list[tuple[bool, str]] = []

    def add(self, literal: str) -> None:
        """A text of ours."""
        if literal and self._parts and self._parts[-1][0]:
            self._parts[-1] = (True, self._parts[-1][1] + literal)
        elif literal:
            self._parts.append((True, literal))

    def put(self, sql: str) -> None:
        """An expression; a literal joins its neighbours."""
        if isinstance(sql, Concat):
            for is_literal, part in sql.parts._parts:
                if is_literal:
                    self.add(part)
                else:
                    self._parts.append((False, part))
        elif sql.startswith("'") and sql.endswith("'") and sql.count("'") == 2:
            self.add(sql[1:-1])
        else:
            self._parts.append((False, sql))

    @property
    def _is_sure(self) -> bool:
        """Whether the only part is a text, never NULL."""
        is_literal, part = self._parts[0]
        return is_literal or part.startswith("coalesce(")

    def concat(self) -> Concat:
        rendered = [text(part) if is_literal else part for is_literal, part in self._parts]
        made = Concat(rendered[0] if len(rendered) == 1 and self._is_sure else f"concat({', '.join(rendered)})")
        made.parts = self
        return made


def _value(parts: Parts, member: Member) -> None:
    sql = member.sql
    if member.form is Form.JSON:
        parts.put(sql if member.is_there or isinstance(sql, Sure) else f"coalesce({sql}, 'null')")
    elif member.form is Form.STRING:
        parts.put(f"to_json({sql})" if member.is_there else f"coalesce(to_json({sql})::text, 'null')")
    elif member.is_there:
        parts.add('"')
        parts.put(sql)
        parts.add('"')
    else:
        parts.put(f"coalesce('\"' || {sql}::text || '\"', 'null')")
