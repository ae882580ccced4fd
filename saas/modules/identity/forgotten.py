"""A forgotten password: a link by mail to the address that is known, good for half an hour, once."""

from datetime import timedelta

from saas.engine.scope import open_scope
from saas.modules.identity.mail_texts import LANGUAGES
from saas.modules.identity.mails import password_link_send, sign_in_was_changed
from saas.tenants.directory import directory
from saas.tenants.identity.links import Link, LinkKind, link_add, links_since
from saas.tenants.identity.memberships import memberships_of
from saas.tenants.identity.password_set import Unmet
from saas.tenants.identity.people import contact_at
from saas.tenants.identity.policy import policies_of, strictest
from saas.tenants.identity.reset import password_reset
from saas.tenants.people_tables import link

LASTS = timedelta(minutes=30)
_MOST, _WITHIN = 3, timedelta(hours=1)  # mails to one person


def password_forgotten(email: str, language: str) -> None:
    """Send a link to whom the address belongs, if a password lets them in anywhere; nobody is told which it was."""
    person = contact_at(email)
    if person is None:
        return
    places = memberships_of(person.id)
    policies = policies_of([place.tenant.id for place in places])
    if not places or not strictest(policies.values()).password_allowed:
        return
    with open_scope(places[0].tenant, None, write=True) as scope:
        if links_since(scope.directory, scope.now - _WITHIN, link.c.person_id == person.id) >= _MOST:
            return
        chosen = language if language in LANGUAGES else scope.tenant.language
        link_id = link_add(
            scope.directory, LinkKind.PASSWORD, email=person.email, language=chosen, lasts=LASTS, person_id=person.id
        )
        scope.later(password_link_send, link_id=link_id)


def password_chosen(opened: Link, password: str) -> list[Unmet]:
    """Set the password for whom the link was sent to; the rules that it does not meet, and then nothing happened.

    Every session and token of theirs ends, and they are told by mail. NotFound where the link was used meanwhile.
    """
    with directory() as connection:
        wrong = password_reset(connection, opened, password)
    if not wrong and opened.person_id is not None:
        sign_in_was_changed(opened.person_id, "password_changed")
    return wrong
