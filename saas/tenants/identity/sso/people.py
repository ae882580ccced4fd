"""Who somebody is here whom a provider vouches for.

They are known by (issuer, subject) alone. Somebody unknown is taken for a person of ours only where the tenant showed
the domain of the address to be its own, and where that person was let in to this very tenant with it before; nobody who
belongs elsewhere is taken over (decision 0032).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection as Transaction
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from saas.kit import ids
from saas.kit.clock import now
from saas.kit.errors import Conflict, Forbidden, NotFound
from saas.tenants.directory import tenant_by_id
from saas.tenants.directory_tables import membership, person
from saas.tenants.identity.accept import invitation_taken
from saas.tenants.identity.links import Link, LinkKind, links_open
from saas.tenants.identity.sso.connections import Connection
from saas.tenants.identity.sso.domains import is_own_address
from saas.tenants.membership import folded, is_address, join
from saas.tenants.people_tables import link
from saas.tenants.sso_tables import outside_identity

_MFA = frozenset(
    (
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "https://refeds.org/profile/mfa",
        "phr",
        "phrh",
    )
)


class Reason(StrEnum):
    """Why somebody with a good answer of their provider does not get in, as the pages name it."""

    NO_ADDRESS = "sso_no_address"
    OTHER_DOMAIN = "sso_other_domain"
    UNKNOWN = "sso_unknown"
    SHUT_OUT = "sso_shut_out"
    ELSEWHERE = "sso_elsewhere"
    LINKED_OTHERWISE = "sso_linked_otherwise"
    OTHER_ADDRESS = "sso_other_address"


class NotLetIn(Forbidden):
    """Nobody of ours, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The identity provider's account is nobody's here: {reason}.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody as a provider describes them. `email` only where the provider does not say that it is unproven."""

    subject: str
    email: str | None
    name: str
    session: str | None
    has_second_factor: bool
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Who that is here. Without `person_id` it is somebody new; without `principal_id` they have no place here yet.

    invitation  which they take up by signing in: it was sent to this very address
    """

    person_id: UUID | None
    principal_id: UUID | None
    email: str
    invitation: Link | None = None


def outside_from(claims: Mapping[str, Any]) -> Outside:
    """What the claims of an ID token say about somebody."""
    email, verified = claims.get("email"), claims.get("email_verified", True)
    is_proven = isinstance(email, str) and is_address(email) and verified in (True, "true")
    name, session, methods = claims.get("name"), claims.get("sid"), claims.get("amr")
    return Outside(
        subject=claims["sub"],
        email=folded(email) if is_proven and isinstance(email, str) else None,
        name=name.strip()[:200] if isinstance(name, str) else "",
        session=session[:200] if isinstance(session, str) else None,
        has_second_factor=(isinstance(methods, list) and "mfa" in methods) or str(claims.get("acr")) in _MFA,
        claims=claims,
    )


def find(transaction: Transaction, connection: Connection, outside: Outside) -> Found:
    """Who signs in; NotLetIn with the reason where nobody may. What decides is held until the transaction ends."""
    known = _known(transaction, connection, outside.subject)
    if known is not None:
        return _member(transaction, connection, known)
    email = _own_address(transaction, connection, outside)
    row = _person_by(transaction, person.c.email == email)
    if row is None:
        return _newcomer(transaction, connection, None, email)
    place = _place(transaction, connection, row.id)
    if place is None:
        is_wanted = connection.just_in_time or _invitation(transaction, connection, email)
        raise NotLetIn(Reason.ELSEWHERE if is_wanted else Reason.UNKNOWN)
    _check_unlinked(transaction, connection, row.id)
    return _member(transaction, connection, row.id)


def find_linking(transaction: Transaction, connection: Connection, outside: Outside, person_id: UUID) -> Found:
    """Who is linked: somebody who has signed in here already and asks for it. NotLetIn where it may not be."""
    known = _known(transaction, connection, outside.subject)
    if known not in (None, person_id):
        raise NotLetIn(Reason.LINKED_OTHERWISE)
    row = _person_by(transaction, person.c.id == person_id)
    if row is None or _own_address(transaction, connection, outside) != row.email:
        raise NotLetIn(Reason.OTHER_ADDRESS)
    if known is None:
        _check_unlinked(transaction, connection, person_id)
    if _place(transaction, connection, person_id) is None:
        return _newcomer(transaction, connection, person_id, row.email)
    return _member(transaction, connection, person_id)


def check_place(transaction: Transaction, connection: Connection, principal_id: UUID) -> None:
    """NotLetIn where this employee has a sign-in of somebody else, or had one that was taken away."""
    taken = membership.c.tenant_id == connection.tenant_id, membership.c.principal_id == principal_id
    if transaction.execute(select(membership.c.id).where(*taken)).first() is not None:
        raise NotLetIn(Reason.SHUT_OUT)


