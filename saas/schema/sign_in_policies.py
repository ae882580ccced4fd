"""The rules of sign-ins in the API."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.write.outcome import Outcome
from saas.modules.identity.sign_in_rules import BOUNDS, sign_in_policy, sign_in_policy_update
from saas.schema.handmade import Problem
from saas.schema.operation import Operation
from saas.schema.sharing import done
from saas.tenants.identity.policy import Captcha, Policy


def _within(name: str) -> str:
    least, most = BOUNDS[name]
    return f"{least:g} to {most:g}"


# What each rule says, once for the type and once for its input.
_TOLD = {
    "password_length": f"Least characters of a password, {_within('password_length')}.",
    "password_classes": "Of small letters, capitals, digits and others, how many kinds a password has, 1 to 4.",
    "password_history": f"How many former passwords may not come back, {_within('password_history')}.",
    "password_days": f"Days after which a new password is due, {_within('password_days')}; null: never.",
    "password_allowed": "False: people come in through the company's own identity provider only.",
    "captcha": "When the sign-in page asks for the letters of a picture.",
    "second_factor": "Whether who signs in by password needs a second factor.",
    "session_hours": f"Longest session on the pages in hours, {_within('session_hours')}; null: as the operator says.",
    "idle_minutes": f"Minutes without use after which a session ends, {_within('idle_minutes')}; null: never.",
}


@strawberry.type(description="What the company demands of sign-ins. A person of several meets the strictest of each.")
class SignInPolicy:
    password_length: int = strawberry.field(description=_TOLD["password_length"])
    password_classes: int = strawberry.field(description=_TOLD["password_classes"])
    password_history: int = strawberry.field(description=_TOLD["password_history"])
    password_days: int | None = strawberry.field(description=_TOLD["password_days"])
    password_allowed: bool = strawberry.field(description=_TOLD["password_allowed"])
    captcha: Captcha = strawberry.field(description=_TOLD["captcha"])
    second_factor: bool = strawberry.field(description=_TOLD["second_factor"])
    session_hours: float | None = strawberry.field(description=_TOLD["session_hours"])
    idle_minutes: int | None = strawberry.field(description=_TOLD["idle_minutes"])


@strawberry.input(description="Rules to change; what is absent stays as it is.")
class SignInPolicyUpdateInput:
    password_length: int | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["password_length"])
    password_classes: int | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["password_classes"])
    password_history: int | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["password_history"])
    password_days: int | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["password_days"])
    password_allowed: bool | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["password_allowed"])
    captcha: Captcha | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["captcha"])
    second_factor: bool | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["second_factor"])
    session_hours: float | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["session_hours"])
    idle_minutes: int | None = strawberry.field(default=strawberry.UNSET, description=_TOLD["idle_minutes"])


@strawberry.type(description="What became of a change of the rules.")
class SignInPolicyPayload:
    id: strawberry.ID | None = strawberry.field(description="The company; null if and only if nothing was done.")
    sign_in_policy: SignInPolicy | None = strawberry.field(description="The rules as they are now.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


Wanted = Annotated[SignInPolicyUpdateInput, strawberry.argument(description="Which rules to change.")]


def _told(policy: Policy) -> SignInPolicy:
    return SignInPolicy(**{name: getattr(policy, name) for name in _TOLD})


def _policy(info: Info) -> SignInPolicy | None:
    return _told(sign_in_policy(info.context.scope))


def _update(info: Info, input: Wanted) -> SignInPolicyPayload | None:
    given = {name: getattr(input, name) for name in _TOLD}
    given = {name: value for name, value in given.items() if value is not strawberry.UNSET}
    policies: list[Policy] = []

    def work(on: Operation) -> list[Outcome]:
        outcomes, policy = sign_in_policy_update(on.scope, given)
        policies.append(policy)
        return outcomes

    id_, problems = done(info, work)
    told = _told(policies[-1]) if id_ is not None else None
    return SignInPolicyPayload(id=id_, sign_in_policy=told, problems=problems)


@strawberry.type(description="Looking at the rules of sign-ins.")
class SignInPolicyQuery:
    sign_in_policy: SignInPolicy | None = strawberry.field(
        resolver=_policy, description="What the company demands of sign-ins. Needs `identity.read`."
    )


@strawberry.type(description="Changing the rules of sign-ins.")
class SignInPolicyMutation:
    sign_in_policy_update: SignInPolicyPayload | None = strawberry.mutation(
        resolver=_update, description="Change rules of sign-ins. Needs `identity.update`."
    )
