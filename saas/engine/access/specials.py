"""Special permissions: what a role or a person may beyond objects and fields, declared by the module that heeds it."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar, cast, overload
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.access.tables import principal_role, special_grant
from saas.engine.field import Label
from saas.engine.record import Record
from saas.kit.errors import BadConfig

Value = bool | int | frozenset[UUID]
ValueT = TypeVar("ValueT", bound=Value)
MOST = 2**31 - 1
_KEY = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")


class SpecialKind(StrEnum):
    """What the value of a special permission is, and so how several add up."""

    BOOLEAN = "boolean"  # one that allows is enough
    INTEGER = "integer"  # a person's own value, else the largest of their roles
    IDS = "ids"  # all of them together


@dataclass(frozen=True, slots=True)
class Special(Generic[ValueT]):
    """A special permission. `of` is the object whose records the ids name."""

    key: str
    label: Label
    kind: SpecialKind
    of: type[Record] | None = None


_declared: dict[str, Special[Any]] = {}


@overload
def special(key: str, label: Label, kind: Literal[SpecialKind.BOOLEAN]) -> Special[bool]: ...
@overload
def special(key: str, label: Label, kind: Literal[SpecialKind.INTEGER]) -> Special[int]: ...
@overload
def special(key: str, label: Label, kind: Literal[SpecialKind.IDS], of: type[Record]) -> Special[frozenset[UUID]]: ...
def special(key: str, label: Label, kind: SpecialKind, of: type[Record] | None = None) -> Special[Any]:
    """Declare a special permission: `CUSTOMER_LIMIT = special("customer.limit", Label(…), SpecialKind.INTEGER)`."""
    place = f"The special permission {key!r}"
    if not _KEY.fullmatch(key):
        raise BadConfig(f"{place} has no proper key.", remedy="Write it as `customer.limit`: two words with a dot.")
    if key in _declared:
        raise BadConfig(f"{place} is declared twice.", remedy="Use the first one, or choose another key.")
    if (of is None) is (kind is SpecialKind.IDS):
        raise BadConfig(f"{place} is of the kind {kind}.", remedy="Say of which object with IDS, and only there.")
    _declared[key] = Special(key, label, kind, of)
    return _declared[key]


def special_named(key: str) -> Special[Any] | None:
    """The special permission with this key."""
    return _declared.get(key)


def special_keys() -> list[str]:
    """The keys of all there are."""
    return sorted(_declared)


def is_value(one: Special[Any], given: object) -> bool:
    """Whether it is a value of this kind; ids as they are, whether they exist or not."""
    if one.kind is SpecialKind.BOOLEAN:
        return isinstance(given, bool)
    if one.kind is SpecialKind.INTEGER:
        return isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= MOST
    return isinstance(given, frozenset)


def to_json(value: Value) -> bool | int | list[str]:
    """The value as it is kept and told."""
    return sorted(map(str, value)) if isinstance(value, frozenset) else value


def from_json(one: Special[Any], kept: Any) -> Value:
    """The value as it is used."""
    return frozenset(map(UUID, kept)) if one.kind is SpecialKind.IDS else cast("Value", kept)


def specials_of(
    session: Session, people: Collection[UUID], today: date, only: Special[Any] | None = None
) -> dict[UUID, dict[str, Value]]:
    """What each of these people is granted, by themselves and by the roles they hold today, added up by key."""
    found: dict[UUID, list[tuple[str, Any, bool]]] = defaultdict(list)
    said = said_to(lambda person: person.in_(people), sa.literal(today, sa.Date()), only)
    for person, key, value, is_own in session.execute(said):
        found[person].append((key, value, is_own))
    return {person: specials_in(rows) for person, rows in found.items()}


def said_to(
    is_one: Callable[[sa.ColumnElement[UUID]], sa.ColumnElement[bool]],
    today: sa.ColumnElement[date],
    only: Special[Any] | None = None,
) -> sa.CompoundSelect[Any]:
    """What was said to people who are meant: person, key, value, and whether it was said to them alone."""
    grant, held = special_grant, principal_role
    asked = sa.true() if only is None else grant.c.key == only.key
    own = sa.select(grant.c.holder_id.label("person"), grant.c.key, grant.c.value, sa.true().label("own")).where(
        is_one(grant.c.holder_id), asked
    )
    by_roles = (
        sa.select(held.c.principal_id, grant.c.key, grant.c.value, sa.false())
        .join(grant, grant.c.holder_id == held.c.role_id)
        .where(is_one(held.c.principal_id), sa.or_(held.c.until.is_(None), held.c.until >= today), asked)
    )
    return sa.union_all(own, by_roles)


def specials_in(said: Iterable[tuple[str, Any, bool]]) -> dict[str, Value]:
    """What was said to one person (key, value, whether to them alone), added up by key."""
    by_key: dict[str, list[tuple[Any, bool]]] = defaultdict(list)
    for key, value, is_own in said:
        if key in _declared:
            by_key[key].append((value, is_own))
    return {key: _added_up(_declared[key], values) for key, values in by_key.items()}


def specials_of_roles(session: Session, roles: Collection[UUID]) -> dict[str, Value]:
    """What these roles grant, added up by key."""
    grant = special_grant
    said = session.execute(sa.select(grant.c.key, grant.c.value).where(grant.c.holder_id.in_(roles)))
    return specials_in((key, value, False) for key, value in said)


def _added_up(one: Special[Any], said: Iterable[tuple[Any, bool]]) -> Value:
    """One value of those that are a person's own (True) and those of their roles."""
    values = [(from_json(one, kept), is_own) for kept, is_own in said]
    if one.kind is SpecialKind.BOOLEAN:
        return any(value for value, _ in values)
    if one.kind is SpecialKind.IDS:
        return frozenset().union(*(cast("frozenset[UUID]", value) for value, _ in values))
    return max(((is_own, cast("int", value)) for value, is_own in values))[1]
