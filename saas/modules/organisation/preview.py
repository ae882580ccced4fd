"""What somebody would see who holds certain roles: asked by whoever could give them to themselves."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from saas.engine.access.compile import compile_as
from saas.engine.record import Record
from saas.engine.scope import Scope
from saas.kit.errors import BadInput
from saas.modules.organisation.business_line import BusinessLine
from saas.modules.organisation.grant_check import living
from saas.modules.organisation.position import Position
from saas.modules.organisation.role import Role


@dataclass(frozen=True, slots=True)
class Preview:
    """These roles and no others, in the asker's own place; with this position and these lines, None: with their own."""

    role_ids: tuple[UUID, ...]
    position_id: UUID | None = None
    business_line_ids: tuple[UUID, ...] | None = None


def previewed(scope: Scope, preview: Preview) -> Scope:
    """The same scope with only the rights of the preview. It is for reading: whoever writes does so as themselves.

    Forbidden without role.update, with which the asker could give the roles to themselves. BadInput for what is not in
    their sight.
    """
    scope.need("role.update")
    position = () if preview.position_id is None else (preview.position_id,)
    _check(scope, Role, preview.role_ids, "roleIds")
    _check(scope, Position, position, "positionId")
    _check(scope, BusinessLine, preview.business_line_ids or (), "businessLineIds")
    profile = compile_as(
        scope.session,
        scope.tenant,
        scope.actor_id,
        preview.role_ids,
        preview.position_id,
        preview.business_line_ids,
    )
    return replace(scope, profile=profile.narrowed(scope.via.scopes))


def _check(scope: Scope, record: type[Record], ids: Collection[UUID], name: str) -> None:
    unknown = sorted(set(ids) - living(scope, record, ids)) if ids else []
    if unknown:
        label = record.facts.label.en.lower()
        raise BadInput(f"There is no {label} {unknown[0]} in your sight.", path=("extensions", "asRole", name))
