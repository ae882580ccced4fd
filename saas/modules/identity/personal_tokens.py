"""A person makes tokens for their own scripts, which may do a part of what they may themselves."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from saas.engine.access.tables import ANY
from saas.engine.areas import is_area
from saas.engine.permissions import is_scope
from saas.engine.problem import Problem, ProblemCode, forbidden, not_found
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.modules.identity.people import is_ones_own
from saas.tenants.identity.personal_tokens import (
    PersonalToken,
    personal_token_add,
    personal_tokens_count,
    personal_tokens_of,
)
from saas.tenants.identity.tenant_people import holder_of, person_of, sign_end

LONGEST = timedelta(days=366)
MOST, MOST_SCOPES, LONGEST_NAME = 50, 100, 100


def personal_token_create(
    scope: Scope, name: str, scopes: Sequence[str], expires_at: datetime
) -> tuple[list[Outcome], str]:
    """A token for the actor to this company, and its secret; through an app, within the app's own scopes."""
    place = person_of(scope.tenant.id, scope.actor_id)
    if place is None:
        return [Outcome(problems=[forbidden("Only a person who signs in has tokens of their own.")])], ""
    problems = _problems(scope, name, scopes, expires_at)
    if not problems and personal_tokens_count(scope.directory, place[1]) >= MOST:
        message = f"{MOST} tokens are enough; revoke some first."
        problems = [Problem(ProblemCode.RULE_BROKEN, message, (), rule="too_many_tokens")]
    if problems:
        return [Outcome(problems=problems)], ""
    wanted = sorted(set(scopes))
    id_, token = personal_token_add(scope.directory, place[0], name=name, scopes=wanted, expires_at=expires_at)
    told = {"name": name, "scopes": wanted, "expires_at": expires_at.isoformat(timespec="seconds")}
    scope.act("personalToken.create", str(id_), **told)
    return [Outcome(id=id_, changed=True)], token


def personal_token_revoke(scope: Scope, token_id: UUID) -> list[Outcome]:
    """End a token: one's own, or with identity.update that of anybody in the company."""
    holder = holder_of(scope.tenant.id, token_id, kind="personal")
    if holder is None or holder[0] != scope.actor_id:
        scope.need("identity.update")
    if holder is None or not sign_end(scope.directory, holder[1], token_id):
        return [Outcome(problems=[not_found("There is no such token.", "id")])]
    scope.act("personalToken.revoke", str(token_id), employee=str(holder[0]))
    return [Outcome(id=token_id, changed=True)]


def personal_tokens(scope: Scope) -> list[PersonalToken]:
    """The actor's own tokens to this company; of an app, with identity.read."""
    if not is_ones_own(scope, scope.actor_id):
        scope.need("identity.read")
    place = person_of(scope.tenant.id, scope.actor_id)
    return [] if place is None else personal_tokens_of(place[0])


def covers(held: Collection[str], wanted: str) -> bool:
    """Whether some scope held allows all that the wanted one does; `*:read` does not reach areas."""
    name, _, operation = wanted.partition(":")
    for one, _, to_do in (each.partition(":") for each in held):
        is_of_it = one == name or (one == ANY and (to_do == ANY or not is_area(name)))
        if is_of_it and to_do in (operation, ANY):
            return True
    return False


def _problems(scope: Scope, name: str, scopes: Sequence[str], expires_at: datetime) -> list[Problem]:
    wrong = []
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        wrong.append(_wrong(f"A name has 1 to {LONGEST_NAME} characters in one line.", "name"))
    if not 1 <= len(scopes) <= MOST_SCOPES:
        wrong.append(_wrong(f"A token has 1 to {MOST_SCOPES} scopes.", "scopes"))
    for number, each in enumerate(scopes[:MOST_SCOPES]):
        if not is_scope(each):
            wrong.append(_wrong(f"There is no scope {each[:100]!r}.", "scopes", str(number)))
        elif scope.via.scopes is not None and not covers(scope.via.scopes, each):
            wrong.append(forbidden(f"The app has no scope {each} itself.", "scopes", str(number)))
    if not scope.now < expires_at <= scope.now + LONGEST:
        wrong.append(_wrong("A token ends in the future, within a year.", "expiresAt"))
    return wrong


def _wrong(message: str, *path: str) -> Problem:
    return Problem(ProblemCode.BAD_INPUT, message, path)
