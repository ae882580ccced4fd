"""What one person may do, compiled from their roles and kept until the tenant's policy changes."""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.access.tables import (
    ANY,
    Access,
    Relation,
    RowScope,
    department_closure,
    principal,
    principal_business_line,
    principal_role,
    role_field,
    role_right,
)
from saas.kit import clock
from saas.kit.errors import Forbidden
from saas.tenants.tenant import Tenant

_KEPT = 10_000
Reaches = dict[frozenset[Relation], frozenset[RowScope]]


@dataclass(frozen=True, slots=True)
class Profile:
    """One principal's rights. `rights` maps (object, operation) to the roles that grant it, each as far as it says;
    `limits` maps (role, object, group, relation) to an access below write. `holders` are the ids by which something
    may be shared with them: their own, their roles', their department's and those above it. After `ends_on`, the last
    day of a role that is held for a time, the profile is no longer true."""

    principal_id: UUID
    kind: str
    department_id: UUID | None
    rights: Mapping[tuple[str, str], frozenset[tuple[UUID, RowScope]]]
    limits: Mapping[tuple[UUID, str, str, Relation], Access]
    time_zone: str = "UTC"
    region_id: UUID | None = None
    business_lines: frozenset[UUID] = frozenset()
    holders: frozenset[UUID] = frozenset()
    ends_on: date | None = None
    _reaches: dict[tuple[str, str, str, Access], Reaches] = field(default_factory=dict, compare=False)

    def today(self) -> date:
        """The date on the tenant's wall."""
        return clock.today(self.time_zone)

    @property
    def has_ended(self) -> bool:
        return self.ends_on is not None and self.today() > self.ends_on

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
    """Compiled profiles by (tenant, principal); compiled again once the policy version is another, or a role ended."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, UUID], tuple[int, Profile]] = OrderedDict()
        self._lock = Lock()

    def get(self, tenant_id: UUID, principal_id: UUID, policy_version: int) -> Profile | None:
        with self._lock:
            found = self._kept.get((tenant_id, principal_id))
            if found is None or found[0] != policy_version or found[1].has_ended:
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


def profile_of(session: Session, tenant: Tenant, principal_id: UUID, policy_version: int) -> Profile:
    """The profile of a principal; Forbidden where it is unknown or no longer active."""
    found = _profiles.get(tenant.id, principal_id, policy_version)
    if found is None:
        found = compile_profile(session, tenant, principal_id)
        _profiles.put(tenant.id, policy_version, found)
    return found


def compile_profile(session: Session, tenant: Tenant, principal_id: UUID) -> Profile:
    """Read and add up what the principal's roles grant."""
    who = session.execute(sa.select(principal).where(principal.c.id == principal_id)).one_or_none()
    if who is None or not who.is_active:
        raise Forbidden("This person no longer works here.", remedy="An administrator can let them in again.")
    today = clock.today(tenant.time_zone)
    roles = session.execute(sa.select(principal_role).where(principal_role.c.principal_id == principal_id))
    held = {row.role_id: row.until for row in roles if row.until is None or row.until >= today}
    lines = sa.select(principal_business_line.c.business_line_id).where(
        principal_business_line.c.principal_id == principal_id
    )
    above = sa.select(department_closure.c.ancestor_id).where(department_closure.c.descendant_id == who.department_id)
    rights: dict[tuple[str, str], set[tuple[UUID, RowScope]]] = defaultdict(set)
    for row in session.execute(sa.select(role_right).where(role_right.c.role_id.in_(list(held)))):
        rights[row.object, row.operation].add((row.role_id, RowScope(row.scope)))
    limits = {
        (row.role_id, row.object, row.field_group, Relation(row.relation)): Access[row.access.upper()]
        for row in session.execute(sa.select(role_field).where(role_field.c.role_id.in_(list(held))))
    }
    return Profile(
        principal_id=principal_id,
        kind=who.kind,
        time_zone=tenant.time_zone,
        department_id=who.department_id,
        region_id=who.region_id,
        business_lines=frozenset(session.execute(lines).scalars()),
        ends_on=min((until for until in held.values() if until), default=None),
        holders=frozenset({principal_id, *held, *session.execute(above).scalars()}),
        rights={key: frozenset(granting) for key, granting in rights.items()},
        limits=limits,
    )
