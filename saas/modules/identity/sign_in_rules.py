"""The rules of sign-ins that a company sets, within bounds."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from saas.engine.problem import Problem, ProblemCode
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit.text import camel
from saas.tenants.identity.policy import Policy, policy_locked, policy_of, policy_set
from saas.tenants.identity.sso.connections import connections_of

Rule = int | float | bool | str | None
# The least and the most of each rule that is a number.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "password_length": (8, 64),
    "password_classes": (1, 4),
    "password_history": (0, 24),
    "password_days": (1, 3650),
    "session_hours": (0.25, 720),
    "idle_minutes": (1, 43_200),
}
_MAY_BE_ABSENT = ("password_days", "session_hours", "idle_minutes")


def sign_in_policy(scope: Scope) -> Policy:
    """The company's rules; Forbidden without identity.read."""
    scope.need("identity.read")
    return policy_of(scope.tenant.id)


def sign_in_policy_update(scope: Scope, given: Mapping[str, Rule]) -> tuple[list[Outcome], Policy]:
    """Change the rules that are given and leave the others; Forbidden without identity.update. What counts then."""
    scope.need("identity.update")
    problems = [problem for name, value in given.items() if (problem := _problem(name, value)) is not None]
    if given.get("password_allowed") is False and not connections_of(scope.tenant.id):
        message = "Nobody could sign in: no identity provider of your own is in use."
        problems.append(Problem(ProblemCode.RULE_BROKEN, message, ("passwordAllowed",), rule="no_other_way_in"))
    before = policy_locked(scope.directory, scope.tenant.id)
    if problems:
        return [Outcome(problems=problems)], before
    after = replace(before, **given)  # type: ignore[arg-type]  # each value was checked against its rule
    changes = {name: [old, asdict(after)[name]] for name, old in asdict(before).items() if asdict(after)[name] != old}
    if changes:
        policy_set(scope.directory, scope.tenant.id, after)
        scope.act("signInPolicy.update", str(scope.tenant.id), **changes)
    return [Outcome(id=scope.tenant.id, changed=bool(changes))], after


def _problem(name: str, value: Rule) -> Problem | None:
    if value is None:
        return None if name in _MAY_BE_ABSENT else _wrong(name, "may not be null")
    if name in BOUNDS and not isinstance(value, str):
        least, most = BOUNDS[name]
        return None if least <= value <= most else _wrong(name, f"is {least:g} to {most:g}")
    return None


def _wrong(name: str, what: str) -> Problem:
    return Problem(ProblemCode.BAD_INPUT, f"{camel(name)} {what}.", (camel(name),))
