"""A session for a browser, by password."""

from dataclasses import dataclass

from saas.kit.settings import settings
from saas.tenants.directory import directory
from saas.tenants.identity.by_password import Try, check_still, person_by_password, refuse
from saas.tenants.identity.lockout import forget_failures
from saas.tenants.identity.pending import SECOND_FACTOR, pending_after_password
from saas.tenants.identity.places import places_of
from saas.tenants.identity.policy import Policy, strictest
from saas.tenants.identity.refusals import SsoRequired
from saas.tenants.identity.sessions import Session, session_begin, session_end


@dataclass(frozen=True, slots=True)
class Begun:
    """A session's secret, and what is still to be done before it counts."""

    secret: str
    pending: str | None


def session_by_password(tried: Try, former: Session | None = None) -> Begun:
    """A session of the person with this address and password, in place of the browser's `former` one.

    Unauthenticated where it is not right, CaptchaRequired, SsoRequired where none of their tenants takes passwords.
    """
    shown = person_by_password(tried)
    policies = [place.policy for place in places_of(shown.id)]
    if policies and not strictest(policies).password_allowed:
        refuse(tried, shown.id, "refused", counts=False)
        raise SsoRequired
    pending = pending_after_password(shown.id, policies)
    with directory() as connection:
        check_still(connection, tried, shown)
        if former is not None:
            session_end(connection, former.person_id, former.id)
        id_, secret = session_begin(
            connection,
            shown.id,
            methods=("pwd",),
            pending=pending,
            address=tried.address,
            agent=tried.agent,
            hours=longest_session(policies),
        )
        # Not before the second factor: else guessing codes would begin anew with each right password.
        if shown.has_failed and pending != SECOND_FACTOR:
            forget_failures(connection, shown.id)
        tried.logged(connection, shown.id, "ok", session_id=id_)
    return Begun(secret, pending)


def longest_session(policies: list[Policy]) -> float:
    """Hours that a session of a person of tenants with these policies may last."""
    hours = strictest(policies).session_hours
    return settings().session_hours if hours is None else min(hours, settings().session_hours)
