"""Apps of partners: registered once by a tenant, told apart by their client id, known by their secret."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, delete, func, select, update

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.oauth.redirects import is_registered
from saas.tenants.oauth_tables import app as app_table
from saas.tenants.oauth_tables import installation

_BEGINS = "ats_"


class AppKind(StrEnum):
    """What an app can keep to itself, and for whom it acts."""

    PUBLIC = "public"
    CONFIDENTIAL = "confidential"
    MACHINE = "machine"


class AppState(StrEnum):
    """Whether an app gets tokens, and those that it has count."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class App:
    """A registered app.

    kind    public: on people's machines, without a secret; confidential: on a server; machine: acts as itself
    scopes  the most that it may ask for
    needs_pushed_requests  True: its authorization requests must have been pushed (RFC 9126)
    """

    id: UUID
    client_id: str
    name: str
    kind: AppKind
    state: AppState
    owner_id: UUID | None
    description: str
    homepage: str
    secret_hash: bytes | None
    former_secret_hash: bytes | None
    former_secret_until: datetime | None
    redirect_uris: tuple[str, ...]
    log_out_uris: tuple[str, ...]
    scopes: frozenset[str]
    needs_pushed_requests: bool
    created_at: datetime

    def has_secret(self, secret: str) -> bool:
        """Whether this is its secret, or the former one while that counts; in constant time."""
        given = hash_of(secret)
        former = self.former_secret_hash if self.former_secret_until and self.former_secret_until > now() else None
        right = [hmac.compare_digest(given, known) for known in (self.secret_hash, former) if known is not None]
        return any(right)

    def takes(self, redirect_uri: str) -> bool:
        """Whether answers may go to this address; a program on somebody's machine chooses the port itself."""
        return is_registered(redirect_uri, self.redirect_uris, any_port=self.kind is AppKind.PUBLIC)


def app_known(client_id: str) -> App | None:
    """The app with this client id that is active."""
    if not client_id.isascii() or not client_id.isprintable():
        return None
    query = _query().where(app_table.c.client_id == client_id, app_table.c.state == AppState.ACTIVE.value)
    found = rows(query)
    return _app(found[0]) if found else None


def apps_registered(owner_id: UUID) -> list[tuple[App, int]]:
    """The apps that a tenant registered, by name, each with the number of tenants that have it installed."""
    of_it = installation.c.app_id == app_table.c.id, installation.c.ended_at.is_(None)
    number = select(func.count()).select_from(installation).where(*of_it).scalar_subquery()
    query = _query().add_columns(number.label("installations")).where(app_table.c.owner_id == owner_id)
    return [(_app(row), row.installations) for row in rows(query.order_by(app_table.c.name, app_table.c.id))]


def app_locked(connection: Connection, owner_id: UUID, app_id: UUID) -> App | None:
    """An app of this tenant, held until the transaction ends."""
    query = _query().where(app_table.c.id == app_id, app_table.c.owner_id == owner_id).with_for_update()
    found = connection.execute(query).one_or_none()
    return None if found is None else _app(found)


def app_register(connection: Connection, owner_id: UUID, kind: AppKind, **values: Any) -> tuple[UUID, str | None]:
    """A new app's id, and its secret where its kind has one; told this once."""
    id_ = ids.new_id(ids.APP)
    secret = None if kind is AppKind.PUBLIC else new_secret(_BEGINS)
    connection.execute(
        app_table.insert().values(
            id=id_,
            client_id=f"app_{secrets.token_hex(16)}",
            kind=kind.value,
            state=AppState.ACTIVE.value,
            owner_id=owner_id,
            secret_hash=None if secret is None else hash_of(secret),
            created_at=now(),
            **values,
        )
    )
    return id_, secret


def app_change(connection: Connection, app_id: UUID, **values: Any) -> None:
    """Give an app these values."""
    connection.execute(update(app_table).where(app_table.c.id == app_id).values(**values))


def app_rotate_secret(connection: Connection, app: App, keep_former: timedelta) -> str:
    """A new secret for the app; the old one counts so long yet."""
    secret = new_secret(_BEGINS)
    app_change(
        connection,
        app.id,
        secret_hash=hash_of(secret),
        former_secret_hash=app.secret_hash if keep_former else None,
        former_secret_until=now() + keep_former if keep_former else None,
    )
    return secret


def app_remove(connection: Connection, app_id: UUID) -> None:
    """The app is gone, with its installations and all that it was given."""
    connection.execute(delete(app_table).where(app_table.c.id == app_id))


def _query() -> Select[Any]:
    return select(*(app_table.c[name] for name in App.__slots__))


def _app(row: Any) -> App:
    values = {name: getattr(row, name) for name in App.__slots__}
    return App(
        **values
        | {
            "kind": AppKind(row.kind),
            "state": AppState(row.state),
            "redirect_uris": tuple(row.redirect_uris),
            "log_out_uris": tuple(row.log_out_uris),
            "scopes": frozenset(row.scopes),
        }
    )
