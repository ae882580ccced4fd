"""What one person may do, compiled from their roles and kept until the tenant's policy changes."""

import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import ARRAY

from saas.engine.access.specials import Value
from saas.engine.access.tables import (
    ANY,
    Access,
    Relation,
    RowScope,
)
from saas.engine.areas import is_area
from saas.engine.later import Find, Later, bound
from saas.kit import clock

_KEPT = 10_000
Granting = frozenset[tuple[UUID, RowScope]]  # roles that grant a right, each with its scope
ROWS = ANY  # in place of a field group: the record as a whole
_RELATIONS = frozenset(Relation)


@dataclass(frozen=True, slots=True)
class Where:
    """On which records a role's access is enough: for these relations, and otherwise in the states that are named."""

    relations: frozenset[Relation] = frozenset()
    by_stage: frozenset[tuple[str, frozenset[Relation]]] = frozenset()


EVERYWHERE, NOWHERE = Where(_RELATIONS), Where()
Reaches = dict[Where, Granting]
Limits = Mapping[tuple[UUID, str, str], Mapping[tuple[Relation, str | None], Access]]


@dataclass(frozen=True, slots=True)
class Profile:
    """One principal's rights.

    rights   by (object, operation) the roles that grant it, each as far as it says
    limits   by (role, object, group) what is below write, by relation and state; all that hold count
    holders  the ids by which something may be shared with them: their own, their roles', their department's and
             those above it
    specials what is permitted specially, by key; only what somebody said
    stands_in_for  those whose records are as good as their own for now
    ends_on  the last day on which all this is true: then a role or a standing in ends, or the day after one begins
    encoded  values of the profile as parameters of SQL, once they were asked for
    """

    principal_id: UUID
    kind: str
    department_id: UUID | None
    rights: Mapping[tuple[str, str], Granting]
    limits: Limits
    time_zone: str = "UTC"
    region_id: UUID | None = None
    business_lines: frozenset[UUID] = frozenset()
    holders: frozenset[UUID] = frozenset()
    specials: Mapping[str, Value] = field(default_factory=dict)
    stands_in_for: frozenset[UUID] = frozenset()
    ends_on: date | None = None
    encoded: dict[Any, bytes | None] = field(default_factory=dict, compare=False, repr=False)
    _reaches: dict[tuple[str, str, str, Access], Reaches] = field(default_factory=dict, compare=False)
    _form: list[str] = field(default_factory=list, compare=False)

    @property
    def form(self) -> str:
        """What statements for this principal look like: the same for all whose roles grant the same, in any tenant."""
        if not self._form:
            self._form.append(_form_of(self))
        return self._form[0]

    @property
    def me(self) -> ColumnElement[UUID]:
        """The principal, as a parameter of SQL; likewise what follows."""
        return _told("me", self.principal_id, lambda run: run.profile.principal_id, sa.Uuid())

    @property
    def my_department(self) -> ColumnElement[UUID]:
        return _told("department", self.department_id, lambda run: run.profile.department_id, sa.Uuid())

    @property
    def my_region(self) -> ColumnElement[UUID]:
        return _told("region", self.region_id, lambda run: run.profile.region_id, sa.Uuid())

    @property
    def my_lines(self) -> ColumnElement[Any]:
        lines = sorted(self.business_lines)
        return _told("lines", lines, lambda run: sorted(run.profile.business_lines), ARRAY(sa.Uuid()))

    @property
    def my_holders(self) -> ColumnElement[Any]:
        return _told("holders", sorted(self.holders), lambda run: sorted(run.profile.holders), ARRAY(sa.Uuid()))

    @property
    def my_first_holder(self) -> ColumnElement[UUID]:
        """The least of the holders, as Postgres and Python order ids alike; likewise the last."""
        least = min(self.holders, default=None)
        return _told("first holder", least, lambda run: min(run.profile.holders, default=None), sa.Uuid())

    @property
    def my_last_holder(self) -> ColumnElement[UUID]:
        most = max(self.holders, default=None)
        return _told("last holder", most, lambda run: max(run.profile.holders, default=None), sa.Uuid())

    @property
    def my_absent(self) -> ColumnElement[Any]:
        """Those for whom the principal stands in."""
        absent = sorted(self.stands_in_for)
        return _told("absent", absent, lambda run: sorted(run.profile.stands_in_for), ARRAY(sa.Uuid()))

    @property
    def my_today(self) -> ColumnElement[date]:
        return bound(Later(self.today(), lambda run: run.today, key="today"), sa.Date())

    def today(self) -> date:
        """The date on the tenant's wall."""
        return clock.today(self.time_zone)

    def narrowed(self, scopes: frozenset[str] | None) -> "Profile":
        """The same rights as far as these OAuth scopes (`object:operation`) go; None: all of them."""
        if scopes is None:
            return self
        rights: dict[tuple[str, str], Granting] = defaultdict(frozenset)
        for scope in scopes:
            one, _, operation = scope.partition(":")
            for (of_one, to_do), roles in self.rights.items():
                meets = _meet(of_one, one), _meet(to_do, operation)
                if all(meets) and not (one == ANY != operation and is_area(of_one)):
                    rights[meets] |= roles
        return replace(self, rights=dict(rights), encoded={}, _reaches={}, _form=[])

    @property
    def has_ended(self) -> bool:
        return self.ends_on is not None and self.today() > self.ends_on

    def scopes(self, object_name: str, operation: str) -> frozenset[RowScope]:
        """How far the right reaches; empty where there is none."""
        return frozenset(scope for _, scope in self.granting(object_name, operation))

    def granting(self, object_name: str, operation: str) -> Granting:
        """The roles that grant the right, each with its scope. An area is no object: `*.read` does not reach it."""
        found: Granting = frozenset()
        for one in (object_name, ANY):
            for other in (operation, ANY):
                if one == ANY != other and is_area(object_name):
                    continue
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
            for role, scope in self.granting(object_name, operation):
                where = self._where((role, object_name, group), least)
                found[where] = found.get(where, frozenset()) | {(role, scope)}
            self._reaches[key] = found
        return self._reaches[key]

    def _where(self, key: tuple[UUID, str, str], least: Access) -> Where:
        limits = self.limits.get(key, {})

        def enough(stage: str | None) -> frozenset[Relation]:
            refused = {relation for (relation, at), access in limits.items() if at in (None, stage) and access < least}
            return _RELATIONS - refused

        always = enough(None)
        stages = {stage for _, stage in limits if stage is not None}
        return Where(always, frozenset((stage, enough(stage)) for stage in stages if enough(stage) != always))

    def closed_stages(self, object_name: str, granting: Granting) -> frozenset[str]:
        """The states in which none of these roles lets a participant, as such, see the record."""
        closed = [
            frozenset(
                stage
                for (relation, stage), access in self.limits.get((role, object_name, ROWS), {}).items()
                if stage is not None and relation is Relation.PARTICIPANT and access is Access.HIDDEN
            )
            for role, _ in granting
        ]
        return frozenset.intersection(*closed) if closed else frozenset()


