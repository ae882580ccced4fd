"""Partner apps as the directory knows them, made without the doors by which they are registered and installed."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.directory import directory
from saas.tenants.directory_tables import membership
from saas.tenants.identity.access_token import issue_access_token, resource
from saas.tenants.oauth_tables import app, authorization, installation
from tests.world import Person


@dataclass(frozen=True)
class Given:
    """An app's token for a person, and what stands behind it."""

    person: Person
    app_id: UUID
    installation_id: UUID
    authorization_id: UUID


def given(person: Person, *scopes: str, granted: tuple[str, ...] | None = None) -> Given:
    """The person, acting through an app with these scopes; the tenant granted the app the same, or others."""
    made = Given(
        person, ids.new_id(ids.APP), ids.new_id(ids.INSTALLATION), authorization_id=ids.new_id(ids.AUTHORIZATION)
    )
    client_id = f"app-{made.app_id}"
    with directory() as connection:
        _register(connection, made, client_id, list(scopes), list(scopes if granted is None else granted))
        holder = _agree(connection, made, list(scopes))
    token, _ = issue_access_token(
        made.authorization_id,
        subject=str(holder),
        client_id=client_id,
        tenant=person.tenant.slug,
        scopes=frozenset(scopes),
    )
    return replace(made, person=replace(person, token=token))


def _register(connection: sa.Connection, made: Given, client_id: str, scopes: list[str], granted: list[str]) -> None:
    connection.execute(
        app.insert().values(
            id=made.app_id,
            client_id=client_id,
            name="Route Planner",
            kind="confidential",
            state="active",
            description="",
            homepage="",
            redirect_uris=[],
            log_out_uris=[],
            scopes=scopes,
            needs_pushed_requests=False,
            created_at=now(),
        )
    )
    connection.execute(
        installation.insert().values(
            id=made.installation_id,
            app_id=made.app_id,
            tenant_id=made.person.tenant.id,
            scopes=granted,
            principal_id=ids.new_id(ids.APP_IDENTITY),
            created_at=now(),
        )
    )


def _agree(connection: sa.Connection, made: Given, scopes: list[str]) -> UUID:
    """The person in the directory who agreed."""
    mine = sa.select(membership.c.id, membership.c.person_id).where(
        membership.c.tenant_id == made.person.tenant.id, membership.c.principal_id == made.person.id
    )
    place = connection.execute(mine).one()
    connection.execute(
        authorization.insert().values(
            id=made.authorization_id,
            installation_id=made.installation_id,
            membership_id=place.id,
            scopes=scopes,
            resource=resource(),
            methods=["pwd"],
            authenticated_at=now(),
            expires_at=now() + timedelta(days=30),
            created_at=now(),
        )
    )
    return UUID(str(place.person_id))
