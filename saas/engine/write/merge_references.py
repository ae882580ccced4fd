"""What refers to merged records refers to the survivor: single references, and lists of them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.fields import readable
from saas.engine.access.rows import reached
from saas.engine.audit import Change, ChangeKind, scope_keys
from saas.engine.field import Field
from saas.engine.links import link, stored_as
from saas.engine.merges import Listed, Move
from saas.engine.problem import Problem, ProblemCode
from saas.engine.record import Record, touch, write_together
from saas.engine.registry import ObjectType, listers, referrers
from saas.engine.scope import Scope
from saas.engine.write.links import write_links

Lists = dict[UUID, dict[str, list[UUID]]]


class Turned:
    """What a merge turned to the survivor, and what to tell of the records that it changed by that."""

    def __init__(self, survivor: UUID, gone: Collection[UUID]) -> None:
        self.survivor = survivor
        self.gone = gone
        self.moves: list[Move] = []
        self.lists: list[Listed] = []
        self.problems: list[Problem] = []
        self._told: dict[UUID, Change] = {}

    def tell(self, record: Record, field: str, before: Any, after: Any) -> None:
        change = self._told.setdefault(record.id, Change(record, ChangeKind.UPDATED, {}, scope_keys(record)))
        change.values[field] = (before, after)

    @property
    def changes(self) -> list[Change]:
        return [change for change in self._told.values() if change.record.deleted_at is None]

    @property
    def quiet(self) -> list[Change]:
        """Changes of what is in the trash, to which nobody reacts."""
        return [change for change in self._told.values() if change.record.deleted_at is not None]

    def within(self, one: ObjectType) -> dict[str, list[UUID]]:
        """For each reference of the object to itself the records that were given another one."""
        found: dict[str, list[UUID]] = {}
        for move in self.moves:
            if move.object == one.name:
                found.setdefault(move.field, []).append(move.record_id)
        return found


@dataclass(frozen=True, slots=True)
class Referring:
    """A field by which records refer to those that are merged: how many, in the trash too, and how many in sight."""

    object: ObjectType
    field: Field
    number: int
    in_sight: int


def referring(scope: Scope, one: ObjectType, gone: Collection[UUID]) -> list[Referring]:
    """What refers to these, with one statement; nothing else begins to once they are locked."""
    fields = [*referrers(one), *listers(one)]
    asked = [_count(scope, place, other, field, gone) for place, (other, field) in enumerate(fields)]
    if not asked:
        return []
    found = scope.session.execute(sa.union_all(*asked).order_by("place")).all()
    return [
        Referring(fields[row.place][0], fields[row.place][1], row.number, row.in_sight) for row in found if row.number
    ]


def _count(scope: Scope, place: int, other: ObjectType, field: Field, gone: Collection[UUID]) -> sa.Select[Any]:
    table = other.outermost
    shown: sa.ColumnElement[bool] = sa.false()
    if scope.profile.may(f"{other.name}.read"):
        shows = readable(scope.profile, other, field, table)
        shown = sa.and_(
            table.c.deleted_at.is_(None),
            reached(scope.profile, other, "read", table),
            sa.literal(shows) if isinstance(shows, bool) else shows,
        )
    number = sa.func.count()
    told: list[Any] = [sa.literal(place).label("place"), number.label("number"), number.filter(shown).label("in_sight")]
    return sa.select(*told).where(_refers(other, field, table, gone), table.c.id.not_in(gone))


def _refers(one: ObjectType, field: Field, table: sa.FromClause, ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    if field.name in one.fields:
        return table.c[field.name].in_(ids)
    return table.c.id.in_(sa.select(link.c.record_id).where(_in_lists(one, field), link.c.target_id.in_(ids)))


def _in_lists(one: ObjectType, field: Field) -> sa.ColumnElement[bool]:
    return link.c.field == stored_as(one, field)


def turn(scope: Scope, found: Sequence[Referring], turned: Turned) -> None:
    """Turn every reference to the survivor, also of what is in the trash; what never changes is a problem."""
    single = [each for each in found if each.field.name in each.object.fields]
    for other in dict.fromkeys(each.object for each in single):
        _turn_references(scope, other, [each.field for each in single if each.object is other], turned)
    for each in found:
        if each not in single:
            _turn_lists(scope, each.object, each.field, turned)


def _records(scope: Scope, one: ObjectType, condition: Callable[[sa.Table], Any], but: Iterable[UUID]) -> list[Record]:
    table = one.table
    statement = (
        sa.select(one.record)
        .where(condition(table), table.c.id.not_in(but))
        .order_by(table.c.id)
        .with_for_update(of=one.record, key_share=True)
    )
    return list(scope.session.execute(statement).scalars())


def _turn_references(scope: Scope, other: ObjectType, fields: Sequence[Field], turned: Turned) -> None:
    names = [field.name for field in fields]
    records = _records(
        scope, other, lambda table: sa.or_(*(table.c[name].in_(turned.gone) for name in names)), turned.gone
    )
    moved: list[Record] = []
    for record in records:
        for field in fields:
            was = getattr(record, field.name)
            if was not in turned.gone or record.id == turned.survivor:
                continue
            if field.fixed and not turned.problems:
                message = f"{other.record.facts.plural.en} keep their {field.label.en.lower()} for good."
                turned.problems.append(Problem(ProblemCode.REFERENCED, message, ("from",)))
            turned.tell(record, field.name, was, turned.survivor)
            turned.moves.append(Move(other.name, field.name, record.id, was))
            setattr(record, field.name, turned.survivor)
            moved.append(record)
    write_together(moved, names)


def _turn_lists(scope: Scope, other: ObjectType, field: Field, turned: Turned) -> None:
    held = [*turned.gone, turned.survivor]  # their own lists are not turned: they are joined
    records = _records(scope, other, lambda table: _refers(other, field, table, turned.gone), held)
    lists = lists_of(scope, other, [record.id for record in records])
    rows = []
    for record in records:
        before = lists[record.id][field.name]
        after = list(dict.fromkeys(turned.survivor if each in turned.gone else each for each in before))
        turned.tell(record, field.name, before, after)
        turned.lists.append(Listed(other.name, field.name, record.id, before, after))
        rows.append((record.id, {field.name: (before, after)}))
        touch(record)
    write_links(scope, other, rows)


def lists_of(scope: Scope, one: ObjectType, ids: Collection[UUID]) -> Lists:
    """The lists of these records by field, in their order; at most one statement."""
    found: Lists = {id_: {name: [] for name in one.links} for id_ in ids}
    names = {stored_as(one, field): name for name, field in one.links.items()}
    if names and found:
        statement = sa.select(link.c.record_id, link.c.field, link.c.target_id).where(
            link.c.record_id.in_(found), link.c.field.in_(names)
        )
        for record_id, field, target in scope.session.execute(statement.order_by(link.c.position)):
            found[record_id][names[field]].append(target)
    return found


def joined(one: ObjectType, lists: Lists, survivor: UUID, gone: Sequence[UUID]) -> dict[str, list[UUID]]:
    """The lists of the survivor with what those merged have in theirs besides, and no reference to one of them."""
    found: dict[str, list[UUID]] = {}
    for name, field in one.links.items():
        inside = {*gone, survivor} if field.target is one.record else set()
        added = [each for id_ in gone for each in lists[id_][name] if each not in inside]
        found[name] = list(dict.fromkeys([*(each for each in lists[survivor][name] if each not in gone), *added]))
    return found