def _meet(held: str, wanted: str) -> str:
    """What both name; empty where they name different things."""
    return held if wanted in (held, ANY) else wanted if held == ANY else ""


def _form_of(profile: Profile) -> str:
    """A digest of the rights without the ids of roles, people and places, which are parameters."""
    roles: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for (one, operation), granting in profile.rights.items():
        for role, scope in granting:
            roles[role].append((one, operation, scope.value))
    for (role, one, group), limits in profile.limits.items():
        told = ((relation.value, stage or "", access.value) for (relation, stage), access in limits.items())
        roles[role].append((one, group, *sorted(told)))
    has_no = (profile.department_id is None, profile.region_id is None)
    places = (*has_no, not profile.business_lines, not profile.stands_in_for)
    form = places, sorted(repr(sorted(map(repr, said))) for said in roles.values())
    return hashlib.sha256(repr(form).encode()).hexdigest()


def _told(name: str, value: Any, find: Find, type_: Any) -> ColumnElement[Any]:
    """A value of the viewer's profile; in a plan it is that of whoever runs it."""
    return bound(Later(value, find, key=name, kept=_kept), type_)


def _kept(run: Any) -> dict[Any, bytes | None]:
    kept: dict[Any, bytes | None] = run.profile.encoded
    return kept


class _Profiles:
    """Compiled profiles by (tenant, principal); compiled again once the policy is another or their last day is over."""

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


def known_profile(tenant_id: UUID, principal_id: UUID, policy_version: int) -> Profile | None:
    """The profile, if it was compiled under this policy."""
    return _profiles.get(tenant_id, principal_id, policy_version)


def keep_profile(tenant_id: UUID, policy_version: int, profile: Profile) -> None:
    """Keep what was compiled under this policy."""
    _profiles.put(tenant_id, policy_version, profile)
