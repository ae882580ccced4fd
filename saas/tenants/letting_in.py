"""Letting a person in to a tenant, as an operator does: with a password, or with the one that they have."""

from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from saas.kit.clock import now
from saas.kit.errors import BadInput, Conflict
from saas.kit.ids import PERSON, new_id
from saas.tenants.directory import AnyRow, directory
from saas.tenants.directory_tables import membership, person
from saas.tenants.identity.password_set import check_password, password_set
from saas.tenants.identity.policy import policies_of
from saas.tenants.membership import folded, is_address, join
from saas.tenants.passwords import is_right
from saas.tenants.tenant import Tenant

_PLACES = select(membership.c.tenant_id).where(
    membership.c.person_id == bindparam("person_id"), membership.c.ended_at.is_(None)
)


def let_in(tenant: Tenant, principal_id: UUID, email: str, password: str | None, name: str) -> None:
    """Let a person sign in as this principal. Done twice it changes nothing; without a password the old one stays."""
    address = folded(email)
    if not is_address(email):
        raise BadInput(f"{email!r} is not an e-mail address.", path=("email",))
    with directory() as connection:
        connection.execute(
            insert(person)
            .values(id=new_id(PERSON), email=address, name=name, created_at=now())
            .on_conflict_do_nothing(index_elements=[person.c.email])
        )
        known = connection.execute(select(person).where(person.c.email == address).with_for_update()).one()
        if password is not None and not (known.password_hash and is_right(password, known.password_hash)):
            _set_password(connection, known, tenant, password, name)
        join(connection, tenant, principal_id, known)


def _set_password(connection: Connection, known: AnyRow, tenant: Tenant, password: str, name: str) -> None:
    elsewhere = select(membership.c.id).where(
        membership.c.person_id == known.id, membership.c.tenant_id != tenant.id, membership.c.ended_at.is_(None)
    )
    if known.password_hash is not None and connection.execute(elsewhere).first() is not None:
        # Else any tenant's administrator could take over a person of another tenant.
        raise Conflict(
            f"{known.email} signs in to other tenants too, with a password of their own.",
            remedy="Leave the password out: they keep theirs.",
            path=("password",),
        )
    places = list(connection.execute(_PLACES, {"person_id": known.id}).scalars())
    policies = policies_of({tenant.id, *places}).values()
    unmet = check_password(known.id, password, policies, [known.email, known.name, name, tenant.name, tenant.slug])
    if unmet:
        raise BadInput(" ".join(each.sentence for each in unmet), path=("password",))
    password_set(connection, known.id, password)
