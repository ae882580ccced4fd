"""Authorization requests that an app pushed beforehand (RFC 9126): the browser carries a reference only."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, select

from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.oauth_tables import pushed_request

BEGINS = "urn:ietf:params:oauth:request_uri:"
LASTS = timedelta(minutes=10)  # the person signs in meanwhile


def request_push(connection: Connection, app_id: UUID, parameters: dict[str, str]) -> str:
    """The reference of the request."""
    uri, moment = BEGINS + new_secret(), now()
    over = pushed_request.c.app_id == app_id, pushed_request.c.expires_at < moment
    connection.execute(delete(pushed_request).where(*over))
    connection.execute(
        pushed_request.insert().values(
            uri_hash=hash_of(uri), app_id=app_id, parameters=parameters, expires_at=moment + LASTS
        )
    )
    return uri


def request_pushed(uri: str, app_id: UUID) -> dict[str, str] | None:
    """What this app pushed under this reference; None where it is over or was answered."""
    mine = pushed_request.c.uri_hash == hash_of(uri), pushed_request.c.app_id == app_id
    found = rows(select(pushed_request.c.parameters).where(*mine, pushed_request.c.expires_at > now()))
    return dict(found[0].parameters) if found else None


def request_answered(connection: Connection, uri: str) -> bool:
    """It is answered once; False where it was before."""
    gone = delete(pushed_request).where(pushed_request.c.uri_hash == hash_of(uri))
    return connection.execute(gone.returning(pushed_request.c.app_id)).first() is not None
