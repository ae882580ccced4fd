"""Taking up an invitation: as somebody whom the directory knows, or as a new person with name and password."""

from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from saas.kit import ids
from saas.kit.clock import now
from saas.kit.errors import Conflict, NotFound
from saas.tenants.directory import AnyRow, directory, tenant_by_id
from saas.tenants.directory_tables import person
from saas.tenants.identity.acts import write_act
from saas.tenants.identity.links import Link, link_use
from saas.tenants.identity.password_set import Unmet, check_password, password_set
from saas.tenants.identity.people import contact_at
from saas.tenants.identity.policy import policy_of
from saas.tenants.identity.reset import policies_for
from saas.tenants.membership import join


def invitation_accept(invitation: Link, person_id: UUID) -> None:
    """Make the signed-in person a member; they must be whom the invitation was sent to.

    NotFound where it was used or revoked meanwhile, Conflict where they sign in there as somebody else already.
    """
    with directory() as connection:
        known = connection.execute(select(person).where(person.c.id == person_id).with_for_update()).one_or_none()
        if known is None or known.email != invitation.email:
            raise Conflict("The invitation was sent to somebody else.", remedy="Sign in with that address.")
        invitation_taken(connection, invitation, known)


def invitation_accept_anew(invitation: Link, name: str, password: str, language: str) -> list[Unmet]:
    """Make a person with this name and password and accept for them; what is wrong with the password otherwise.

    Conflict where the directory knows them with a password: then they sign in instead. Otherwise as above.
    """
    before = contact_at(invitation.email)
    policies = [policy_of(_tenant_id(invitation)), *(policies_for(before.id) if before else ())]
    wrong = check_password(before.id if before else None, password, policies, [invitation.email, name])
    if wrong:
        return wrong
    with directory() as connection:
        made = insert(person).values(
            id=ids.new_id(ids.PERSON), email=invitation.email, name=name, language=language, created_at=now()
        )
        connection.execute(made.on_conflict_do_nothing(index_elements=[person.c.email]))
        query = select(person).where(person.c.email == invitation.email).with_for_update()
        known = connection.execute(query).one()
        if known.password_hash is not None:
            raise Conflict("This person has a password.", remedy="Sign in with it, then accept.")
        password_set(connection, known.id, password)
        invitation_taken(connection, invitation, known)
    return []


def invitation_taken(connection: Connection, invitation: Link, known: AnyRow) -> None:
    """Make this person, who is who was invited, a member; NotFound, Conflict as above."""
    if not link_use(connection, invitation.id) or invitation.principal_id is None:
        raise NotFound("The invitation was used or has ended.", remedy="Ask for another one.")
    tenant = tenant_by_id(_tenant_id(invitation))
    join(connection, tenant, invitation.principal_id, known)
    write_act(
        connection,
        tenant_id=tenant.id,
        actor_id=invitation.principal_id,
        verb="invitation.accept",
        subject=str(invitation.principal_id),
        details={"invitation": str(invitation.id), "email": invitation.email},
    )


def _tenant_id(invitation: Link) -> UUID:
    if invitation.tenant_id is None:
        raise NotFound("The invitation is to no company.")
    return invitation.tenant_id
