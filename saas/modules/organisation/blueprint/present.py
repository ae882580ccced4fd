"""What the organisation looks like now, as far as a blueprint can speak of it."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.specials import Value, special_named
from saas.engine.access.tables import principal_business_line
from saas.engine.numbering import pattern_of
from saas.engine.record import Record
from saas.engine.registry import object_named, object_of
from saas.engine.scope import Scope
from saas.kit.text import fold
from saas.modules.organisation.blueprint.wanted import EMPLOYEE, KINDS, ROLE, Blueprint, Wanted
from saas.modules.organisation.rights import Grants, Held, grants_of, held_roles
from saas.modules.organisation.specials import specials_by_holder

# A thing without a code, or with one that may have come by itself, is recognised by this; it then gets the blueprint's.
ELSE_BY = {kind: "email" if kind == EMPLOYEE else "name" for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Thing:
    """A living department, region, role, person … with the values of its fields."""

    kind: str
    id: UUID
    values: Mapping[str, object]

    @property
    def called(self) -> str:
        """How people know it: its code, else its name."""
        return str(self.values["code"] or self.values["name"])


@dataclass(slots=True)
class Present:
    """All living things by id, what the roles grant, who holds them, who works for which business lines, what roles
    and people are granted specially; empty for a tenant that is not there yet."""

    things: dict[UUID, Thing] = field(default_factory=dict)
    grants: dict[UUID, Grants] = field(default_factory=dict)
    holds: dict[UUID, Held] = field(default_factory=dict)
    lines: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    specials: dict[UUID, dict[str, Value]] = field(default_factory=dict)
    _by_key: dict[tuple[str, str, str], Thing] = field(default_factory=dict)

    def add(self, thing: Thing, *, by_code_only: bool) -> None:
        self.things[thing.id] = thing
        code, name = thing.values["code"], ELSE_BY.get(thing.kind, "code")
        if code:
            self._by_key[thing.kind, "code", fold(str(code))] = thing
        if (otherwise := thing.values[name]) and not (code and by_code_only):
            self._by_key[thing.kind, name, fold(str(otherwise))] = thing

    def with_code(self, kind: str, code: str) -> Thing | None:
        return self._by_key.get((kind, "code", fold(code)))

    def find(self, kind: str, wanted: Wanted) -> Thing | None:
        """The thing that is meant, where it is there."""
        name = ELSE_BY[kind]
        return self.with_code(kind, wanted.code) or self._by_key.get((kind, name, fold(wanted.values.get(name) or "")))

    def others(self, kind: str, blueprint: Blueprint) -> list[Thing]:
        """What is there and not meant by the blueprint."""
        meant = {thing.id for wanted in blueprint.of(kind) if (thing := self.find(kind, wanted))}
        return [thing for thing in self.things.values() if thing.kind == kind and thing.id not in meant]


def present(scope: Scope, blueprint: Blueprint) -> Present:
    """The organisation as it is; until the end of the transaction no other blueprint is carried out."""
    scope.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    found = Present()
    for kind in KINDS:
        one, named = object_named(kind), {wanted.key for wanted in blueprint.of(kind)}
        pattern = pattern_of(scope, one) if one.record.facts.number else None
        columns = [one.table.c.id, *(one.table.c[name] for name in one.fields)]
        living = sa.select(*columns).where(one.table.c.deleted_at.is_(None)).order_by(*one.record.facts.order, "id")
        for row in scope.session.execute(living).mappings():
            code = row["code"] or ""
            is_meant = pattern is None or not pattern.may_have_made(code) or fold(code) in named
            found.add(Thing(kind, row["id"], {name: row[name] for name in one.fields}), by_code_only=is_meant)
    for wanted in blueprint.roles:
        if thing := found.find(ROLE, wanted):
            found.grants[thing.id] = grants_of(scope, thing.id)
    _add_specials(scope, blueprint, found)
    found.holds = held_roles(scope)
    for principal_id, line_id in scope.session.execute(sa.select(principal_business_line)):
        found.lines[principal_id].add(line_id)
    return found


def _add_specials(scope: Scope, blueprint: Blueprint, found: Present) -> None:
    """What is granted specially to those of whom the blueprint says so, and the records that this names."""
    holders = {
        thing.id
        for kind in (ROLE, EMPLOYEE)
        for wanted in blueprint.of(kind)
        if (kind, wanted.code) in blueprint.specials and (thing := found.find(kind, wanted))
    }
    found.specials = specials_by_holder(scope, holders)
    said = [*blueprint.specials.values(), *found.specials.values()]
    for one in {one for each in said for key in each if (one := special_named(key))}:
        if one.of is not None and one.of.__tablename__ not in KINDS:
            values = [value for each in said if isinstance(value := each.get(one.key), frozenset)]
            _add_named(scope, one.of, frozenset[str | UUID]().union(*values), found)


def _add_named(scope: Scope, record: type[Record], named: Set[str | UUID], found: Present) -> None:
    """The living ones of these records, which are named by code or id."""
    table = object_of(record).table
    codes = [fold(each) for each in named if isinstance(each, str)]
    ids = [each for each in named if isinstance(each, UUID)]
    living = sa.select(table.c.id, table.c.code).where(
        table.c.deleted_at.is_(None), sa.or_(table.c.code_folded.in_(codes), table.c.id.in_(ids))
    )
    for id_, code in scope.session.execute(living):
        found.add(Thing(table.name, id_, {"code": code, "name": code}), by_code_only=True)


_LOCK = sa.func.hashtextextended(sa.literal("blueprint ") + sa.func.current_schema(), 0)
