"""Who may sign in to which tenant, and as which of its principals."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.kit.errors import Conflict
from saas.kit.ids import MEMBERSHIP, new_id
from saas.kit.text import normal
from saas.tenants.directory import AnyRow, directory
from saas.tenants.directory_tables import membership, sign_in
from saas.tenants.oauth_tables import authorization
from saas.tenants.people_tables import link
from saas.tenants.tenant import Tenant


def folded(email: str) -> str:
    """An address as it is compared: case and width do not matter, accents do (they are other people)."""
    return normal("NFKC", email).strip().casefold()


def is_address(email: str) -> bool:
    """Whether it has the form of an address: one @ with something before and after, no spaces, nothing unprintable."""
    before, _, after = folded(email).partition("@")
    return bool(before and after) and "@" not in after and len(email) <= 254 and _is_plain(before + after)


def _is_plain(text: str) -> bool:
    return text.isprintable() and " " not in text


def shut_out(tenant: Tenant, principal_id: UUID) -> None:
    """This principal can sign in no more; open sign-ins end."""
    with directory() as connection:
        memberships_end(connection, tenant.id, [principal_id])


def memberships_end(connection: Connection, tenant_id: UUID, principal_ids: Collection[UUID]) -> list[UUID]:
    """The same for several, in this transaction: their tokens end, also those of apps; who of them could sign in."""
    ended = connection.execute(
        update(membership)
        .where(
            membership.c.tenant_id == tenant_id,
            membership.c.principal_id.in_(principal_ids),
            membership.c.ended_at.is_(None),
        )
        .values(ended_at=now())
        .returning(membership.c.id, membership.c.principal_id)
    ).all()
    access_end(connection, [row.id for row in ended])
    return [row.principal_id for row in ended]


def is_member(connection: Connection, tenant_id: UUID, principal_id: UUID) -> bool:
    """Whether this principal can sign in now."""
    which = membership.c.tenant_id == tenant_id, membership.c.principal_id == principal_id
    return (
        connection.execute(select(membership.c.id).where(*which, membership.c.ended_at.is_(None))).first() is not None
    )


def principals_of(connection: Connection, tenant_id: UUID) -> list[UUID]:
    """All who can sign in, or are invited to."""
    open_ones = select(membership.c.principal_id).where(
        membership.c.tenant_id == tenant_id, membership.c.ended_at.is_(None)
    )
    invited = select(link.c.principal_id).where(
        link.c.tenant_id == tenant_id, link.c.used_at.is_(None), link.c.ended_at.is_(None), link.c.expires_at > now()
    )
    return list(connection.execute(open_ones.union(invited)).scalars())


def access_end(connection: Connection, memberships: Collection[UUID]) -> None:
    """End every token of these memberships, their holders' own and those of apps."""
    end_sign_ins(connection, memberships)
    of_them = authorization.c.membership_id.in_(memberships), authorization.c.ended_at.is_(None)
    connection.execute(update(authorization).where(*of_them).values(ended_at=now()))


def join(connection: Connection, tenant: Tenant, principal_id: UUID, known: AnyRow) -> None:
    """Let the person `known` (a row of theirs) act as this principal. Conflict where they are somebody else there."""
    mine = connection.execute(
        select(membership).where(membership.c.tenant_id == tenant.id, membership.c.principal_id == principal_id)
    ).one_or_none()
    theirs = connection.execute(
        select(membership).where(membership.c.tenant_id == tenant.id, membership.c.person_id == known.id)
    ).one_or_none()
    if theirs is not None and theirs.principal_id != principal_id:
        if theirs.ended_at is None:
            raise Conflict(f"{known.email} signs in to {tenant.slug} as somebody else already.", path=("email",))
        connection.execute(delete(membership).where(membership.c.id == theirs.id))
    if mine is None:
        connection.execute(
            insert(membership).values(
                id=new_id(MEMBERSHIP),
                tenant_id=tenant.id,
                person_id=known.id,
                principal_id=principal_id,
                created_at=now(),
            )
        )
    elif mine.person_id != known.id or mine.ended_at is not None:
        access_end(connection, [mine.id])
        connection.execute(
            update(membership).where(membership.c.id == mine.id).values(person_id=known.id, ended_at=None)
        )


def end_sign_ins(connection: Connection, memberships: Collection[UUID]) -> None:
    """End the tokens of these memberships that their holders show themselves."""
    connection.execute(delete(sign_in).where(sign_in.c.membership_id.in_(memberships)))
