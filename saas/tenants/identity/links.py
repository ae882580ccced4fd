"""Links that are sent by mail: what whoever opens one may do, once and for a time.

The secret of a link is made when its mail is written, and only its hash is kept. So a link that was never mailed,
because something was rolled back or killed in between, opens nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from saas.kit import ids
from saas.kit.clock import now
from saas.tenants.directory import directory, rows
from saas.tenants.identity.hashes import hash_of, new_secret
from saas.tenants.people_tables import link


class LinkKind(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105  # what a link is for, no secret


@dataclass(frozen=True, slots=True)
class Link:
    """A link. Of an invitation the tenant and who one becomes there; of a new password whose it is."""

    id: UUID
    kind: LinkKind
    email: str
    tenant_id: UUID | None
    principal_id: UUID | None
    person_id: UUID | None
    invited_by: UUID | None
    language: str
    expires_at: datetime
    sent_at: datetime | None
    used_at: datetime | None
    ended_at: datetime | None
    created_at: datetime


def link_add(
    connection: Connection, kind: LinkKind, *, email: str, language: str, lasts: timedelta, **whose: Any
) -> UUID:
    """Note down a link, which opens nothing before its mail is written; `whose` as `Link` names it."""
    id_ = ids.new_id(ids.LINK)
    moment = now()
    values = {"id": id_, "kind": kind.value, "email": email, "language": language, "created_at": moment}
    connection.execute(link.insert().values(**values, expires_at=moment + lasts, **whose))
    return id_


def link_secret(link_id: UUID) -> tuple[Link, str] | None:
    """A fresh secret for the link's mail, which makes a former one worthless; None where nobody may use it any more."""
    secret = new_secret()
    with directory() as connection:
        given = update(link).where(link.c.id == link_id, *_is_open()).values(secret_hash=hash_of(secret), sent_at=now())
        found = connection.execute(given.returning(*_COLUMNS)).one_or_none()
    return None if found is None else (_link(found), secret)


def link_of(kind: LinkKind, secret: str) -> Link | None:
    """The link of this kind that the secret opens, unless it was used, ended or expired."""
    query = select(*_COLUMNS).where(link.c.secret_hash == hash_of(secret), link.c.kind == kind.value, *_is_open())
    found = rows(query)
    return _link(found[0]) if found else None


def link_use(connection: Connection, link_id: UUID) -> bool:
    """Use the link up; False where somebody else was quicker, or it ended."""
    used = update(link).where(link.c.id == link_id, *_is_open()).values(used_at=now())
    return connection.execute(used.returning(link.c.id)).one_or_none() is not None


def links_end(connection: Connection, *which: Any) -> list[UUID]:
    """End those links of these that are open; their ids."""
    ended = update(link).where(*which, *_is_open()).values(ended_at=now()).returning(link.c.id)
    return list(connection.execute(ended).scalars())


def links_since(connection: Connection, moment: datetime, *which: Any) -> int:
    """How many such links were made since then."""
    return int(connection.execute(select(func.count()).where(link.c.created_at > moment, *which)).scalar_one())


def links_open(connection: Connection, *which: Any) -> list[Link]:
    """Those links of these that can be used, the latest first."""
    query = select(*_COLUMNS).where(*which, *_is_open()).order_by(link.c.id.desc())
    return [_link(row) for row in connection.execute(query)]


def links_where(*which: Any, most: int = 500) -> list[Link]:
    """Such links, the latest first."""
    query = select(*_COLUMNS).where(*which).order_by(link.c.id.desc()).limit(most)
    return [_link(row) for row in rows(query)]


def _is_open() -> tuple[Any, ...]:
    return link.c.used_at.is_(None), link.c.ended_at.is_(None), link.c.expires_at > now()


_COLUMNS = [link.c[name] for name in Link.__slots__]


def _link(row: Any) -> Link:
    values = dict(row._mapping)  # SQLAlchemy's own name for it
    return Link(**values | {"kind": LinkKind(values["kind"])})
