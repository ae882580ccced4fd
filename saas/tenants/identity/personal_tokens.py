"""Personal access tokens: a person's own, for scripts, shown once and bounded by scopes and time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.directory import rows
from saas.tenants.directory_tables import membership, sign_in
from saas.tenants.identity.hashes import hash_of, new_secret

PREFIX = "atp_"


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """A token without its secret; `scopes` as `object:operation`."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    seen_at: datetime | None
    expires_at: datetime
    created_at: datetime


def personal_token_add(
    connection: Connection, membership_id: UUID, *, name: str, scopes: list[str], expires_at: datetime
) -> tuple[UUID, str]:
    """A new token's id, and the token itself, which nobody is shown again."""
    token, id_ = new_secret(PREFIX), ids.new_id(ids.SIGN_IN)
    values = {"token_hash": hash_of(token), "membership_id": membership_id, "kind": "personal", "name": name}
    connection.execute(
        sign_in.insert().values(id=id_, scopes=scopes, expires_at=expires_at, created_at=now(), **values)
    )
    return id_, token


def personal_tokens_of(membership_id: UUID) -> list[PersonalToken]:
    """The person's tokens to this company that can be used now, the latest first."""
    columns = (sign_in.c[name] for name in PersonalToken.__slots__)
    query = select(*columns).where(
        sign_in.c.membership_id == membership_id, sign_in.c.kind == "personal", sign_in.c.expires_at > now()
    )
    found = [PersonalToken(**dict(row._mapping) | {"scopes": tuple(row.scopes or ())}) for row in rows(query)]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def personal_tokens_count(connection: Connection, person_id: UUID) -> int:
    """How many tokens the person has, to all their companies; nobody adds another before this transaction ends."""
    places = select(membership.c.id).where(membership.c.person_id == person_id).order_by(membership.c.id)
    found = list(connection.execute(places.with_for_update()).scalars())
    which = sign_in.c.membership_id.in_(found), sign_in.c.kind == "personal", sign_in.c.expires_at > now()
    return int(connection.execute(select(func.count()).where(*which)).scalar_one())
