"""Who lost telephone and recovery codes alike is helped by the operator, whom the person shows who they are."""

from sqlalchemy import select

from saas.kit.errors import NotFound
from saas.tenants.directory import directory
from saas.tenants.directory_tables import membership
from saas.tenants.identity.acts import write_act
from saas.tenants.identity.people import contact_at
from saas.tenants.identity.second_factor import second_factor_end, second_factor_of
from saas.tenants.identity.sessions import sessions_end


def second_factor_reset(email: str, *, dry_run: bool = False) -> bool:
    """Turn the person's second factor off and end their sessions; False where they have none. NotFound for nobody.

    It is written down in each of their companies. None of their administrators can do it: the person may belong to
    others, whose rules it would weaken.
    """
    person = contact_at(email)
    if person is None:
        raise NotFound(f"Nobody signs in as {email!r}.", remedy="Give the address by which they sign in.")
    if not second_factor_of(person.id).is_on:
        return False
    if dry_run:
        return True
    with directory() as connection:
        second_factor_end(connection, person.id)
        sessions_end(connection, person.id)
        mine = membership.c.person_id == person.id, membership.c.ended_at.is_(None)
        for place in connection.execute(select(membership.c.tenant_id, membership.c.principal_id).where(*mine)):
            write_act(
                connection,
                tenant_id=place.tenant_id,
                actor_id=None,
                verb="secondFactor.reset",
                subject=str(place.principal_id),
            )
    return True
