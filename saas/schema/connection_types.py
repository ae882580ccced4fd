"""Types of the API for a company's own identity providers and its domains."""

from datetime import datetime
from typing import Any

import strawberry

from saas.kit import ids
from saas.kit.settings import settings
from saas.schema.handmade import Problem, described_enum
from saas.tenants.identity.sso.connections import Connection, ConnectionState, RoleMapping
from saas.tenants.identity.sso.domains import Domain

described_enum(
    ConnectionState,
    "ConnectionState",
    "Whether people can sign in through an identity provider.",
    {"ACTIVE": "They can.", "OFF": "They cannot; switching it off ends the sessions that came through it."},
)
_SCOPES = ["openid", "email", "profile"]


@strawberry.type(description="A role that follows from what the provider tells of a person.")
class IdentityRoleMapping:
    claim: str = strawberry.field(description="The claim, such as `groups`.")
    value: str = strawberry.field(description="What it must be, or hold where it is a list.")
    role_id: strawberry.ID = strawberry.field(description="The role that the person then holds.")


@strawberry.type(description="A connection to an identity provider of your company, by OpenID Connect.")
class IdentityProvider:
    id: strawberry.ID = strawberry.field(description="The connection's id.")
    name: str = strawberry.field(description="What people call it.")
    issuer: str = strawberry.field(description="The provider, as it names itself.")
    client_id: str = strawberry.field(description="What Atrium is called there.")
    has_client_secret: bool = strawberry.field(description="Whether a secret is kept; nobody can read it.")
    scopes: list[str] = strawberry.field(description="What is asked for.")
    just_in_time: bool = strawberry.field(description="Whether somebody new is let in at the first sign-in.")
    role_mappings: list[IdentityRoleMapping] = strawberry.field(description="Roles that follow from claims.")
    trusts_second_factor: bool = strawberry.field(
        description="Whether a second factor that the provider vouches for counts as yours."
    )
    state: ConnectionState = strawberry.field(description="Whether people can sign in through it.")
    redirect_uri: str = strawberry.field(description="To be registered at the provider as redirect URI.")
    log_out_uri: str = strawberry.field(description="Likewise, as post-logout redirect URI.")
    back_channel_log_out_uri: str = strawberry.field(description="Likewise, as back-channel logout URI.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")


@strawberry.type(description="A domain that your company says is its own.")
class ClaimedDomain:
    domain: str = strawberry.field(description="The domain, such as `acme.example`.")
    record_name: str = strawberry.field(description="The name at which a TXT record must stand.")
    record_value: str = strawberry.field(description="What that record must say.")
    verified_at: datetime | None = strawberry.field(description="Since when it is your own; null: not yet.")
    created_at: datetime = strawberry.field(description="When it was claimed.")


@strawberry.input(description="A role that follows from what the provider tells of a person.")
class RoleMappingInput:
    claim: str = strawberry.field(description="The claim, such as `groups`.")
    value: str = strawberry.field(description="What it must be, or hold where it is a list.")
    role_id: strawberry.ID = strawberry.field(description="The role that the person then holds.")


@strawberry.input(description="A new connection.")
class ConnectionCreateInput:
    name: str = strawberry.field(description="What people call it.")
    issuer: str = strawberry.field(description="The provider, exactly as it names itself.")
    client_id: str = strawberry.field(description="What Atrium is called there.")
    client_secret: str | None = strawberry.field(default=None, description="Its secret there; absent: a public client.")
    scopes: list[str] = strawberry.field(
        default_factory=lambda: list(_SCOPES), description="What is asked for; `openid` always is."
    )
    just_in_time: bool = strawberry.field(
        default=False, description="Whether somebody new with an address of a verified domain is let in."
    )
    role_mappings: list[RoleMappingInput] = strawberry.field(
        default_factory=list, description="Roles that follow from claims; needs `role.update`."
    )
    trusts_second_factor: bool = strawberry.field(
        default=False, description="Whether a second factor that the provider vouches for counts as yours."
    )
    state: ConnectionState = strawberry.field(
        default=ConnectionState.ACTIVE, description="Whether people can sign in through it."
    )


