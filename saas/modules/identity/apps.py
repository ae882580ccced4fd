"""A partner's apps: what they are called, where their answers may go, what they may ask for, and their secrets."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from saas.engine.problem import not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit.errors import BadInput
from saas.modules.identity.app_scopes import check_scopes
from saas.tenants.oauth.apps import (
    App,
    AppKind,
    AppState,
    app_change,
    app_locked,
    app_register,
    app_remove,
    app_rotate_secret,
    apps_registered,
)
from saas.tenants.oauth.redirects import MOST, check_address

LONGEST = {"name": 100, "description": 500, "homepage": 300}
LONGEST_OVERLAP = 24 * 30


@dataclass(frozen=True, slots=True)
class Registration:
    """What is registered of an app, besides its kind; see `saas.tenants.oauth.apps.App`."""

    name: str
    description: str
    homepage: str
    redirect_uris: tuple[str, ...]
    log_out_uris: tuple[str, ...]
    scopes: frozenset[str]
    needs_pushed_requests: bool
    state: AppState = AppState.ACTIVE


def apps_in_sight(scope: Scope) -> list[tuple[App, int]]:
    """The apps that this tenant registered, with how many tenants use each. Forbidden without app.read."""
    scope.need("app.read")
    return apps_registered(scope.tenant.id)


def app_create(scope: Scope, kind: AppKind, wanted: Registration) -> tuple[Outcome, str | None]:
    """Register an app; its secret is told this once. Forbidden without app.update."""
    scope.need("app.update")
    _check(kind, wanted)
    id_, secret = app_register(scope.directory, scope.tenant.id, kind, **_columns(wanted))
    scope.act("app.create", str(id_), kind=kind.value, **_told(wanted))
    return Outcome(id=id_, changed=True), secret


def app_update(scope: Scope, app_id: UUID, changes: dict[str, object]) -> Outcome:
    """Change what is registered, and nothing that is not among `changes`. Forbidden without app.update."""
    scope.need("app.update")
    app = app_locked(scope.directory, scope.tenant.id, app_id)
    if app is None:
        return _unknown()
    before = _registration(app)
    wanted = replace(before, **changes)  # type: ignore[arg-type]  # the door names its fields and gives their types
    _check(app.kind, wanted)
    if wanted != before:
        app_change(scope.directory, app.id, **_columns(wanted), state=wanted.state.value)
        scope.act("app.update", str(app.id), before=_told(before), after=_told(wanted))
    return Outcome(id=app.id, changed=wanted != before)


def app_secret_rotate(scope: Scope, app_id: UUID, keep_hours: int) -> tuple[Outcome, str | None]:
    """A new secret, told this once; the old one counts `keep_hours` yet. Forbidden without app.update."""
    scope.need("app.update")
    if not 0 <= keep_hours <= LONGEST_OVERLAP:
        raise BadInput(f"The old secret may count for 0 to {LONGEST_OVERLAP} hours.", path=("keepFormerHours",))
    app = app_locked(scope.directory, scope.tenant.id, app_id)
    if app is None:
        return _unknown(), None
    if app.kind is AppKind.PUBLIC:
        raise BadInput("A public app has no secret.", remedy="Register a confidential one.", path=("id",))
    secret = app_rotate_secret(scope.directory, app, timedelta(hours=keep_hours))
    scope.act("app.secret_rotate", str(app.id), keep_former_hours=keep_hours)
    return Outcome(id=app.id, changed=True), secret


def app_delete(scope: Scope, app_id: UUID) -> Outcome:
    """Remove an app with all of its installations and tokens, for good. Forbidden without app.update."""
    scope.need("app.update")
    app = app_locked(scope.directory, scope.tenant.id, app_id)
    if app is None:
        return _unknown()
    app_remove(scope.directory, app.id)
    scope.act("app.delete", str(app.id), name=app.name, client_id=app.client_id)
    return Outcome(id=app.id, changed=True)


def _registration(app: App) -> Registration:
    return Registration(
        name=app.name,
        description=app.description,
        homepage=app.homepage,
        redirect_uris=app.redirect_uris,
        log_out_uris=app.log_out_uris,
        scopes=app.scopes,
        needs_pushed_requests=app.needs_pushed_requests,
        state=app.state,
    )


def _check(kind: AppKind, wanted: Registration) -> None:
    for name, longest in LONGEST.items():
        value = getattr(wanted, name)
        if len(value) > longest or not value.isprintable():
            raise BadInput(f"It has up to {longest} printable characters.", path=(name,))
    if not wanted.name.strip():
        raise BadInput("An app has a name, which people read before they agree.", path=("name",))
    if wanted.homepage:
        check_address(wanted.homepage, "homepage", own_scheme=False)
    for uris, name in ((wanted.redirect_uris, "redirectUris"), (wanted.log_out_uris, "logOutUris")):
        if len(uris) > MOST:
            raise BadInput(f"An app has up to {MOST} of them.", path=(name,))
        for uri in uris:
            check_address(uri, name, own_scheme=kind is AppKind.PUBLIC)
    if kind is AppKind.MACHINE and wanted.redirect_uris:
        raise BadInput("A machine acts as itself: nobody is sent back to it.", path=("redirectUris",))
    check_scopes(wanted.scopes, "scopes")


def _columns(wanted: Registration) -> dict[str, object]:
    return {
        "name": wanted.name.strip(),
        "description": wanted.description.strip(),
        "homepage": wanted.homepage,
        "redirect_uris": list(wanted.redirect_uris),
        "log_out_uris": list(wanted.log_out_uris),
        "scopes": sorted(wanted.scopes),
        "needs_pushed_requests": wanted.needs_pushed_requests,
    }


def _told(wanted: Registration) -> dict[str, object]:
    return _columns(wanted) | {"state": wanted.state.value}


def _unknown() -> Outcome:
    return Outcome(problems=[not_found("Your company registered no such app.", "id")])
