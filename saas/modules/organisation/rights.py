"""What roles grant and who holds them: written as wanted, touching only what differs, with its audit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from saas.engine.access.tables import (
    ANY,
    SYSTEM_PRINCIPAL,
    SYSTEM_ROLE,
    Access,
    Relation,
    RowScope,
    principal,
    principal_role,
    role_field,
    role_right,
)
from saas.engine.audit import Change, ChangeKind, write_audit
from saas.engine.events import deleted, on
from saas.engine.record import Record
from saas.engine.rows import insert_rows
from saas.engine.rules import Broken
from saas.engine.scope import Scope
from saas.engine.seeds import There, seed
from saas.modules.organisation.employee import Employee
from saas.modules.organisation.role import Role
from saas.tenants.stamp import bump_policy
from saas.tenants.tenant import Tenant

# How one calls a record whose id is known.
Called = Callable[[UUID], str]
# Roles by id, each with the last day on which it is held; None: for good.
Held = Mapping[UUID, date | None]


@dataclass(frozen=True, slots=True)
class Right:
    """A role may do `operation` on `object` as far as `scope` reaches; `*` stands for any.

    With a position or a business line it counts only for a person who has it.
    """

    object: str
    operation: str
    scope: RowScope
    position_id: UUID | None = None
    business_line_id: UUID | None = None

    def __str__(self) -> str:
        return self.told(str)

    def told(self, called: Called) -> str:
        """As words, with what `called` says of positions and business lines."""
        return f"{self.object}.{self.operation}:{self.scope}{_only_for(self, called)}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A role has less than full access to a field group where the viewer's relation is this, in one state or in all.

    With the group `*`, hidden from participants, it closes the state to who does no more than take part.
    """

    object: str
    field_group: str
    relation: Relation
    access: Access
    stage: str | None = None
    position_id: UUID | None = None
    business_line_id: UUID | None = None

    def __str__(self) -> str:
        return self.told(str)

    def told(self, called: Called) -> str:
        """Likewise."""
        stage = f" in {self.stage}" if self.stage else ""
        what = f"{self.object}.{self.field_group}@{self.relation}{stage}"
        return f"{what}:{self.access.name.lower()}{_only_for(self, called)}"


def _only_for(grant: Right | Limit, called: Called) -> str:
    position = f" for position {called(grant.position_id)}" if grant.position_id else ""
    return position + (f" for business line {called(grant.business_line_id)}" if grant.business_line_id else "")


def _is_for_all(grant: Right | Limit) -> bool:
    return grant.position_id is None and grant.business_line_id is None


@dataclass(frozen=True, slots=True)
class Grants:
    """All that a role grants."""

    rights: frozenset[Right] = field(default_factory=frozenset)
    limits: frozenset[Limit] = field(default_factory=frozenset)

    def __or__(self, other: "Grants") -> "Grants":
        return Grants(self.rights | other.rights, self.limits | other.limits)

    @property
    def for_all(self) -> "Grants":
        """Those that count for every holder of the role."""
        return Grants(frozenset(filter(_is_for_all, self.rights)), frozenset(filter(_is_for_all, self.limits)))

    @property
    def for_some(self) -> "Grants":
        """Those that count only for who has a position or a business line."""
        return Grants(
            frozenset(each for each in self.rights if not _is_for_all(each)),
            frozenset(each for each in self.limits if not _is_for_all(each)),
        )

    def only_for(self, position_id: UUID | None, business_line_id: UUID | None) -> "Grants":
        """The same, for who has this position and works for this business line."""
        return Grants(
            frozenset(
                replace(each, position_id=position_id, business_line_id=business_line_id) for each in self.rights
            ),
            frozenset(
                replace(each, position_id=position_id, business_line_id=business_line_id) for each in self.limits
            ),
        )

    def told(self, called: Called = str) -> list[str]:
        """As sorted words, for audit and for comparing."""
        return sorted(each.told(called) for each in self.rights) + sorted(each.told(called) for each in self.limits)


@seed(sa.select(principal.c.id).where(principal.c.id == SYSTEM_PRINCIPAL))
def plant_system_identity(session: Session, _tenant: Tenant, there: There) -> Iterable[Record]:
    """Every tenant has a system identity of its own, whose role may do anything; it is no record."""
    if there:
        return ()
    insert_rows(session, principal, [{"id": SYSTEM_PRINCIPAL, "kind": "system", "is_active": True}])
    right = {"role_id": SYSTEM_ROLE, "object": ANY, "operation": ANY, "scope": RowScope.ALL}
    insert_rows(session, role_right, [right])
    insert_rows(session, principal_role, [{"principal_id": SYSTEM_PRINCIPAL, "role_id": SYSTEM_ROLE}])
    return ()


