"""Personal access tokens in the API."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types import Info

from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.modules.identity.personal_tokens import (
    LONGEST_NAME,
    MOST,
    personal_token_create,
    personal_token_revoke,
    personal_tokens,
)
from saas.schema.handmade import Problem
from saas.schema.operation import Operation
from saas.schema.sharing import done
from saas.tenants.identity.personal_tokens import PersonalToken as Kept


@strawberry.input(description="A token to be made.")
class PersonalTokenCreateInput:
    name: str = strawberry.field(description=f"What it is for, 1 to {LONGEST_NAME} characters.")
    scopes: list[str] = strawberry.field(
        description="What it may be used for, such as customer:read, customer:* or *:read; never more than you may."
    )
    expires_at: datetime = strawberry.field(description="When it ends, within a year.")


@strawberry.type(description="A token of a person for their own scripts; it itself is shown once, when it is made.")
class PersonalToken:
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="What it is for.")
    scopes: list[str] = strawberry.field(description="What it may be used for.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it ends.")


@strawberry.type(description="What became of the wish for a token.")
class PersonalTokenCreatePayload:
    id: strawberry.ID | None = strawberry.field(description="The token's id; null if and only if there is none.")
    token: str | None = strawberry.field(description="The token itself. Keep it now: it is not shown again.")
    problems: list[Problem] = strawberry.field(description="Why there is none.")


@strawberry.type(description="What became of the wish to end a token.")
class PersonalTokenRevokePayload:
    id: strawberry.ID | None = strawberry.field(description="The token; null if and only if nothing was done.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


Wanted = Annotated[PersonalTokenCreateInput, strawberry.argument(description="Which token.")]
TokenId = Annotated[strawberry.ID, strawberry.argument(description="Which token.")]


def token_told(kept: Kept) -> PersonalToken:
    return PersonalToken(
        id=strawberry.ID(str(kept.id)),
        name=kept.name,
        scopes=list(kept.scopes),
        created_at=kept.created_at,
        expires_at=kept.expires_at,
    )


def _tokens(info: Info) -> list[PersonalToken] | None:
    return [token_told(kept) for kept in personal_tokens(info.context.scope)]


def _create(info: Info, input: Wanted) -> PersonalTokenCreatePayload | None:
    secrets: list[str] = []

    def work(on: Operation) -> list[Outcome]:
        outcomes, token = personal_token_create(on.scope, input.name, input.scopes, input.expires_at)
        secrets.append(token)
        return outcomes

    id_, problems = done(info, work)
    return PersonalTokenCreatePayload(id=id_, token=None if id_ is None else secrets[-1], problems=problems)


def _revoke(info: Info, id: TokenId) -> PersonalTokenRevokePayload | None:
    id_, problems = done(info, lambda on: personal_token_revoke(on.scope, ids.parse_id(id)))
    return PersonalTokenRevokePayload(id=id_, problems=problems)


@strawberry.type(description="Looking at one's tokens.")
class PersonalTokenQuery:
    personal_tokens: list[PersonalToken] | None = strawberry.field(
        resolver=_tokens,
        description="One's own tokens to this company, the latest first; apps need `identity.read`.",
    )


@strawberry.type(description="Making and ending tokens.")
class PersonalTokenMutation:
    personal_token_create: PersonalTokenCreatePayload | None = strawberry.mutation(
        resolver=_create,
        description=f"Make a token for one's own scripts; a person has at most {MOST}. Through an app it gets no scope"
        " that the app has not.",
    )
    personal_token_revoke: PersonalTokenRevokePayload | None = strawberry.mutation(
        resolver=_revoke,
        description="End a token: one's own, or with `identity.update` that of anybody in the company.",
    )
