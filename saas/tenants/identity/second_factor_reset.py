"""Who lost telephone and recovery codes alike is helped by the operator, whom the person shows who they are."""

from uuid import UUID

from sqlalchemy import Connection, select

from saas.tenants.directory_tables import membership
from saas.tenants.identity.acts import write_act
from saas.tenants.identity.second_factor import second_factor_end


def second_factor_reset(connection: Connection, person_id: UUID) -> None:
    """Turn the person's second factor off, which is written down in each of their companies.

    None of their administrators can do it: the person may belong to others, whose rules it would weaken.
    """
    second_factor_end(connection, person_id)
    mine = membership.c.person_id == person_id, membership.c.ended_at.is_(None)
    for place in connection.execute(select(membership.c.tenant_id, membership.c.principal_id).where(*mine)):
        write_act(
            connection,
            tenant_id=place.tenant_id,
            actor_id=None,
            verb="secondFactor.reset",
            subject=str(place.principal_id),
        )
