"""Choosing a new password through a link that was mailed: whoever knew the old one is out."""

from uuid import UUID

from sqlalchemy import Connection, select

from saas.kit.errors import NotFound
from saas.tenants.directory_tables import membership, person
from saas.tenants.identity.links import Link, link_use, links_end
from saas.tenants.identity.password_set import Unmet, check_password, password_set
from saas.tenants.identity.places import places_of
from saas.tenants.identity.policy import Policy
from saas.tenants.identity.sessions import sessions_end
from saas.tenants.membership import access_end
from saas.tenants.people_tables import link


def password_reset(connection: Connection, opened: Link, password: str) -> list[Unmet]:
    """Set the password of the link's person and end all their sessions and tokens; what is wrong with it otherwise.

    NotFound where the link was used meanwhile.
    """
    person_id = opened.person_id
    known = connection.execute(select(person).where(person.c.id == person_id).with_for_update()).one_or_none()
    if person_id is None or known is None:
        raise _gone()
    wrong = check_password(person_id, password, policies_for(person_id), [known.email, known.name])
    if wrong:
        return wrong
    if not link_use(connection, opened.id):
        raise _gone()
    password_set(connection, person_id, password)
    links_end(connection, link.c.person_id == person_id)
    return []


def out_everywhere(connection: Connection, person_id: UUID) -> None:
    """End all sessions of the person, and all tokens: their own and those of apps."""
    sessions_end(connection, person_id)
    places = connection.execute(select(membership.c.id).where(membership.c.person_id == person_id)).scalars()
    access_end(connection, list(places))


def policies_for(person_id: UUID) -> list[Policy]:
    """The policies of all companies of the person, of those too that are suspended now."""
    return [place.policy for place in places_of(person_id)]


def _gone() -> NotFound:
    return NotFound("The link was used or has ended.", remedy="Ask for another one.")
