"""A person changes their own password in a session of theirs."""

from dataclasses import dataclass

from saas.kit.errors import NotFound
from saas.tenants.directory import directory
from saas.tenants.identity.by_password import Try, check_still, person_by_password
from saas.tenants.identity.password_set import Unmet, check_password, password_set
from saas.tenants.identity.people import Contact, contact_of
from saas.tenants.identity.places import Place, places_of
from saas.tenants.identity.policy import Policy, strictest
from saas.tenants.identity.sessions import Session, session_renew


@dataclass(frozen=True, slots=True)
class Asked:
    """Who changes a password, and the rules that a new one must meet."""

    person: Contact
    rules: Policy
    names: tuple[str, ...]


def asked_for_password(session: Session) -> Asked:
    """The person of the session with the strictest rules of their tenants."""
    person = contact_of(session.person_id)
    if person is None:
        raise NotFound("This person is gone.")
    places: list[Place] = places_of(person.id)
    names = (person.name, person.email, *(name for place in places for name in (place.tenant.name, place.tenant.slug)))
    return Asked(person, strictest(place.policy for place in places), names)


def password_change(session: Session, current: str, new: str, *, address: str, agent: str) -> str | list[Unmet]:
    """The session's new secret, or the rules that the new password does not meet.

    Unauthenticated where the current one is wrong, which counts as a failed sign-in does.
    """
    asked = asked_for_password(session)
    # The session says already that a person is there; the letters of a picture would tell nothing more.
    tried = Try(asked.person.email, current, address, agent, captcha=True)
    shown = person_by_password(tried)
    unmet = check_password(shown.id, new, [asked.rules], asked.names)
    if unmet:
        return unmet
    with directory() as connection:
        check_still(connection, tried, shown)
        password_set(connection, shown.id, new, keep=session.id)
        return session_renew(connection, session.id, pending=None)
