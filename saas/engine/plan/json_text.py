"""JSON as Postgres builds it: the members of an object, each an SQL expression, as one expression of text.

The forms were chosen by what they cost the backend for each row, see docs/performance.md: `json_object` over arrays of
text for strings that need care, `concat` for all that can be written as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

MARK = "\x01"  # never in JSON: what stands between two of them is made by Python, see mends.py
LOST = "\x02"  # likewise: the answer lacks something that the plan cannot find
_MANY = 3  # strings side by side from which on json_object is cheaper


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


def text(value: str) -> str:
    """A text of ours as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def json_object(members: Sequence[Member]) -> str:
    """An expression for the object, its members in this order."""
    if not members:
        return "'{}'"
    if len(members) > 1 and all(each.form is not Form.JSON for each in members):
        return f"{_strings(members)}::text"
    parts = Parts()
    parts.add("{")
    for number, group in enumerate(_groups(members)):
        parts.add("," if number else "")
        if len(group) > 1:
            parts.put(f"btrim({_strings(group)}::text, '{{}}')")
        else:
            _one(parts, group[0])
    parts.add("}")
    return parts.concat()


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
        if sql.startswith("'") and sql.endswith("'") and sql.count("'") == 2:
            self.add(sql[1:-1])
        else:
            self._parts.append((False, sql))

    def concat(self) -> str:
        rendered = [text(part) if is_literal else part for is_literal, part in self._parts]
        return rendered[0] if len(rendered) == 1 and self._parts[0][0] else f"concat({', '.join(rendered)})"


def _one(parts: Parts, member: Member) -> None:
    parts.add(f'"{member.key}":')
    sql = member.sql
    if member.form is Form.JSON:
        parts.put(sql if member.is_there else f"coalesce({sql}, 'null')")
    elif member.form is Form.STRING:
        parts.put(f"coalesce(to_json({sql}), 'null')")
    elif member.is_there:
        parts.add('"')
        parts.put(f"{sql}::text")
        parts.add('"')
    else:
        parts.put(f"coalesce('\"' || {sql}::text || '\"', 'null')")


def _groups(members: Sequence[Member]) -> Iterator[list[Member]]:
    """The members one by one, but many strings side by side together."""
    for is_json, run in groupby(members, lambda each: each.form is Form.JSON):
        found = list(run)
        if not is_json and sum(each.form is Form.STRING for each in found) >= _MANY:
            yield found
        else:
            yield from ([each] for each in found)


def _strings(members: Sequence[Member]) -> str:
    keys = ",".join(f'"{each.key}"' for each in members)
    values = ", ".join(f"{each.sql}::text" for each in members)
    return f"json_object('{{{keys}}}'::text[], ARRAY[{values}])"
