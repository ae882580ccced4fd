"""What one person may do, compiled from their roles and kept until the tenant's policy changes."""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.access.tables import (
    ANY,
    Access,
    Relation,
    RowScope,
    principal,
    principal_role,
    role_field,
    role_right,
)
from saas.kit.errors import Forbidden

_KEPT = 10_000
Reaches = dict[frozenset[Relation], frozenset[RowScope]]


@dataclass(frozen=True, slots=True)
class Profile:
    """One principal's rights. `rights` maps (object, operation) to the roles that grant it, each as far as it says;
    `limits` maps (role, object, group, relation) to an access below write."""

    principal_id: UUID
    kind: str
    department_id: UUID | None
    rights: Mapping[tuple[str, str], frozenset[tuple[UUID, RowScope]]]
    limits: Mapping[tuple[UUID, str, str, Relation], Access]
    _reaches: dict[tuple[str, str, str, Access], Reaches] = field(default_factory=dict, compare=False)

    def scopes(self, object_name: str, operation: str) -> frozenset[RowScope]:
        """How far the right reaches; empty where there is none."""
        return frozenset(scope for _, scope in self._granting(object_name, operation))

    def _granting(self, object_name: str, operation: str) -> frozenset[tuple[UUID, RowScope]]:
        """The roles that grant the right, each with its scope."""
        found: frozenset[tuple[UUID, RowScope]] = frozenset()
        for one in (object_name, ANY):
            for other in (operation, ANY):
                found |= self.rights.get((one, other), frozenset())
        return found

    def may(self, key: str) -> bool:
        """Whether the functional right `object.operation` is there, however far it reaches."""
        object_name, _, operation = key.partition(".")
        return bool(self.scopes(object_name, operation))

    def group_reaches(self, object_name: str, operation: str, group: str, least: Access) -> Reaches:
        """How far the right reaches with at least this access to the field group, by the relations that allow it.

        A role counts no further than its own right reaches, whatever the others reach.
        """
        key = (object_name, operation, group, least)
        if key not in self._reaches:
            found: Reaches = {}
            for role, scope in self._granting(object_name, operation):
                relations = frozenset(
                    relation
                    for relation in Relation
                    if self.limits.get((role, object_name, group, relation), Access.WRITE) >= least
                )
                found[relations] = found.get(relations, frozenset()) | {scope}
            self._reaches[key] = found
        return self._reaches[key]


class _Profiles:
    """Compiled profiles by (tenant, principal); one whose policy version is not the stamp's is compiled again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, UUID], tuple[int, Profile]] = OrderedDict()
        self._lock = Lock()

    def get(self, tenant_id: UUID, principal_id: UUID, policy_version: int) -> Profile | None:
        with self._lock:
            found = self._kept.get((tenant_id, principal_id))
            if found is None or found[0] != policy_version:
                return None
            self._kept.move_to_end((tenant_id, principal_id))
            return found[1]

    def put(self, tenant_id: UUID, policy_version: int, profile: Profile) -> None:
        with self._lock:
            self._kept[tenant_id, profile.principal_id] = (policy_version, profile)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_profiles = _Profiles()


def forget_profiles() -> None:
    """Compile every profile anew at its next use."""
    _profiles.clear()


def profile_of(session: Session, tenant_id: UUID, principal_id: UUID, policy_version: int) -> Profile:
    """The profile of a principal; Forbidden where it is unknown or no longer active."""
    found = _profiles.get(tenant_id, principal_id, policy_version)
    if found is None:
        found = compile_profile(session, principal_id)
        _profiles.put(tenant_id, policy_version, found)
    return found


def compile_profile(session: Session, principal_id: UUID) -> Profile:
    """Read and add up what the principal's roles grant."""
    who = session.execute(sa.select(principal).where(principal.c.id == principal_id)).one_or_none()
    if who is None or not who.is_active:
        raise Forbidden("This person no longer works here.", remedy="An administrator can let them in again.")
    held = sa.select(principal_role.c.role_id).where(principal_role.c.principal_id == principal_id)
    rights: dict[tuple[str, str], set[tuple[UUID, RowScope]]] = defaultdict(set)
    for row in session.execute(sa.select(role_right).where(role_right.c.role_id.in_(held))):
        rights[row.object, row.operation].add((row.role_id, RowScope(row.scope)))
    limits = {
        (row.role_id, row.object, row.field_group, Relation(row.relation)): Access[row.access.upper()]
        for row in session.execute(sa.select(role_field).where(role_field.c.role_id.in_(held)))
    }
    return Profile(
        principal_id=principal_id,
        kind=who.kind,
        department_id=who.department_id,
        rights={key: frozenset(granting) for key, granting in rights.items()},
        limits=limits,
    )
