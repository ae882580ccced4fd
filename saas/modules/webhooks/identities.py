"""In whose name a webhook is sent: with their rights of the moment at which it is sent, and never with more."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from saas.engine.access.compile import profile_of
from saas.engine.access.profile import Profile
from saas.engine.access.tables import SYSTEM_PRINCIPAL, Access, RowScope, principal
from saas.engine.problem import Problem, forbidden, not_found
from saas.engine.registry import ObjectType, objects
from saas.engine.scope import Scope, Via
from saas.kit.errors import Forbidden


def as_actor(scope: Scope, actor_id: UUID, scopes: Sequence[str] | None) -> Scope:
    """The same transaction in the name of another; it is for reading. Forbidden where they no longer work here."""
    version = scope.session.execute(sa.text("SELECT policy_version FROM stamp")).scalar_one()
    profile = profile_of(scope.session, scope.tenant, actor_id, version)
    via = Via(scopes=None if scopes is None else frozenset(scopes))
    return replace(scope, profile=profile.narrowed(via.scopes), via=via)


def running_as_problems(scope: Scope, actor_id: UUID) -> list[Problem]:
    """Why the actor may not have anything sent in this name; none: they may.

    Their own, always. That of another person or app only where they read themselves, wholly, whatever the other reads:
    else a webhook would be a way to read more than one may.
    """
    if actor_id == scope.actor_id:
        return []
    known = sa.select(principal.c.kind).where(principal.c.id == actor_id, principal.c.is_active)
    if actor_id == SYSTEM_PRINCIPAL or scope.session.execute(known).one_or_none() is None:
        return [not_found("Nobody with this id works here.", "runsAsId")]
    other = as_actor(scope, actor_id, None).profile
    beyond = next((one for one in objects() if _reads(other, one) and not _reads_wholly(scope.profile, one)), None)
    if beyond is None:
        return []
    message = f"They may read of {beyond.plural} what you may not, or not for sure: have it sent in your own name."
    return [forbidden(message, "runsAsId")]


def need_name(scope: Scope, actor_id: UUID, scopes: Sequence[str] | None) -> None:
    """Forbidden unless the actor may have things sent in this name, bounded by these scopes of OAuth.

    Who changes an endpoint decides what leaves; so an app does not touch what its person made to send more.
    """
    own = scope.via.scopes
    if actor_id == scope.actor_id and own is not None and (scopes is None or not own.issuperset(scopes)):
        raise Forbidden("It sends more than this app may see.", remedy="Change it without the app.")
    if problems := running_as_problems(scope, actor_id):
        raise Forbidden(problems[0].message, remedy="Pause or delete it, and make one in your own name.")


def is_here(scope: Scope, actor_id: UUID) -> bool:
    """Whether they still work here, or are still installed."""
    known = sa.select(principal.c.is_active).where(principal.c.id == actor_id)
    return bool(scope.session.execute(known).scalar_one_or_none())


def _reads(profile: Profile, one: ObjectType) -> bool:
    return profile.may(f"{one.rights}.read")


def _reads_wholly(profile: Profile, one: ObjectType) -> bool:
    """Whether some role of theirs lets them read every record, and every field of it."""
    names = {one.name, *([one.lines.name] if one.lines else [])}
    limited = {role for (role, name, _), of in profile.limits.items() if name in names and _hides(of.values())}
    granting = profile.granting(one.rights, "read")
    return any(reach is RowScope.ALL and role not in limited for role, reach in granting)


def _hides(levels: Iterable[Access]) -> bool:
    return any(level < Access.READ for level in levels)
