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
    client_id, moment = f"app-{made.app_id}", now()
    with directory() as connection:
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
                scopes=list(scopes),
                needs_pushed_requests=False,
                created_at=moment,
            )
        )
        connection.execute(
            installation.insert().values(
                id=made.installation_id,
                app_id=made.app_id,
                tenant_id=person.tenant.id,
                scopes=list(scopes if granted is None else granted),
                principal_id=ids.new_id(ids.APP_IDENTITY),
                created_at=moment,
            )
        )
        mine = sa.select(membership).where(
            membership.c.tenant_id == person.tenant.id, membership.c.principal_id == person.id
        )
        place = connection.execute(mine).one()
        connection.execute(
            authorization.insert().values(
                id=made.authorization_id,
                installation_id=made.installation_id,
                membership_id=place.id,
                scopes=list(scopes),
                resource=resource(),
                methods=["pwd"],
                authenticated_at=moment,
                expires_at=moment + timedelta(days=30),
                created_at=moment,
            )
        )
    token, _ = issue_access_token(
        made.authorization_id,
        subject=str(place.person_id),
        client_id=client_id,
        tenant=person.tenant.slug,
        scopes=frozenset(scopes),
    )
    return replace(made, person=replace(person, token=token))