@strawberry.input(description="What becomes different; what is absent stays.")
class ConnectionUpdateInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What people call it.")
    issuer: str | None = strawberry.field(
        default=strawberry.UNSET, description="The provider; another one needs the secret anew and ends all sessions."
    )
    client_id: str | None = strawberry.field(default=strawberry.UNSET, description="What Atrium is called there.")
    client_secret: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its secret there; null: a public client."
    )
    scopes: list[str] | None = strawberry.field(default=strawberry.UNSET, description="What is asked for.")
    just_in_time: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether somebody new is let in."
    )
    role_mappings: list[RoleMappingInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All roles that follow from claims; needs `role.update`."
    )
    trusts_second_factor: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the provider's second factor counts."
    )
    state: ConnectionState | None = strawberry.field(
        default=strawberry.UNSET, description="OFF ends the sessions that came through it."
    )


@strawberry.type(description="What became of it.")
class ConnectionPayload:
    id: strawberry.ID | None = strawberry.field(description="Which; null if and only if nothing was written.")
    connection: IdentityProvider | None = strawberry.field(description="As it is now; null where it is gone.")
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


@strawberry.type(description="Whether people can sign in through a provider, as far as it tells.")
class ConnectionTestPayload:
    id: strawberry.ID | None = strawberry.field(description="Which; null where nothing was tried.")
    works: bool = strawberry.field(description="Whether nothing wrong was found.")
    findings: list[str] = strawberry.field(description="What is wrong, in sentences.")
    problems: list[Problem] = strawberry.field(description="Why nothing was tried.")


@strawberry.type(description="What became of it.")
class DomainPayload:
    domain: ClaimedDomain | None = strawberry.field(description="As it is now; null where it is not claimed.")
    problems: list[Problem] = strawberry.field(description="Why nothing was written.")


def values_from(input: ConnectionCreateInput | ConnectionUpdateInput) -> dict[str, Any]:
    """What was given, by the names of Connection."""
    given = {name: value for name, value in vars(input).items() if value is not strawberry.UNSET}
    # A null clears nothing here but the secret: it is as if it were absent.
    given = {name: value for name, value in given.items() if value is not None or name == "client_secret"}
    if "client_secret" in given:
        given["secret"] = given.pop("client_secret")
    if "role_mappings" in given:
        given["role_mappings"] = tuple(
            RoleMapping(each.claim, each.value, ids.parse_id(each.role_id)) for each in given["role_mappings"]
        )
    return given


def provider_told(connection: Connection) -> IdentityProvider:
    """The connection as the API tells it."""
    doors = f"{settings().public_url}/sso/{connection.id}"
    return IdentityProvider(
        id=strawberry.ID(str(connection.id)),
        name=connection.name,
        issuer=connection.issuer,
        client_id=connection.client_id,
        has_client_secret=connection.client_secret is not None,
        scopes=list(connection.scopes),
        just_in_time=connection.just_in_time,
        role_mappings=[
            IdentityRoleMapping(claim=each.claim, value=each.value, role_id=strawberry.ID(str(each.role_id)))
            for each in connection.role_mappings
        ],
        trusts_second_factor=connection.trusts_second_factor,
        state=connection.state,
        redirect_uri=f"{doors}/callback",
        log_out_uri=f"{doors}/log-out",
        back_channel_log_out_uri=f"{doors}/back-channel",
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )


def domain_told(domain: Domain) -> ClaimedDomain:
    """The domain as the API tells it."""
    return ClaimedDomain(
        domain=domain.domain,
        record_name=domain.record_name,
        record_value=domain.record_value,
        verified_at=domain.verified_at,
        created_at=domain.created_at,
    )
