"""Mappings that are kept under a name: everybody who may import the object uses them, whoever made one changes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.problem import forbidden, not_found
from saas.engine.registry import objects
from saas.engine.scope import Scope
from saas.engine.transfer.mapping import Mapping
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.run import importable
from saas.engine.transfer.tables import import_mapping
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.kit.errors import BadInput, NotFound
from saas.kit.text import fold

MAX_NAME = 100
_ANYBODYS = "role.update"  # who may change roles may change the mappings of all
_columns = import_mapping.c


@dataclass(frozen=True, slots=True)
class Saved:
    """A mapping with its name, and who may change it."""

    id: UUID
    name: str
    mapping: Mapping
    created_by: UUID
    updated_at: datetime


def mapping_save(scope: Scope, name: str, mapping: Mapping) -> list[Outcome]:
    """Keep a mapping under a name, in the place of one of the same name; BadInput where it fits no file.

    One that somebody else made is only replaced by who may change roles.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME:
        raise BadInput(f"A name has 1 to {MAX_NAME} characters.", path=("name",))
    one = importable(scope, mapping.object)
    plan_for(mapping, _header(mapping))  # what fits its own columns fits some file
    values = {"name": name, "mapping": mapping.as_json(), "updated_at": scope.now}
    new = {"id": ids.new_id(ids.IMPORT_MAPPING), "object": one.name, "created_by": scope.actor_id}
    mine = sa.true() if scope.profile.may(_ANYBODYS) else _columns.created_by == scope.actor_id
    made = (  # asked where it is replaced: of two that save a name at a time the second meets the first
        insert(import_mapping)
        .values(**new, **values, name_folded=fold(name))
        .on_conflict_do_update(index_elements=["object", "name_folded"], set_=values, where=mine)
    )
    id_ = scope.session.execute(made.returning(_columns.id)).scalar_one_or_none()
    if id_ is None:
        return [Outcome(problems=[forbidden("Somebody else made the mapping of this name.", "name")])]
    return [Outcome(id=id_, changed=True)]


def mapping_delete(scope: Scope, id_: UUID) -> list[Outcome]:
    """Remove a mapping that the actor made, or any for who may change roles."""
    saved = mapping_saved(scope, id_)
    if saved is None:
        return [Outcome(problems=[not_found("There is no such mapping in your sight.", "id")])]
    if saved.created_by != scope.actor_id and not scope.profile.may(_ANYBODYS):
        return [Outcome(problems=[forbidden("Somebody else made this mapping.", "id")])]
    scope.session.execute(sa.delete(import_mapping).where(_columns.id == id_))
    return [Outcome(id=id_, changed=True)]


def mapping_saved(scope: Scope, id_: UUID) -> Saved | None:
    """The mapping, where the actor may import its object."""
    return next(iter(_told(scope, sa.select(import_mapping).where(_columns.id == id_))), None)


def mapping_named(scope: Scope, name: str) -> Mapping:
    """The one of this name; NotFound where there is none in sight, BadInput where several objects have one."""
    found = _told(scope, sa.select(import_mapping).where(_columns.name_folded == fold(name)))
    if not found:
        raise NotFound(f"There is no saved mapping {name[:MAX_NAME]!r}.", remedy="Save it, or give --mapping FILE.")
    if len(found) > 1:
        several = ", ".join(sorted(saved.mapping.object for saved in found))
        raise BadInput(f"Several mappings are called {name!r}: for {several}.", remedy="Give them names of their own.")
    return found[0].mapping


def mappings_saved(scope: Scope, one: str | None = None) -> list[Saved]:
    """The mappings for an object, or all, by name."""
    listed = sa.select(import_mapping).order_by(_columns.name_folded, _columns.object)
    return _told(scope, listed if one is None else listed.where(_columns.object == one))


def fitting(saved: Saved, header: tuple[str, ...]) -> bool:
    """Whether a file with these columns can be read by it."""
    try:
        plan_for(saved.mapping, header)
    except BadInput:
        return False
    return True


def wanted(scope: Scope, id_: UUID) -> Mapping:
    """The mapping to import with; BadInput where there is none in sight."""
    saved = mapping_saved(scope, id_)
    if saved is None:
        raise BadInput("There is no such mapping in your sight.", path=("mappingId",))
    return saved.mapping


def _told(scope: Scope, statement: sa.Select[Any]) -> list[Saved]:
    may = scope.profile.may
    names = {
        one.name
        for one in objects()
        if may(f"{one.name}.read") and (may(f"{one.name}.create") or may(f"{one.name}.update"))
    }
    rows = scope.session.execute(statement.where(_columns.object.in_(names)))
    return [
        Saved(row.id, row.name, Mapping.model_validate(row.mapping), row.created_by, row.updated_at) for row in rows
    ]


def _header(mapping: Mapping) -> tuple[str, ...]:
    sources = [*mapping.columns.values(), *(mapping.lines.columns.values() if mapping.lines else ())]
    return tuple(dict.fromkeys(fold(name) for source in sources for name in source.wanted))
