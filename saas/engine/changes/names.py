"""Which of the changed fields of a record its viewer may hear of: those whose values they see, masks do not count."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import FromClause

from saas.engine.access.fields import readable
from saas.engine.access.profile import Profile
from saas.engine.audit import audit
from saas.engine.field import Field
from saas.engine.record import TIMES
from saas.engine.registry import ObjectType
from saas.engine.scope import Scope
from saas.kit.text import camel

_LINES = "lines"


class Names:
    """The names of the fields of one object as the API spells them, for one viewer."""

    def __init__(self, profile: Profile, one: ObjectType, table: FromClause) -> None:
        self._one = one
        answers = {group: readable(profile, one, field, table) for group, field in _groups(one).items()}
        self._always = frozenset(group for group, answer in answers.items() if answer is True)
        asked = {group: answer for group, answer in answers.items() if not isinstance(answer, bool)}
        self._asked, self.columns = list(asked), list(asked.values())
        self._known: dict[tuple[str, tuple[bool, ...]], Heard] = {}

    def told(self, fields: str, answers: tuple[bool, ...]) -> "Heard":
        """What the viewer may hear of these fields (as the audit writes them, in JSON) where the columns say this."""
        found = self._known.get((fields, answers))
        if found is None:
            found = self._known[fields, answers] = self._told(orjson.loads(fields), answers)
        return found

    def _told(self, fields: Collection[str], answers: tuple[bool, ...]) -> "Heard":
        groups = self._always | {group for group, answer in zip(self._asked, answers, strict=True) if answer}
        known = self._one.all_fields
        seen = {name for name in fields if name in known and (known[name].group or "") in groups | {""}} - set(TIMES)
        names = {camel(self._one.whole(name).api) for name in seen}
        if self._one.lines is None or _LINES not in fields:
            return Heard(frozenset(names), groups, hides_lines=False)
        hides = any(each.group and each.group not in groups for each in self._one.lines.fields.values())
        return Heard(frozenset(names | {_LINES}), groups, hides_lines=hides)

    def lines_told(self, scope: Scope, rows: Mapping[UUID, frozenset[str]]) -> set[UUID]:
        """Of changes of lines (by the id of the audit's row) those that show in a field which the viewer sees.

        Where the values of a change were erased, nobody can tell: it counts as one that shows.
        """
        if not rows:
            return set()
        statement = sa.select(audit.c.id, audit.c.changes[_LINES]).where(audit.c.id.in_(rows))
        return {id_ for id_, pair in scope.session.execute(statement) if not pair or self._differs(pair, rows[id_])}

    def _differs(self, pair: Sequence[Sequence[Mapping[str, Any]]], groups: frozenset[str]) -> bool:
        if self._one.lines is None:
            return False
        names = {"id"} | {
            name for name, each in self._one.lines.fields.items() if not each.group or each.group in groups
        }
        before, after = ({line["id"]: {n: line[n] for n in names if n in line} for line in side} for side in pair)
        return bool(before != after)


@dataclass(frozen=True, slots=True)
class Heard:
    """Names that may be told, and the groups of fields that are seen.

    hides_lines  whether lines changed of which not every field is seen: what was changed may be one of the others
    """

    names: frozenset[str]
    groups: frozenset[str]
    hides_lines: bool


@cache
def _groups(one: ObjectType) -> Mapping[str, Field]:
    """A field of each group, of the object and of its lines."""
    fields = [*one.all_fields.values(), *(one.lines.fields.values() if one.lines else ())]
    return {field.group: field for field in fields if field.group}
