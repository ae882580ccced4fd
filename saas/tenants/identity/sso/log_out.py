"""Logging out at both ends: from us to the provider, and from the provider to us."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import Connection as Transaction
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from saas.gateways.outside import OutsideRefused, OutsideSilent
from saas.kit.clock import now
from saas.kit.errors import NotFound
from saas.kit.settings import settings
from saas.kit.vault import opened, sealed
from saas.tenants.directory import rows
from saas.tenants.identity.hashes import hash_of
from saas.tenants.identity.sessions import Session
from saas.tenants.identity.sso.connections import Connection, connection_by_id, connection_sessions_end
from saas.tenants.identity.sso.people import person_known_as
from saas.tenants.identity.sso.provider import ProviderWrong, provider_at
from saas.tenants.identity.sso.trust import Untrusted
from saas.tenants.identity_tables import session as session_table
from saas.tenants.sso_tables import used_log_out

_ID_TOKENS = "tokens of identity providers"
_REMEMBERED = timedelta(minutes=30)  # longer than any log-out token counts


def token_kept(id_token: str) -> bytes:
    """The ID token as a session keeps it, for the log-out."""
    return sealed(id_token.encode(), _ID_TOKENS)


def log_out_address(session: Session) -> str | None:
    """Where this session's browser logs out at the provider as well; None where the provider has no such place.

    Ask before the session ends: what it takes stands in it (OpenID Connect RP-Initiated Logout 1.0).
    """
    if session.connection_id is None:
        return None
    found = rows(select(session_table.c.outside_token).where(session_table.c.id == session.id))
    try:
        connection = connection_by_id(session.connection_id)
        endpoint = provider_at(connection.issuer).end_session_endpoint
    except (NotFound, OutsideRefused, OutsideSilent, ProviderWrong):
        return None
    if endpoint is None:
        return None
    asked = {
        "client_id": connection.client_id,
        "post_logout_redirect_uri": f"{settings().public_url}/sso/{connection.id}/log-out",
    }
    if found and found[0].outside_token is not None:
        asked["id_token_hint"] = opened(found[0].outside_token, _ID_TOKENS).decode()
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def logged_out(transaction: Transaction, connection: Connection, claims: Mapping[str, Any]) -> list[UUID]:
    """End the sessions that a checked log-out token names, with what apps were given through them; their ids.

    Untrusted where the token was obeyed before.
    """
    transaction.execute(delete(used_log_out).where(used_log_out.c.expires_at <= now()))
    used = {"connection_id": connection.id, "token_hash": hash_of(claims["jti"]), "expires_at": now() + _REMEMBERED}
    given = insert(used_log_out).values(used).on_conflict_do_nothing().returning(used_log_out.c.expires_at)
    if transaction.execute(given).first() is None:
        raise Untrusted("The log-out token was used before.")
    which: list[Any] = []
    if "sid" in claims:
        which.append(session_table.c.outside_session == claims["sid"])
    if "sub" in claims:
        which.append(session_table.c.person_id == person_known_as(transaction, connection, claims["sub"]))
    return connection_sessions_end(transaction, connection.id, *which)
