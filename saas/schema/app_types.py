"""How apps and their installations are told in the API."""

from datetime import datetime
from uuid import UUID

import strawberry

from saas.schema.handmade import described_enum
from saas.tenants.oauth.apps import App as KnownApp
from saas.tenants.oauth.apps import AppKind, AppState
from saas.tenants.oauth.installations import Installation as KnownInstallation

described_enum(
    AppKind,
    "AppKind",
    "What an app can keep to itself, and for whom it acts.",
    {
        "PUBLIC": "On people's phones and computers: it has no secret.",
        "CONFIDENTIAL": "On a server, with a secret; it acts for people who agreed.",
        "MACHINE": "On a server, with a secret; it acts as itself, with the roles of its installation.",
    },
)
described_enum(
    AppState,
    "AppState",
    "Whether an app gets tokens.",
    {"ACTIVE": "It does.", "SUSPENDED": "It gets none, and those it has are worth nothing meanwhile."},
)


@strawberry.type(description="An app that your company registered.")
class App:
    id: strawberry.ID = strawberry.field(description="Its id.")
    client_id: str = strawberry.field(description="What it calls itself in OAuth: `client_id`.")
    name: str = strawberry.field(description="What people read before they agree.")
    kind: AppKind = strawberry.field(description="What it can keep to itself.")
    state: AppState = strawberry.field(description="Whether it gets tokens.")
    description: str = strawberry.field(description="What it is for.")
    homepage: str = strawberry.field(description="Where one reads more of it.")
    redirect_uris: list[str] = strawberry.field(description="Where people may be sent back to, character by character.")
    log_out_uris: list[str] = strawberry.field(description="Where people may be sent after they signed out.")
    scopes: list[str] = strawberry.field(description="The most that it may ask for.")
    needs_pushed_requests: bool = strawberry.field(description="Whether its requests must have been pushed (RFC 9126).")
    former_secret_until: datetime | None = strawberry.field(description="Until when the former secret counts yet.")
    installations: int = strawberry.field(description="How many companies have it installed.")
    created_at: datetime = strawberry.field(description="When it was registered.")


@strawberry.type(description="An app at work in your company.")
class Installation:
    id: strawberry.ID = strawberry.field(description="Its id.")
    client_id: str = strawberry.field(description="The app's `client_id`.")
    name: str = strawberry.field(description="What the app is called.")
    description: str = strawberry.field(description="What it is for.")
    homepage: str = strawberry.field(description="Where one reads more of it.")
    scopes: list[str] = strawberry.field(description="What it may do here at most.")
    principal_id: strawberry.ID = strawberry.field(description="The app's own identity, as the audit names it.")
    role_ids: list[strawberry.ID] = strawberry.field(description="The roles with which it acts as itself.")
    created_at: datetime = strawberry.field(description="Since when.")


@strawberry.input(description="An app to register.")
class AppCreateInput:
    name: str = strawberry.field(description="What people read before they agree.")
    kind: AppKind = strawberry.field(description="What it can keep to itself; it does not change.")
    description: str = strawberry.field(default="", description="What it is for.")
    homepage: str = strawberry.field(default="", description="Where one reads more of it.")
    redirect_uris: list[str] = strawberry.field(
        default_factory=list,
        description="https, http on 127.0.0.1 or [::1], or in a public app its own scheme such as com.example.app:/in.",
    )
    log_out_uris: list[str] = strawberry.field(
        default_factory=list, description="Where people may be sent after they signed out; likewise."
    )
    scopes: list[str] = strawberry.field(
        description="The most that it may ask for: `object:operation`, openid, profile, email, offline_access."
    )
    needs_pushed_requests: bool = strawberry.field(
        default=False, description="Take only authorization requests that were pushed (RFC 9126)."
    )


@strawberry.input(description="What to change of an app; what is absent stays.")
class AppUpdateInput:
    name: str | None = strawberry.field(default=None, description="What people read before they agree.")
    state: AppState | None = strawberry.field(default=None, description="Whether it gets tokens.")
    description: str | None = strawberry.field(default=None, description="What it is for.")
    homepage: str | None = strawberry.field(default=None, description="Where one reads more of it.")
    redirect_uris: list[str] | None = strawberry.field(default=None, description="Where people may be sent back to.")
    log_out_uris: list[str] | None = strawberry.field(default=None, description="Where people may be sent after it.")
    scopes: list[str] | None = strawberry.field(default=None, description="The most that it may ask for.")
    needs_pushed_requests: bool | None = strawberry.field(default=None, description="Take only pushed requests.")


def app_told(app: KnownApp, installations: int) -> App:
    return App(
        id=strawberry.ID(str(app.id)),
        client_id=app.client_id,
        name=app.name,
        kind=app.kind,
        state=app.state,
        description=app.description,
        homepage=app.homepage,
        redirect_uris=list(app.redirect_uris),
        log_out_uris=list(app.log_out_uris),
        scopes=sorted(app.scopes),
        needs_pushed_requests=app.needs_pushed_requests,
        former_secret_until=app.former_secret_until,
        installations=installations,
        created_at=app.created_at,
    )


def installation_told(one: KnownInstallation, roles: list[UUID]) -> Installation:
    return Installation(
        id=strawberry.ID(str(one.id)),
        client_id=one.client_id,
        name=one.app_name,
        description=one.app_description,
        homepage=one.app_homepage,
        scopes=sorted(one.scopes),
        principal_id=strawberry.ID(str(one.principal_id)),
        role_ids=[strawberry.ID(str(role)) for role in roles],
        created_at=one.created_at,
    )
