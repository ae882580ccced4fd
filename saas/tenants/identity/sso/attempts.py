"""A sign-in on its way through a provider: begun in one browser, and finished there, once, within ten minutes."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete

from saas.kit.clock import now
from saas.kit.vault import opened, sealed
from saas.tenants.directory import directory
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.sso_tables import sso_attempt

LASTS = timedelta(minutes=10)
_VERIFIERS = "verifiers of sign-ins"


@dataclass(frozen=True, slots=True)
class Begun:
    """What goes out with the request: the two secrets that must come back, and the verifier of PKCE."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known of a sign-in whose answer came. `person_id`: who wants to be linked; None: a sign-in."""

    nonce_hash: bytes
    verifier: str
    issuer: str
    person_id: UUID | None
    onward_to: str


def attempt_begin(
    connection_id: UUID, browser_id: str, issuer: str, onward_to: str, person_id: UUID | None = None
) -> Begun:
    """A new one; those that are over are cleared away."""
    begun = Begun(new_secret(), new_secret(), secrets.token_urlsafe(48))
    with directory() as transaction:
        transaction.execute(delete(sso_attempt).where(sso_attempt.c.expires_at <= now()))
        transaction.execute(
            sso_attempt.insert().values(
                state_hash=hash_of(begun.state),
                connection_id=connection_id,
                browser_hash=hash_of(browser_id),
                nonce_hash=hash_of(begun.nonce),
                verifier=sealed(begun.verifier.encode(), _VERIFIERS),
                issuer=issuer,
                person_id=person_id,
                onward_to=onward_to,
                expires_at=now() + LASTS,
            )
        )
    return begun


def attempt_take(state: str, connection_id: UUID, browser_id: str) -> Attempt | None:
    """The one that this state belongs to, which is over with it; None for another browser, connection or a second time.

    Whoever shows the state in another browser or at another connection does not end it for the one who began it.
    """
    mine = (
        sso_attempt.c.state_hash == hash_of(state),
        sso_attempt.c.connection_id == connection_id,
        sso_attempt.c.browser_hash == hash_of(browser_id),
        sso_attempt.c.expires_at > now(),
    )
    with directory() as transaction:
        row = transaction.execute(delete(sso_attempt).where(*mine).returning(sso_attempt)).one_or_none()
    if row is None:
        return None
    verifier = opened(row.verifier, _VERIFIERS).decode()
    return Attempt(row.nonce_hash, verifier, row.issuer, row.person_id, row.onward_to)
