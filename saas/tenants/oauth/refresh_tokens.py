"""Refresh tokens: each is good once and is answered by the next; one that comes again ends the whole family.

There is no grace for a lost answer: whoever shows a used token may have stolen it, and we cannot tell.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from saas.kit.clock import now
from saas.kit.settings import settings
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.oauth.agreements import agreement_end
from saas.tenants.oauth_tables import authorization, installation, refresh_token

PREFIX = "atf_"


@dataclass(frozen=True, slots=True)
class Shown:
    """A refresh token that may be used once now."""

    token_hash: bytes
    agreement_id: UUID


def refresh_give(connection: Connection, agreement_id: UUID) -> str:
    """The next token of the family; only its hash is kept."""
    table, moment, token = refresh_token, now(), new_secret(PREFIX)
    over = table.c.authorization_id == agreement_id, table.c.expires_at < moment
    connection.execute(delete(table).where(*over))
    connection.execute(
        table.insert().values(
            token_hash=hash_of(token),
            authorization_id=agreement_id,
            expires_at=moment + timedelta(days=settings().refresh_days),
            created_at=moment,
        )
    )
    return token


def refresh_shown(connection: Connection, token: str, app_id: UUID) -> Shown | None:
    """The token, held until the transaction ends; None where it is no good. A used one ends its family."""
    table = refresh_token
    found = connection.execute(
        select(table)
        .join(authorization, authorization.c.id == table.c.authorization_id)
        .join(installation, installation.c.id == authorization.c.installation_id)
        .where(table.c.token_hash == hash_of(token), installation.c.app_id == app_id)
        .with_for_update(of=table)
    ).one_or_none()
    if found is None:
        return None
    if found.used_at is not None:
        agreement_end(connection, found.authorization_id)
        return None
    return Shown(found.token_hash, found.authorization_id) if found.expires_at > now() else None


def refresh_family(connection: Connection, token: str, app_id: UUID) -> UUID | None:
    """The agreement under which this app got the token, used or not."""
    family = (
        select(refresh_token.c.authorization_id)
        .join(authorization, authorization.c.id == refresh_token.c.authorization_id)
        .join(installation, installation.c.id == authorization.c.installation_id)
        .where(refresh_token.c.token_hash == hash_of(token), installation.c.app_id == app_id)
    )
    return connection.execute(family).scalar_one_or_none()


def refresh_is_good(connection: Connection, token: str) -> bool:
    """Whether it was not used yet and is not over."""
    table = refresh_token
    good = table.c.token_hash == hash_of(token), table.c.used_at.is_(None), table.c.expires_at > now()
    return connection.execute(select(table.c.token_hash).where(*good)).first() is not None


def refresh_used(connection: Connection, shown: Shown) -> None:
    """It was answered: it is good no more."""
    held = refresh_token.c.token_hash == shown.token_hash
    connection.execute(update(refresh_token).where(held).values(used_at=now()))
