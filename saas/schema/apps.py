"""Apps of partners in the API: register them, install them in one's company, look at both and end both."""

from collections.abc import Callable
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.modules.identity.apps import (
    Registration,
    app_create,
    app_delete,
    app_secret_rotate,
    app_update,
    apps_in_sight,
)
from saas.modules.identity.installations import (
    installation_create,
    installation_end_here,
    installation_update,
    installations_in_sight,
)
from saas.schema.app_types import (
    App,
    AppCreateInput,
    AppUpdateInput,
    Installation,
    app_told,
    installation_told,
)
from saas.schema.handmade import Problem
from saas.schema.sharing import done
from saas.tenants.oauth.apps import app_locked

Work = Callable[[Scope], tuple[Outcome, str | None]]
AppId = Annotated[strawberry.ID, strawberry.argument(description="Which app.")]
InstallationId = Annotated[strawberry.ID, strawberry.argument(description="Which installation.")]
Scopes = Annotated[list[str], strawberry.argument(description="What it may do here, of what the app asks for.")]
Roles = Annotated[
    list[strawberry.ID],
    strawberry.argument(description="The roles with which it acts as itself; needs role.update."),
]


@strawberry.type(description="What became of it.")
class AppPayload:
    id: strawberry.ID | None = strawberry.field(description="The app; null if and only if nothing was written.")
    client_id: str | None = strawberry.field(description="What it calls itself in OAuth.")
    secret: str | None = strawberry.field(
        description="Its secret, where a new one was made: it is told only here, and kept only as a hash."
    )
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


@strawberry.type(description="What became of it.")
class InstallationPayload:
    id: strawberry.ID | None = strawberry.field(description="The installation; null iff nothing was written.")
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


def _of_app(info: Info, work: Work) -> AppPayload:
    told: list[str | None] = [None]

    def attempt(scope: Scope) -> list[Outcome]:
        outcome, told[0] = work(scope)
        return [outcome]

    id_, problems = done(info, lambda on: attempt(on.scope))
    if told[0] is not None:
        info.context.secrets.append(told[0])
    client_id = None if id_ is None else _client_id(info.context.scope, id_)
    return AppPayload(id=id_, client_id=client_id, secret=told[0] if id_ else None, problems=problems)


def _client_id(scope: Scope, id_: str) -> str | None:
    """Read where it was written: other transactions do not see it yet."""
    app = app_locked(scope.directory, scope.tenant.id, ids.parse_id(id_))
    return None if app is None else app.client_id


def _of_installation(info: Info, work: Callable[[Scope], Outcome]) -> InstallationPayload:
    id_, problems = done(info, lambda on: [work(on.scope)])
    return InstallationPayload(id=id_, problems=problems)


def _app_create(
    info: Info, input: Annotated[AppCreateInput, strawberry.argument(description="The app.")]
) -> AppPayload | None:
    wanted = Registration(
        name=input.name,
        description=input.description,
        homepage=input.homepage,
        redirect_uris=tuple(input.redirect_uris),
        log_out_uris=tuple(input.log_out_uris),
        scopes=frozenset(input.scopes),
        needs_pushed_requests=input.needs_pushed_requests,
    )
    return _of_app(info, lambda scope: app_create(scope, input.kind, wanted))


def _app_update(
    info: Info, id: AppId, input: Annotated[AppUpdateInput, strawberry.argument(description="What to change.")]
) -> AppPayload | None:
    given = {name: value for name, value in vars(input).items() if value is not None}
    kinds: dict[str, Callable[[list[str]], object]] = {
        "redirect_uris": tuple, "log_out_uris": tuple, "scopes": frozenset,
    }  # fmt: skip
    changes = {name: kinds[name](value) if name in kinds else value for name, value in given.items()}
    return _of_app(info, lambda scope: (app_update(scope, ids.parse_id(id), changes), None))


def _app_secret_rotate(
    info: Info,
    id: AppId,
    keep_former_hours: Annotated[int, strawberry.argument(description="How long the old one counts yet.")] = 24,
) -> AppPayload | None:
    return _of_app(info, lambda scope: app_secret_rotate(scope, ids.parse_id(id), keep_former_hours))


def _app_delete(info: Info, id: AppId) -> AppPayload | None:
    return _of_app(info, lambda scope: (app_delete(scope, ids.parse_id(id)), None))


def _installation_create(
    info: Info,
    client_id: Annotated[str, strawberry.argument(description="The app, as its maker told it.")],
    scopes: Scopes,
    role_ids: Roles = (),  # type: ignore[assignment]  # a list in the schema, which nobody may change here
) -> InstallationPayload | None:
    roles = [ids.parse_id(each) for each in role_ids]
    return _of_installation(info, lambda scope: installation_create(scope, client_id, scopes, roles))


def _installation_update(
    info: Info,
    id: InstallationId,
    scopes: Annotated[list[str] | None, strawberry.argument(description="All that it may; absent: as it is.")] = None,
    role_ids: Annotated[
        list[strawberry.ID] | None, strawberry.argument(description="All of its roles; absent: as they are.")
    ] = None,
) -> InstallationPayload | None:
    roles = None if role_ids is None else [ids.parse_id(each) for each in role_ids]
    return _of_installation(info, lambda scope: installation_update(scope, ids.parse_id(id), scopes, roles))


def _installation_end(info: Info, id: InstallationId) -> InstallationPayload | None:
    return _of_installation(info, lambda scope: installation_end_here(scope, ids.parse_id(id)))


def _apps(info: Info) -> list[App] | None:
    return [app_told(app, number) for app, number in apps_in_sight(info.context.scope)]


def _installations(info: Info) -> list[Installation] | None:
    return [installation_told(one, roles) for one, roles in installations_in_sight(info.context.scope)]


@strawberry.type(description="Looking at apps.")
class AppQuery:
    apps: list[App] | None = strawberry.field(
        resolver=_apps, description="The apps that your company registered; you need the right app.read."
    )
    installations: list[Installation] | None = strawberry.field(
        resolver=_installations, description="The apps at work in your company; you need the right app.read."
    )


@strawberry.type(description="Registering and installing apps.")
class AppMutation:
    app_create: AppPayload | None = strawberry.mutation(
        resolver=_app_create, description="Register an app; you need the right app.update, here and below."
    )
    app_update: AppPayload | None = strawberry.mutation(
        resolver=_app_update, description="Change what is registered of an app."
    )
    app_secret_rotate: AppPayload | None = strawberry.mutation(
        resolver=_app_secret_rotate, description="Give an app a new secret; the old one counts for some hours yet."
    )
    app_delete: AppPayload | None = strawberry.mutation(
        resolver=_app_delete, description="Remove an app, wherever it is installed, for good."
    )
    installation_create: InstallationPayload | None = strawberry.mutation(
        resolver=_installation_create, description="Install an app in your company."
    )
    installation_update: InstallationPayload | None = strawberry.mutation(
        resolver=_installation_update, description="Grant an installed app other scopes or roles."
    )
    installation_end: InstallationPayload | None = strawberry.mutation(
        resolver=_installation_end, description="End an installation: the app's tokens end within five seconds."
    )
