"""Authorization codes: good for a minute and for one try, by the app that asked and no other."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, select, update

from saas.kit.clock import now
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.oauth.agreements import agreement_end
from saas.tenants.oauth_tables import authorization, authorization_code, installation

LASTS = timedelta(seconds=60)
METHOD = "S256"


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was taken in: what must come with it, and the agreement that it stands for."""

    agreement_id: UUID
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    code_challenge_method: str = METHOD

    def get_redirect_uri(self) -> str:
        """Likewise, under the name by which Authlib asks."""
        return self.redirect_uri


def code_give(connection: Connection, agreement_id: UUID, redirect_uri: str, challenge: str, nonce: str | None) -> str:
    """A new code; only its hash is kept."""
    code = new_secret()
    connection.execute(
        authorization_code.insert().values(
            code_hash=hash_of(code),
            authorization_id=agreement_id,
            redirect_uri=redirect_uri,
            challenge=challenge,
            nonce=nonce,
            expires_at=now() + LASTS,
        )
    )
    return code


def code_take(connection: Connection, code: str, app_id: UUID) -> Code | None:
    """Take the code in; None where it is no good. One that comes again ends all that was given for it."""
    table, moment = authorization_code, now()
    found = connection.execute(
        select(table)
        .join(authorization, authorization.c.id == table.c.authorization_id)
        .join(installation, installation.c.id == authorization.c.installation_id)
        .where(table.c.code_hash == hash_of(code), installation.c.app_id == app_id)
        .with_for_update(of=table)
    ).one_or_none()
    if found is None:
        return None
    if found.used_at is not None:
        agreement_end(connection, found.authorization_id)
        return None
    connection.execute(update(table).where(table.c.code_hash == found.code_hash).values(used_at=moment))
    if found.expires_at <= moment:
        return None
    return Code(found.authorization_id, found.redirect_uri, found.challenge, found.nonce)
