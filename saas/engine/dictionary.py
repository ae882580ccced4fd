"""Choices of a dictionary: what a code stands for, which codes may be written, and where they are used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.orm import Session

from saas.engine.field import DictionaryFacts
from saas.engine.record import Record
from saas.engine.registry import listed
from saas.engine.rowsource import fresh
from saas.engine.scope import Scope
from saas.kit.errors import BadConfig

Choice = dict[str, Any]
Pair = tuple[str, str]  # the code of a dictionary, the code of an entry
SHOWN = 20


@dataclass(slots=True)
class _Home:
    """Where dictionaries and entries are kept; the module that describes the two objects says so."""

    dictionary: type[Record] | None = None
    entry: type[Record] | None = None


_home = _Home()


def kept_in(dictionary: type[Record], entry: type[Record]) -> None:
    """Dictionaries (`code`) and their entries (`dictionary_id code label label_zh rank is_active`) are these."""
    _home.dictionary, _home.entry = dictionary, entry


def _tables() -> tuple[sa.Table, sa.Table]:
    if _home.dictionary is None or _home.entry is None:
        raise BadConfig("Nobody says where dictionaries are kept.", remedy="Import saas.modules.masters.")
    return cast("sa.Table", _home.dictionary.__table__), cast("sa.Table", _home.entry.__table__)


def dictionaries() -> list[DictionaryFacts]:
    """The dictionaries that fields are chosen from, each once, in the order of their codes."""
    found = {of.code: of for _, of in _chosen()}
    return [found[code] for code in sorted(found)]


def _chosen() -> list[tuple[sa.Column[Any], DictionaryFacts]]:
    """The columns that hold codes, each with its dictionary."""
    fields = [(one.table.c[name], field.dictionary) for one in listed() for name, field in one.fields.items()]
    return [(column, of) for column, of in fields if of is not None]


def choices(scope: Scope, wanted: Iterable[Pair]) -> dict[Pair, Choice]:
    """What these codes stand for, labels in the tenant's language; with one statement, or none for no codes."""
    asked = set(wanted)
    if not asked:
        return {}
    dictionary, entry = _tables()
    label = sa.func.coalesce(entry.c.label_zh, entry.c.label) if scope.tenant.language == "zh" else entry.c.label
    statement = (
        sa.select(dictionary.c.code.label("of"), entry.c.id, entry.c.code, label.label("label"), entry.c.rank)
        .join(dictionary, dictionary.c.id == entry.c.dictionary_id)
        .where(
            sa.tuple_(dictionary.c.code, entry.c.code).in_(asked),
            dictionary.c.deleted_at.is_(None),
            entry.c.deleted_at.is_(None),
        )
    )
    found = {pair: {"id": None, "code": pair[1], "label": pair[1], "rank": None} for pair in asked}
    for row in scope.session.execute(statement).mappings():
        found[row["of"], row["code"]] = {name: row[name] for name in ("id", "code", "label", "rank")}
    return found


def entries(of: DictionaryFacts) -> tuple[FromClause, ColumnElement[bool]]:
    """The entries of all dictionaries, and what tells that one is a living entry of this dictionary."""
    dictionary, entry = map(fresh, _tables())
    whose = sa.select(dictionary.c.id).where(dictionary.c.code == of.code, dictionary.c.deleted_at.is_(None))
    return entry, sa.and_(entry.c.dictionary_id == whose.scalar_subquery(), entry.c.deleted_at.is_(None))


def rank_of(of: DictionaryFacts, code: ColumnElement[str]) -> ColumnElement[int]:
    """The rank of the entry with this code."""
    dictionary, entry = map(fresh, _tables())
    return (
        sa.select(entry.c.rank)
        .join_from(entry, dictionary, dictionary.c.id == entry.c.dictionary_id)
        .where(
            dictionary.c.code == of.code,
            dictionary.c.deleted_at.is_(None),
            entry.c.code == code,
            entry.c.deleted_at.is_(None),
        )
        .scalar_subquery()
    )


def writable_codes(scope: Scope, asked: Iterable[Pair]) -> set[Pair]:
    """Those of these that may be written, held so that none is deleted before this transaction ends."""
    dictionary, entry = _tables()
    statement = (
        _active(dictionary, entry)
        .where(sa.tuple_(dictionary.c.code, entry.c.code).in_(set(asked)))
        .order_by(entry.c.id)
        .with_for_update(read=True, key_share=True, of=entry)
    )
    return {(row.of, row.code) for row in scope.session.execute(statement)}


def known_codes(scope: Scope, of: Iterable[str]) -> dict[str, list[str]]:
    """The codes that may be written, in order of rank, by dictionary."""
    dictionary, entry = _tables()
    statement = (
        _active(dictionary, entry)
        .where(dictionary.c.code.in_(set(of)))
        .order_by(entry.c.rank.asc().nulls_last(), entry.c.code)
    )
    found: dict[str, list[str]] = {}
    for row in scope.session.execute(statement):
        found.setdefault(row.of, []).append(row.code)
    return found


def codes_named(scope: Scope, of: DictionaryFacts, folded: Iterable[str]) -> dict[str, str]:
    """The codes of the active entries whose code or label, folded, is one of these; a code before a label."""
    dictionary, entry = _tables()
    names = set(folded)
    by = [entry.c.code_folded, entry.c.label_folded, entry.c.label_zh_folded]
    statement = (
        _active(dictionary, entry)
        .add_columns(*by)
        .where(dictionary.c.code == of.code, sa.or_(*(each.in_(names) for each in by)))
    )
    found: dict[str, str] = {}
    rows = scope.session.execute(statement).all()
    for column in by:
        for row in rows:
            name = row._mapping[column.key]
            if name in names:
                found.setdefault(name, row.code)
    return found


def _active(dictionary: FromClause, entry: FromClause) -> sa.Select[Any]:
    return (
        sa.select(dictionary.c.code.label("of"), entry.c.code)
        .join(dictionary, dictionary.c.id == entry.c.dictionary_id)
        .where(entry.c.deleted_at.is_(None), dictionary.c.deleted_at.is_(None), entry.c.is_active)
    )


def uses(session: Session, entries: Sequence[UUID]) -> dict[UUID, int]:
    """How many records, in the trash too, have these entries, deleted or not; entries without one are left out."""
    dictionary, entry = _tables()
    found: dict[UUID, int] = {}
    for column, of in _chosen():
        statement = (
            sa.select(entry.c.id, sa.func.count(column).label("number"))
            .join(dictionary, dictionary.c.id == entry.c.dictionary_id)
            .join(column.table, column == entry.c.code)
            .where(entry.c.id.in_(entries), dictionary.c.code == of.code)
            .group_by(entry.c.id)
        )
        for row in session.execute(statement):
            found[row.id] = found.get(row.id, 0) + row.number
    return found