def settle(
    transaction: Transaction, connection: Connection, outside: Outside, found: Found, principal_id: UUID
) -> UUID:
    """Write down who that is, as this employee; the person's id.

    NotLetIn where somebody was quicker: all that was found out before is asked of the database once more by its keys.
    """
    moment = now()
    person_id = found.person_id or ids.new_id(ids.PERSON)
    if found.person_id is None:
        new = {"id": person_id, "email": found.email, "name": outside.name or found.email, "created_at": moment}
        made = insert(person).values(new).on_conflict_do_nothing(index_elements=[person.c.email])
        if transaction.execute(made.returning(person.c.id)).first() is None:
            raise NotLetIn(Reason.ELSEWHERE)
    if found.principal_id is None:
        _join(transaction, connection, found, person_id, principal_id)
    identity = {"connection_id": connection.id, "issuer": connection.issuer, "subject": outside.subject}
    given = insert(outside_identity).values(**identity, person_id=person_id, seen_at=moment, created_at=moment)
    transaction.execute(given.on_conflict_do_nothing())
    mine = [outside_identity.c[name] == value for name, value in identity.items()]
    seen = update(outside_identity).where(*mine, outside_identity.c.person_id == person_id).values(seen_at=moment)
    if not transaction.execute(seen).rowcount:
        raise NotLetIn(Reason.LINKED_OTHERWISE)
    return person_id


def _join(transaction: Transaction, connection: Connection, found: Found, person_id: UUID, principal_id: UUID) -> None:
    """Their place here, by their invitation or else a new one."""
    known = transaction.execute(select(person).where(person.c.id == person_id).with_for_update()).one()
    try:
        if found.invitation is not None:
            invitation_taken(transaction, found.invitation, known)
        else:
            check_place(transaction, connection, principal_id)
            join(transaction, tenant_by_id(connection.tenant_id), principal_id, known)
    except (NotFound, Conflict) as error:
        raise NotLetIn(Reason.SHUT_OUT) from error


def person_known_as(transaction: Transaction, connection: Connection, subject: str) -> UUID | None:
    """The person who is called so by the connection's provider."""
    return _known(transaction, connection, subject)


def _known(transaction: Transaction, connection: Connection, subject: str) -> UUID | None:
    identity = {"connection_id": connection.id, "issuer": connection.issuer, "subject": subject}
    mine = [outside_identity.c[name] == value for name, value in identity.items()]
    return transaction.execute(select(outside_identity.c.person_id).where(*mine)).scalar_one_or_none()


def _own_address(transaction: Transaction, connection: Connection, outside: Outside) -> str:
    if outside.email is None:
        raise NotLetIn(Reason.NO_ADDRESS)
    if not is_own_address(transaction, connection.tenant_id, outside.email):
        raise NotLetIn(Reason.OTHER_DOMAIN)
    return outside.email


def _person_by(transaction: Transaction, which: Any) -> Any:
    return transaction.execute(select(person.c.id, person.c.email).where(which).with_for_update()).one_or_none()


def _place(transaction: Transaction, connection: Connection, person_id: UUID) -> Any:
    """The person's place in the tenant, also one that was taken away."""
    mine = membership.c.tenant_id == connection.tenant_id, membership.c.person_id == person_id
    return transaction.execute(select(membership).where(*mine).with_for_update()).one_or_none()


def _newcomer(transaction: Transaction, connection: Connection, person_id: UUID | None, email: str) -> Found:
    invitation = _invitation(transaction, connection, email)
    if invitation is None and not connection.just_in_time:
        raise NotLetIn(Reason.UNKNOWN)
    return Found(person_id, None, email, invitation)


def _invitation(transaction: Transaction, connection: Connection, email: str) -> Link | None:
    """The open invitation to this tenant that was sent to the address last."""
    sent = link.c.kind == LinkKind.INVITATION.value, link.c.tenant_id == connection.tenant_id, link.c.email == email
    return next(iter(links_open(transaction, *sent)), None)


def _member(transaction: Transaction, connection: Connection, person_id: UUID) -> Found:
    """Somebody who has a place here, with an address for which the provider may vouch."""
    row, place = _person_by(transaction, person.c.id == person_id), _place(transaction, connection, person_id)
    if row is None or place is None or place.ended_at is not None:
        raise NotLetIn(Reason.SHUT_OUT)
    if not is_own_address(transaction, connection.tenant_id, row.email):
        raise NotLetIn(Reason.OTHER_DOMAIN)
    return Found(person_id, place.principal_id, row.email)


def _check_unlinked(transaction: Transaction, connection: Connection, person_id: UUID) -> None:
    """An address may have gone to another employee of theirs since: whoever was first keeps the account."""
    mine = outside_identity.c.connection_id == connection.id, outside_identity.c.person_id == person_id
    ours = select(outside_identity.c.subject).where(*mine, outside_identity.c.issuer == connection.issuer)
    if transaction.execute(ours).first() is not None:
        raise NotLetIn(Reason.LINKED_OTHERWISE)