def grants_of(scope: Scope, role_id: UUID) -> Grants:
    """What the role grants now."""
    rights = scope.session.execute(sa.select(role_right).where(role_right.c.role_id == role_id))
    limits = scope.session.execute(sa.select(role_field).where(role_field.c.role_id == role_id))
    return Grants(
        frozenset(
            Right(row.object, row.operation, RowScope(row.scope), row.position_id, row.business_line_id)
            for row in rights
        ),
        frozenset(
            Limit(
                row.object,
                row.field_group,
                Relation(row.relation),
                Access[row.access.upper()],
                row.stage,
                row.position_id,
                row.business_line_id,
            )
            for row in limits
        ),
    )


def role_grant(scope: Scope, role: Role, wanted: Grants) -> bool:
    """Make the role grant exactly what is wanted; True where that changed anything. Forbidden without role.update."""
    scope.need("role.update")
    before = grants_of(scope, role.id)
    if before == wanted:
        return False
    scope.session.execute(sa.delete(role_right).where(role_right.c.role_id == role.id))
    scope.session.execute(sa.delete(role_field).where(role_field.c.role_id == role.id))
    rights = [_right_row(role.id, right) for right in sorted(wanted.rights, key=str)]
    limits = [_limit_row(role.id, limit) for limit in sorted(wanted.limits, key=str)]
    for table, rows in ((role_right, rights), (role_field, limits)):
        if rows:
            scope.session.execute(sa.insert(table), rows)
    rights_changed(scope, role, "grants", before.told(), wanted.told())
    return True


def held_roles(scope: Scope) -> dict[UUID, Held]:
    """Who holds which roles, until when."""
    found: dict[UUID, dict[UUID, date | None]] = {}
    for row in scope.session.execute(sa.select(principal_role)):
        found.setdefault(row.principal_id, {})[row.role_id] = row.until
    return dict(found)


def roles_of(scope: Scope, employee_id: UUID) -> Held:
    """The roles that the person holds."""
    statement = sa.select(principal_role).where(principal_role.c.principal_id == employee_id)
    return {row.role_id: row.until for row in scope.session.execute(statement)}


def employee_assign_roles(scope: Scope, employee: Employee, wanted: Held) -> bool:
    """Make the person hold exactly these roles; True where that changed anything. Forbidden without role.update."""
    scope.need("role.update")
    before = roles_of(scope, employee.id)
    if before == wanted:
        return False
    scope.session.execute(sa.delete(principal_role).where(principal_role.c.principal_id == employee.id))
    rows = [{"principal_id": employee.id, "role_id": id_, "until": wanted[id_]} for id_ in sorted(wanted)]
    if rows:
        scope.session.execute(sa.insert(principal_role), rows)
    rights_changed(scope, employee, "roles", told_held(before), told_held(wanted))
    return True


def told_held(held: Mapping[UUID, date | None] | Mapping[str, date | None]) -> list[str]:
    """Roles as sorted words, for audit and for people."""
    return sorted(f"{role} until {until}" if until else str(role) for role, until in held.items())


def rights_changed(scope: Scope, record: Role | Employee, name: str, before: list[str], after: list[str]) -> None:
    """Audit what was granted before and is now; from the next request on it counts."""
    write_audit(scope, [Change(record, ChangeKind.UPDATED, {name: (before, after)}, scope_before=None)])
    bump_policy(scope.session)


@on(deleted(Role))
def role_is_not_deleted_from_under_its_holders(scope: Scope, roles: Sequence[Role]) -> None:
    """Rights whose role nobody sees any more would go on all the same."""
    of_roles = principal_role.c.role_id.in_([role.id for role in roles])
    held = sa.select(sa.func.count(principal_role.c.principal_id.distinct())).where(of_roles)
    holders = scope.session.execute(held).scalar_one()
    if holders:
        who = "1 person holds" if holders == 1 else f"{holders} people hold"
        raise Broken(f"{who} this role.")


def _right_row(role_id: UUID, right: Right) -> dict[str, object]:
    return {"role_id": role_id, **asdict(right), "scope": right.scope.value}


def _limit_row(role_id: UUID, limit: Limit) -> dict[str, object]:
    words = {"relation": limit.relation.value, "access": limit.access.name.lower()}
    return {"role_id": role_id, **asdict(limit), **words}
