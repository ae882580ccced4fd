"""In which of a person's companies an app may act for them, and whether their sign-in is enough there."""

from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from saas.tenants.identity.enough import is_enough
from saas.tenants.identity.memberships import Membership, memberships_of
from saas.tenants.identity.policy import policy_of
from saas.tenants.identity.sessions import Session
from saas.tenants.oauth.agreements import OF_PEOPLE
from saas.tenants.oauth.apps import App
from saas.tenants.oauth.installations import Installation, installations_among


@dataclass(frozen=True, slots=True)
class Place:
    """A company of the person where the app is installed. `missing` is what their sign-in lacks there yet."""

    membership: Membership
    installation: Installation
    missing: str | None

    def granted(self, scopes: frozenset[str]) -> frozenset[str]:
        """Those of the scopes that count there: what the company grants, and what is the person's own to give."""
        return scopes & (self.installation.scopes | OF_PEOPLE)


@dataclass(frozen=True, slots=True)
class Choice:
    """The place, or why there is none: several to choose from, or none where the app is installed."""

    place: Place | None
    is_open: bool


def place_for(app: App, session: Session, slug: str | None) -> Choice:
    """Where the app may act for this person: in the company called `slug`, or in the only one there is."""
    mine = [each for each in memberships_of(session.person_id) if slug in (None, each.tenant.slug)]
    found: dict[UUID, Installation] = installations_among(app.id, [each.tenant.id for each in mine]) if mine else {}
    places = [each for each in mine if each.tenant.id in found]
    if len(places) != 1:
        return Choice(None, is_open=bool(places))
    (one,) = places
    missing = is_enough(session, policy_of(one.tenant.id), one.tenant.id)
    return Choice(Place(one, found[one.tenant.id], missing), is_open=False)


def tenants_path(onward_to: str) -> str:
    """The page on which a person chooses the company."""
    return f"/account/tenants?continue={quote(onward_to, safe='')}"


def missing_path(place: Place, onward_to: str) -> str:
    """The page on which a person does what their sign-in lacks at this place."""
    if place.missing == "second_factor":
        return f"/account/second-factor?continue={quote(onward_to, safe='')}"
    return f"/sso?continue={quote(onward_to, safe='')}"
