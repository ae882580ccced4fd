"""Apps at work in a company: an administrator installs them with scopes and roles, changes those, and ends it."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.engine.access.tables import principal, principal_role
from saas.engine.problem import Problem, ProblemCode, not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit.errors import BadInput
from saas.modules.identity.app_scopes import check_scopes
from saas.modules.organisation.grant_check import living
from saas.modules.organisation.role import Role
from saas.tenants.oauth.apps import App, app_known
from saas.tenants.oauth.installations import (
    Installation,
    install,
    installation_change,
    installation_end,
    installation_locked,
    installations_in,
)
from saas.tenants.stamp import bump_policy


def installations_in_sight(scope: Scope) -> list[tuple[Installation, list[UUID]]]:
    """The apps installed in this tenant, with the roles of each. Forbidden without app.read."""
    scope.need("app.read")
    found = installations_in(scope.tenant.id)
    roles = _roles_of(scope, [one.principal_id for one in found])
    return [(one, roles.get(one.principal_id, [])) for one in found]


def installation_create(scope: Scope, client_id: str, scopes: Collection[str], role_ids: Collection[UUID]) -> Outcome:
    """Install an app. Forbidden without app.update, and without role.update where it gets roles."""
    scope.need("app.update")
    app = app_known(client_id)
    if app is None:
        return Outcome(problems=[not_found("There is no such app.", "clientId")])
    granted = _granted(app, scopes)
    made = install(scope.directory, app.id, scope.tenant.id, granted)
    if made is None:
        message = f"{app.name} is installed already."
        return Outcome(problems=[Problem(ProblemCode.DUPLICATE, message, ("clientId",))])
    _principal_is(scope, made, is_active=True)
    _give_roles(scope, made, role_ids)
    scope.act("installation.create", str(made.id), client_id=client_id, app=app.name, **_told(granted, role_ids))
    return Outcome(id=made.id, changed=True)


def installation_update(
    scope: Scope, id_: UUID, scopes: Collection[str] | None, role_ids: Collection[UUID] | None
) -> Outcome:
    """Grant the app other scopes or roles; None leaves them. Rights as for installing."""
    scope.need("app.update")
    one = installation_locked(scope.directory, scope.tenant.id, id_)
    app = None if one is None else app_known(one.client_id)
    if one is None or app is None:
        return _unknown()
    before = _roles_of(scope, [one.principal_id]).get(one.principal_id, [])
    if scopes is not None:
        installation_change(scope.directory, one.id, _granted(app, scopes))
    if role_ids is not None:
        _give_roles(scope, one, role_ids)
    after = _told(one.scopes if scopes is None else scopes, before if role_ids is None else role_ids)
    scope.act("installation.update", str(one.id), before=_told(one.scopes, before), after=after)
    return Outcome(id=one.id, changed=True)


def installation_end_here(scope: Scope, id_: UUID) -> Outcome:
    """End it: the app's tokens are worth nothing within five seconds. Forbidden without app.update."""
    scope.need("app.update")
    one = installation_locked(scope.directory, scope.tenant.id, id_)
    if one is None:
        return _unknown()
    installation_end(scope.directory, one)
    _principal_is(scope, one, is_active=False)
    scope.act("installation.end", str(one.id), client_id=one.client_id, app=one.app_name)
    return Outcome(id=one.id, changed=True)


def _granted(app: App, scopes: Collection[str]) -> frozenset[str]:
    granted = check_scopes(scopes, "scopes")
    if more := sorted(granted - app.scopes):
        remedy = f"It asks for {' '.join(sorted(app.scopes)) or 'none'}."
        raise BadInput(f"{app.name} asks for no {more[0]}.", remedy=remedy, path=("scopes",))
    return granted


def _principal_is(scope: Scope, one: Installation, *, is_active: bool) -> None:
    """The app's own identity, with which its machine acts and under which the audit names it."""
    given = insert(principal).values(id=one.principal_id, kind="app", is_active=is_active)
    scope.session.execute(given.on_conflict_do_update(index_elements=["id"], set_={"is_active": is_active}))
    bump_policy(scope.session)


def _give_roles(scope: Scope, one: Installation, role_ids: Collection[UUID]) -> None:
    held = set(_roles_of(scope, [one.principal_id]).get(one.principal_id, []))
    wanted = set(role_ids)
    if held == wanted:
        return
    scope.need("role.update")
    if unknown := sorted(wanted - living(scope, Role, wanted)):
        raise BadInput(f"There is no role {unknown[0]}.", path=("roleIds",))
    of_it = principal_role.c.principal_id == one.principal_id
    scope.session.execute(sa.delete(principal_role).where(of_it))
    if wanted:
        rows = [{"principal_id": one.principal_id, "role_id": id_} for id_ in sorted(wanted)]
        scope.session.execute(sa.insert(principal_role), rows)
    bump_policy(scope.session)


def _roles_of(scope: Scope, principals: Collection[UUID]) -> dict[UUID, list[UUID]]:
    statement = sa.select(principal_role.c.principal_id, principal_role.c.role_id).order_by(principal_role.c.role_id)
    found: dict[UUID, list[UUID]] = {}
    for principal_id, role_id in scope.session.execute(statement.where(principal_role.c.principal_id.in_(principals))):
        found.setdefault(principal_id, []).append(role_id)
    return found


def _told(scopes: Collection[str], roles: Collection[UUID]) -> dict[str, object]:
    return {"scopes": sorted(scopes), "roles": sorted(map(str, roles))}


def _unknown() -> Outcome:
    return Outcome(problems=[not_found("No such app is installed in your company.", "id")])
