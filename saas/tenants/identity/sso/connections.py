"""A tenant's connection to an identity provider of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection as Transaction
from sqlalchemy import delete, select, update

from saas.kit import ids
from saas.kit.clock import now
from saas.kit.errors import NotFound
from saas.kit.vault import opened, sealed
from saas.tenants.directory import rows
from saas.tenants.identity.sessions import sessions_end
from saas.tenants.identity.sso.domains import domain_of
from saas.tenants.identity_tables import session
from saas.tenants.sso_tables import connection as connection_table
from saas.tenants.sso_tables import verified_domain

SECRETS = "secrets of connections"


class ConnectionState(StrEnum):
    """Whether people can sign in through it."""

    ACTIVE = "active"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class RoleMapping:
    """Whoever's `claim` is this value, or a list that holds it, has the role."""

    claim: str
    value: str
    role_id: UUID


@dataclass(frozen=True, slots=True)
class Connection:
    """One identity provider of one tenant.

    issuer                the provider, as it names itself; everything else is read from its discovery document
    client_secret         sealed; None: a public client
    scopes                what is asked for, `openid` always among it
    just_in_time          whether somebody unknown with an address of a verified domain is let in at the first sign-in
    trusts_second_factor  whether a second factor that the provider vouches for counts as ours
    """

    id: UUID
    tenant_id: UUID
    name: str
    issuer: str
    client_id: str
    client_secret: bytes | None
    scopes: tuple[str, ...]
    just_in_time: bool
    role_mappings: tuple[RoleMapping, ...]
    trusts_second_factor: bool
    state: ConnectionState
    created_at: datetime
    updated_at: datetime

    @property
    def secret(self) -> str | None:
        """The client's secret in the clear."""
        return None if self.client_secret is None else opened(self.client_secret, SECRETS).decode()


def connections(tenant_id: UUID) -> list[Connection]:
    """The tenant's connections, by name."""
    mine = connection_table.c.tenant_id == tenant_id
    found = rows(select(connection_table).where(mine).order_by(connection_table.c.name, connection_table.c.id))
    return [_connection(row) for row in found]


def connections_of(tenant_id: UUID) -> frozenset[UUID]:
    """The connections through which people can sign in to the tenant now."""
    return frozenset(each.id for each in connections(tenant_id) if each.state is ConnectionState.ACTIVE)


def connections_for(email: str) -> list[Connection]:
    """Where a person with this address may sign in: the providers of the tenant that showed the domain to be its own.

    The address itself is looked for nowhere, so the answer tells nothing of who is there.
    """
    domain = domain_of(email)
    if domain is None:
        return []
    query = (
        select(connection_table)
        .join(verified_domain, verified_domain.c.tenant_id == connection_table.c.tenant_id)
        .where(verified_domain.c.domain == domain, verified_domain.c.verified_at.is_not(None))
        .where(connection_table.c.state == ConnectionState.ACTIVE.value)
        .order_by(connection_table.c.name, connection_table.c.id)
    )
    return [_connection(row) for row in rows(query)]


def connection_by_id(connection_id: UUID) -> Connection:
    """The connection, where people can sign in through it; else NotFound."""
    found = rows(select(connection_table).where(connection_table.c.id == connection_id))
    if not found or found[0].state != ConnectionState.ACTIVE.value:
        raise NotFound("There is no such connection to an identity provider, or it is switched off.")
    return _connection(found[0])


def connection_in(transaction: Transaction, tenant_id: UUID, connection_id: UUID) -> Connection | None:
    """The tenant's connection, held against changes until the transaction ends."""
    mine = connection_table.c.id == connection_id, connection_table.c.tenant_id == tenant_id
    row = transaction.execute(select(connection_table).where(*mine).with_for_update()).one_or_none()
    return None if row is None else _connection(row)


def connection_create(transaction: Transaction, tenant_id: UUID, values: Mapping[str, Any]) -> UUID:
    """A new connection's id. `values` by the names of Connection, `secret` in the clear."""
    id_, moment = ids.new_id(ids.CONNECTION), now()
    known = {"id": id_, "tenant_id": tenant_id, "created_at": moment, "updated_at": moment}
    transaction.execute(connection_table.insert().values(**known, **_stored(values)))
    return id_


def connection_update(transaction: Transaction, before: Connection, values: Mapping[str, Any]) -> None:
    """Change what is named. Another issuer or client, or switching off, ends all sessions that came through it."""
    changes = _stored(values) | {"updated_at": now()}
    transaction.execute(update(connection_table).where(connection_table.c.id == before.id).values(**changes))
    others = any(name in changes and changes[name] != getattr(before, name) for name in ("issuer", "client_id"))
    if others or changes.get("state") == ConnectionState.OFF.value:
        connection_sessions_end(transaction, before.id)


def connection_delete(transaction: Transaction, connection_id: UUID) -> None:
    """Remove it, with all sessions that came through it and all that is known of who is who there."""
    connection_sessions_end(transaction, connection_id)
    transaction.execute(delete(connection_table).where(connection_table.c.id == connection_id))


def connection_sessions_end(transaction: Transaction, connection_id: UUID, *which: Any) -> list[UUID]:
    """End the sessions that came through the connection, and for which `which` holds; the ids of those that ended."""
    through = session.c.connection_id == connection_id, *which
    people = transaction.execute(select(session.c.person_id).where(*through).distinct()).scalars().all()
    return [ended for person_id in sorted(people) for ended in sessions_end(transaction, person_id, *through)]


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    stored = dict(values)
    if "secret" in stored:
        secret = stored.pop("secret")
        stored["client_secret"] = None if secret is None else sealed(secret.encode(), SECRETS)
    if "scopes" in stored:
        stored["scopes"] = list(stored["scopes"])
    if "role_mappings" in stored:
        stored["role_mappings"] = mappings_told(stored["role_mappings"])
    if "state" in stored:
        stored["state"] = ConnectionState(stored["state"]).value
    return stored


def mappings_told(mappings: Sequence[RoleMapping]) -> list[dict[str, str]]:
    """Role mappings as they are kept and audited."""
    return [{"claim": each.claim, "value": each.value, "role_id": str(each.role_id)} for each in mappings]


def _connection(row: Any) -> Connection:
    values = {each.name: getattr(row, each.name) for each in fields(Connection)}
    values["scopes"] = tuple(row.scopes)
    values["state"] = ConnectionState(row.state)
    values["role_mappings"] = tuple(
        RoleMapping(each["claim"], each["value"], UUID(each["role_id"])) for each in row.role_mappings
    )
    return Connection(**values)
