"""Reading notifications in the API, and choosing which ones one wants."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.export.wish import Language
from saas.engine.notifications.kinds import NotificationKind, notification_kinds
from saas.engine.notifications.listing import count_unread
from saas.engine.notifications.marking import kinds_off, mark_all_read, mark_read, switch_kinds
from saas.engine.problem import Problem as EngineProblem
from saas.engine.read.request import DEFAULT_COUNT, MAX_FIRST
from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit import ids as kit_ids
from saas.kit.errors import BadInput
from saas.schema.handmade import Problem
from saas.schema.operation import Operation
from saas.schema.sharing import done

Ids = Annotated[list[strawberry.ID], strawberry.argument(description=f"Notifications of yours, at most {MAX_FIRST}.")]
Kind = Annotated[str | None, strawberry.argument(description="Only those of this kind; absent: all.")]
InLanguage = Annotated[Language | None, strawberry.argument(description="In which language; the company's if absent.")]


@strawberry.type(description="What became of the wish to mark notifications.")
class NotificationsPayload:
    count: int | None = strawberry.field(
        description="How many are marked otherwise than before; null: nothing was done."
    )
    unread_count: int | None = strawberry.field(description=f"How many are unread, up to {DEFAULT_COUNT:,}.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="Whether you want a kind of notifications.")
class NotificationSettingInput:
    kind: str = strawberry.field(description="The kind, as `notificationSettings` lists it.")
    is_on: bool = strawberry.field(description="Whether you are told.")


def _label(self: "NotificationSetting", info: Info, language: InLanguage = None) -> str | None:
    return self.engine.label.in_language(language or info.context.scope.tenant.language)


def _to(self: "NotificationSetting", info: Info, language: InLanguage = None) -> str | None:
    return self.engine.to.in_language(language or info.context.scope.tenant.language)


@strawberry.type(description="A kind of notifications, and whether you want it.")
class NotificationSetting:
    kind: str | None = strawberry.field(description="Its name, for programs.")
    label: str | None = strawberry.field(resolver=_label, description="What it is called.")
    to: str | None = strawberry.field(resolver=_to, description="Who gets it.")
    is_on: bool | None = strawberry.field(description="Whether you are told.")
    engine: strawberry.Private[NotificationKind]


@strawberry.type(description="What became of the wish to choose kinds of notifications.")
class NotificationSettingsPayload:
    settings: list[NotificationSetting] | None = strawberry.field(description="All kinds; null: nothing was done.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


Settings = Annotated[list[NotificationSettingInput], strawberry.argument(description="Those that change.")]


def _settings(info: Info) -> list[NotificationSetting] | None:
    off = kinds_off(info.context.scope)
    return [
        NotificationSetting(kind=kind.name, is_on=kind.name not in off, engine=kind) for kind in notification_kinds()
    ]


def _read(info: Info, ids: Ids) -> NotificationsPayload | None:
    return _marked(info, lambda scope: mark_read(scope, _parsed(ids), read=True))


def _unread(info: Info, ids: Ids) -> NotificationsPayload | None:
    return _marked(info, lambda scope: mark_read(scope, _parsed(ids), read=False))


def _read_all(info: Info, kind: Kind = None) -> NotificationsPayload | None:
    return _marked(info, lambda scope: mark_all_read(scope, kind))


def _settings_update(info: Info, settings: Settings) -> NotificationSettingsPayload | None:
    def work(operation: Operation) -> list[Outcome]:
        problem = switch_kinds(operation.scope, {each.kind: each.is_on for each in settings})
        return [_outcome(operation.scope, problem)]

    id_, problems = done(info, work)
    return NotificationSettingsPayload(settings=None if id_ is None else _settings(info), problems=problems)


def _parsed(given: list[strawberry.ID]) -> list[UUID]:
    if len(given) > MAX_FIRST:
        raise BadInput(f"At most {MAX_FIRST} ids at once, not {len(given)}.", path=("ids",))
    return [kit_ids.parse_id(each) for each in given]


def _marked(info: Info, mark: Callable[[Scope], int | EngineProblem]) -> NotificationsPayload:
    marked: list[int] = []

    def work(operation: Operation) -> list[Outcome]:
        found = mark(operation.scope)
        if isinstance(found, EngineProblem):
            return [_outcome(operation.scope, found)]
        marked.append(found)
        return [_outcome(operation.scope, None)]

    id_, problems = done(info, work)
    if id_ is None:
        return NotificationsPayload(count=None, unread_count=None, problems=problems)
    return NotificationsPayload(
        count=marked[0], unread_count=min(count_unread(info.context.scope), 10_000), problems=[]
    )


def _outcome(scope: Scope, problem: EngineProblem | None) -> Outcome:
    """Of something that is no record: who did it stands for it."""
    return Outcome(id=scope.actor_id, changed=True) if problem is None else Outcome(problems=[problem])


@strawberry.type(description="Choosing notifications.")
class NotificationQuery:
    notification_settings: list[NotificationSetting] | None = strawberry.field(
        resolver=_settings, description="Every kind of notifications, and whether you want it."
    )


@strawberry.type(description="Reading notifications.")
class NotificationMutation:
    notification_read: NotificationsPayload | None = strawberry.mutation(
        resolver=_read, description="You have read these; nothing is done where one is not yours."
    )
    notification_unread: NotificationsPayload | None = strawberry.mutation(
        resolver=_unread, description="You want to see these as unread again."
    )
    notification_read_all: NotificationsPayload | None = strawberry.mutation(
        resolver=_read_all, description="You have read all that you were told until now."
    )
    notification_settings_update: NotificationSettingsPayload | None = strawberry.mutation(
        resolver=_settings_update, description="Be told of a kind, or no longer; what was told stays."
    )
