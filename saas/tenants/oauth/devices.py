"""Devices without a browser: they show a short code, which a person types in elsewhere (RFC 8628)."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.identity.access_token import resource
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.oauth.apps import App, app_known
from saas.tenants.oauth_tables import app as app_table
from saas.tenants.oauth_tables import device_request as table

LASTS = timedelta(minutes=10)
INTERVAL, SLOWER = 5, 5  # seconds between questions, and how many more where a device asks too often
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words; 20^8 codes
_LONG = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits, as its person sees it."""

    user_code: str
    app: App
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Polled:
    """A device that asks how things stand."""

    device_hash: bytes
    state: str
    agreement_id: UUID | None
    is_over: bool
    is_hasty: bool


def device_ask(connection: Connection, app_id: UUID, scopes: frozenset[str]) -> tuple[str, str]:
    """The code that the device keeps, and the one that it shows."""
    device_code, moment = new_secret(), now()
    connection.execute(delete(table).where(table.c.app_id == app_id, table.c.expires_at < moment - LASTS))
    while True:
        user_code = "".join(secrets.choice(LETTERS) for _ in range(_LONG))
        asked = insert(table).values(
            device_hash=hash_of(device_code),
            user_code=user_code,
            app_id=app_id,
            scopes=sorted(scopes),
            resource=resource(),
            state="pending",
            interval=INTERVAL,
            expires_at=moment + LASTS,
        )
        asked = asked.on_conflict_do_nothing(index_elements=["user_code"])
        if connection.execute(asked.returning(table.c.user_code)).first() is not None:
            return device_code, as_shown(user_code)


def as_shown(user_code: str) -> str:
    """A code in two halves, which people read more easily."""
    return f"{user_code[:4]}-{user_code[4:]}"


def as_kept(typed: str) -> str:
    """What a person typed, as the code is kept: capitals, without anything between."""
    return "".join(letter for letter in typed.upper() if letter in LETTERS)


def device_waiting(user_code: str) -> Waiting | None:
    """The device that shows this code and waits yet."""
    query = (
        select(table.c.user_code, table.c.scopes, app_table.c.client_id)
        .join(app_table, app_table.c.id == table.c.app_id)
        .where(table.c.user_code == as_kept(user_code), table.c.state == "pending", table.c.expires_at > now())
    )
    found = rows(query)
    app = app_known(found[0].client_id) if found else None
    return None if app is None else Waiting(found[0].user_code, app, frozenset(found[0].scopes))


def device_decide(connection: Connection, user_code: str, agreement_id: UUID | None) -> bool:
    """The person agreed, or refused (None); False where somebody was quicker or it is over."""
    values = {"state": "denied" if agreement_id is None else "approved", "authorization_id": agreement_id}
    still = table.c.user_code == user_code, table.c.state == "pending", table.c.expires_at > now()
    decided = update(table).where(*still).values(values).returning(table.c.user_code)
    return connection.execute(decided).first() is not None


def device_polled(connection: Connection, device_code: str, app_id: UUID) -> Polled | None:
    """How things stand with a device of this app; one that asks too soon has to wait longer from now on."""
    mine = and_(table.c.device_hash == hash_of(device_code), table.c.app_id == app_id)
    row = connection.execute(select(table).where(mine).with_for_update()).one_or_none()
    if row is None:
        return None
    moment = now()
    is_hasty = row.asked_at is not None and moment < row.asked_at + timedelta(seconds=row.interval)
    interval = row.interval + SLOWER if is_hasty else row.interval
    connection.execute(update(table).where(mine).values(asked_at=moment, interval=interval))
    return Polled(row.device_hash, row.state, row.authorization_id, row.expires_at <= moment, is_hasty)


def device_done(connection: Connection, polled: Polled) -> None:
    """It got its tokens: the code is good no more."""
    connection.execute(delete(table).where(table.c.device_hash == polled.device_hash))
