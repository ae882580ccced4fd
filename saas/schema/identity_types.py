"""People, sessions and logs of sign-in as the API tells them."""

from datetime import datetime
from enum import Enum

import strawberry

from saas.schema.handmade import Problem, described_enum
from saas.tenants.identity.policy import Captcha
from saas.tenants.identity.tenant_log import Act, Try
from saas.tenants.identity.tenant_people import Member, OpenSign


class SessionKind(Enum):
    """What an open sign-in is."""

    BROWSER = "browser"
    PASSWORD = "password"  # noqa: S105  # a kind of token, no secret
    OPERATOR = "operator"
    PERSONAL = "personal"


class SignInOutcome(Enum):
    """What became of a try to sign in."""

    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"
    CAPTCHA = "captcha"
    SECOND_FACTOR_WRONG = "second_factor_wrong"
    REFUSED = "refused"


described_enum(
    SessionKind,
    "SessionKind",
    "What an open sign-in is.",
    {
        "BROWSER": "A session on the pages, good for all companies of the person; apps were let in through it.",
        "PASSWORD": "A token that was given for e-mail and password.",
        "OPERATOR": "A token that the operator made.",
        "PERSONAL": "A personal access token.",
    },
)
described_enum(
    SignInOutcome,
    "SignInOutcome",
    "What became of a try to sign in.",
    {
        "OK": "They got in, or a step of it was right.",
        "WRONG": "E-mail or password was wrong.",
        "LOCKED": "It was not looked at, for too many were wrong before.",
        "CAPTCHA": "The letters of the picture were missing or wrong.",
        "SECOND_FACTOR_WRONG": "The code of the second factor was wrong.",
        "REFUSED": "It was right, but the company's rules do not let them in so.",
    },
)
described_enum(
    Captcha,
    "CaptchaRule",
    "When the sign-in page asks for the letters of a picture.",
    {
        "NEVER": "Never.",
        "AFTER_FAILURES": "After wrong passwords.",
        "ALWAYS": "At every sign-in.",
    },
)


@strawberry.type(description="Somebody who signs in to the company, or did.")
class SignInPerson:
    id: strawberry.ID = strawberry.field(description="Of their place in the company, for `after`.")
    employee_id: strawberry.ID = strawberry.field(description="As whom they act; an app has an identity of its own.")
    email: str = strawberry.field(description="The address by which they sign in.")
    name: str = strawberry.field(description="What they call themselves.")
    active: bool = strawberry.field(description="Whether they can sign in now.")
    since: datetime = strawberry.field(description="Since when they could.")
    ended_at: datetime | None = strawberry.field(description="When it was ended; null while they are active.")
    has_password: bool = strawberry.field(description="Whether they have a password.")
    second_factor: bool = strawberry.field(description="Whether they have set up a second factor.")
    last_sign_in_at: datetime | None = strawberry.field(
        description="When they signed in last, while they belonged to this company; null: not yet."
    )


@strawberry.type(description="Some of the people.")
class SignInPeople:
    nodes: list[SignInPerson] = strawberry.field(description="In the order in which they came.")
    has_next_page: bool = strawberry.field(description="Whether there are more; go on after the last one.")


@strawberry.type(description="An open sign-in.")
class SignInSession:
    id: strawberry.ID = strawberry.field(description="Its id, for `sessionEnd`.")
    kind: SessionKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="What its holder called it; empty for most.")
    address: str = strawberry.field(description="The network address at which it began; empty for tokens.")
    agent: str = strawberry.field(description="What the browser called itself; empty for tokens.")
    methods: list[str] = strawberry.field(description="How they showed who they are: pwd, otp, recovery, sso.")
    created_at: datetime = strawberry.field(description="When it began.")
    seen_at: datetime | None = strawberry.field(description="When it was used last, to the minute; null: not known.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")


@strawberry.type(description="A try to sign in.")
class SignInTry:
    id: strawberry.ID = strawberry.field(description="Its id, for `after`.")
    at: datetime = strawberry.field(description="When.")
    employee_id: strawberry.ID | None = strawberry.field(description="Who; null where nobody here has the address.")
    email: str = strawberry.field(description="The address as it was given.")
    outcome: SignInOutcome = strawberry.field(description="What became of it.")
    method: str = strawberry.field(description="By which step: pwd, otp, recovery, sso.")
    address: str = strawberry.field(description="From which network address.")
    agent: str = strawberry.field(description="What the browser or program called itself.")


@strawberry.type(description="Some of the log, the latest first.")
class SignInLog:
    nodes: list[SignInTry] = strawberry.field(description="The tries.")
    has_next_page: bool = strawberry.field(description="Whether there are more; go on after the last one.")


@strawberry.type(description="Something that was done to the company's identity: people, sessions, rules, apps.")
class IdentityAct:
    id: strawberry.ID = strawberry.field(description="Its id, for `after`.")
    at: datetime = strawberry.field(description="When.")
    actor_id: strawberry.ID | None = strawberry.field(description="Who did it; null: the operator.")
    app_id: strawberry.ID | None = strawberry.field(description="Through which app; null: none.")
    verb: str = strawberry.field(description="What was done, such as session.end.")
    subject: str = strawberry.field(description="To what: an id.")
    details: str = strawberry.field(description="More of it, in JSON; never a secret.")


@strawberry.type(description="Some of the acts, the latest first.")
class IdentityActs:
    nodes: list[IdentityAct] = strawberry.field(description="The acts.")
    has_next_page: bool = strawberry.field(description="Whether there are more; go on after the last one.")


@strawberry.type(description="What became of the end of a session.")
class SessionEndPayload:
    id: strawberry.ID | None = strawberry.field(description="The session; null if and only if nothing was done.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


def person_told(one: Member) -> SignInPerson:
    return SignInPerson(
        id=strawberry.ID(str(one.id)),
        employee_id=strawberry.ID(str(one.principal_id)),
        email=one.email,
        name=one.name,
        active=one.ended_at is None,
        since=one.created_at,
        ended_at=one.ended_at,
        has_password=one.has_password,
        second_factor=one.second_factor,
        last_sign_in_at=one.last_sign_in_at,
    )


def session_told(one: OpenSign) -> SignInSession:
    return SignInSession(
        id=strawberry.ID(str(one.id)),
        kind=SessionKind(one.kind),
        name=one.name,
        address=one.address,
        agent=one.agent,
        methods=list(one.methods),
        created_at=one.created_at,
        seen_at=one.seen_at,
        expires_at=one.expires_at,
    )


def try_told(one: Try) -> SignInTry:
    return SignInTry(
        id=strawberry.ID(str(one.id)),
        at=one.at,
        employee_id=None if one.principal_id is None else strawberry.ID(str(one.principal_id)),
        email=one.email,
        outcome=SignInOutcome(one.outcome),
        method=one.method,
        address=one.address,
        agent=one.agent,
    )


def act_told(one: Act, details: str) -> IdentityAct:
    return IdentityAct(
        id=strawberry.ID(str(one.id)),
        at=one.at,
        actor_id=None if one.actor_id is None else strawberry.ID(str(one.actor_id)),
        app_id=None if one.app_id is None else strawberry.ID(str(one.app_id)),
        verb=one.verb,
        subject=one.subject,
        details=details,
    )
