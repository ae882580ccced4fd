"""Webhooks in the API: where events are sent, what became of them, and trying it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types import Info

from saas.engine.scope import Scope
from saas.engine.write.outcome import Outcome
from saas.kit import ids
from saas.kit.errors import BadInput
from saas.modules.webhooks import administration, endpoints
from saas.modules.webhooks.log import Sought, deliveries, webhook_deliveries_skip, webhook_redeliver
from saas.modules.webhooks.outcomes import Tried
from saas.modules.webhooks.switching import webhook_pause, webhook_resume
from saas.modules.webhooks.trying import webhook_dry_run, webhook_test
from saas.schema.paging import First, check_page
from saas.schema.sharing import done
from saas.schema.webhook_types import (
    Webhook,
    WebhookCreateInput,
    WebhookDeliveries,
    WebhookDeliveriesPayload,
    WebhookDeliveryFilter,
    WebhookDryRun,
    WebhookPayload,
    Webhooks,
    WebhookSecretPayload,
    WebhookTestPayload,
    WebhookUpdateInput,
    delivery_told,
    values_from,
    webhook_told,
)

Id = Annotated[strawberry.ID, strawberry.argument(description="Which webhook.")]
New = Annotated[WebhookCreateInput, strawberry.argument(description="The webhook.")]
Changes = Annotated[WebhookUpdateInput, strawberry.argument(description="What becomes different.")]
After = Annotated[strawberry.ID | None, strawberry.argument(description="Only those after this one.")]
AfterNumber = Annotated[int | None, strawberry.argument(description="Only those before this number.")]
Hours = Annotated[int, strawberry.argument(description="How long the former secret signs beside it yet.")]
Event = Annotated[str, strawberry.argument(description="An event, such as `customer.created`.")]
SomeEvent = Annotated[str | None, strawberry.argument(description="Which; absent: one that it asks for.")]
Document = Annotated[str | None, strawberry.argument(description="As a webhook would have it; absent: ids only.")]
Record = Annotated[strawberry.ID, strawberry.argument(description="Of which record.")]
SomeRecord = Annotated[strawberry.ID | None, strawberry.argument(description="Of which; absent: the newest in sight.")]
Sifted = Annotated[WebhookDeliveryFilter | None, strawberry.argument(description="Only those; absent: all.")]
DeliveryIds = Annotated[list[strawberry.ID], strawberry.argument(description="Which deliveries.")]
SomeDeliveryIds = Annotated[list[strawberry.ID] | None, strawberry.argument(description="Which deliveries.")]
Since = Annotated[datetime | None, strawberry.argument(description="All that failed since; instead of ids.")]


def _payload(info: Info, work: Callable[[Scope], list[Outcome]]) -> WebhookPayload:
    id_, problems = done(info, lambda on: work(on.scope))
    return WebhookPayload(id=id_, webhook=_now(info, id_), problems=problems)


def _secret_payload(info: Info, work: Callable[[Scope], tuple[list[Outcome], str]]) -> WebhookSecretPayload:
    secrets: list[str] = []

    def attempt(scope: Scope) -> list[Outcome]:
        outcomes, secret = work(scope)
        secrets.append(secret)
        return outcomes

    id_, problems = done(info, lambda on: attempt(on.scope))
    secret = None if id_ is None else secrets[-1]
    if secret is not None:
        info.context.secrets.append(secret)
    return WebhookSecretPayload(id=id_, webhook=_now(info, id_), secret=secret, problems=problems)


def _now(info: Info, id_: strawberry.ID | None) -> Webhook | None:
    """As whoever may manage webhooks, but not look at them, does not see it."""
    scope = info.context.scope
    found = None if id_ is None or not scope.profile.may(endpoints.READ) else endpoints.endpoint_seen(scope, UUID(id_))
    return None if found is None else webhook_told(found)


def _create(info: Info, input: New) -> WebhookSecretPayload | None:
    wanted = administration.Wanted(**values_from(input))
    return _secret_payload(info, lambda scope: administration.webhook_create(scope, wanted))


def _update(info: Info, id: Id, input: Changes) -> WebhookPayload | None:
    return _payload(info, lambda scope: administration.webhook_update(scope, ids.parse_id(id), values_from(input)))


def _delete(info: Info, id: Id) -> WebhookPayload | None:
    return _payload(info, lambda scope: administration.webhook_delete(scope, ids.parse_id(id)))


def _pause(info: Info, id: Id) -> WebhookPayload | None:
    return _payload(info, lambda scope: webhook_pause(scope, ids.parse_id(id)))


def _resume(info: Info, id: Id) -> WebhookPayload | None:
    return _payload(info, lambda scope: webhook_resume(scope, ids.parse_id(id)))


def _rotate(info: Info, id: Id, keep_former_hours: Hours = 24) -> WebhookSecretPayload | None:
    return _secret_payload(
        info, lambda on: administration.webhook_rotate_secret(on, ids.parse_id(id), keep_former_hours)
    )


def _test(info: Info, id: Id, event: SomeEvent = None, record_id: SomeRecord = None) -> WebhookTestPayload | None:
    told: list[Tried | None] = []

    def work(scope: Scope) -> list[Outcome]:
        _need_alone(info)
        outcomes, tried = webhook_test(scope, ids.parse_id(id), event, _id(record_id))
        told.append(tried)
        return outcomes

    id_, problems = done(info, lambda on: work(on.scope))
    tried = told[-1] if told and id_ is not None else None
    if tried is None:
        nothing = dict.fromkeys(("status", "ms", "answer", "error"))
        return WebhookTestPayload(id=None, delivered=False, problems=problems, **nothing)
    return WebhookTestPayload(
        id=id_,
        delivered=tried.is_good,
        status=tried.status,
        ms=tried.ms,
        answer=tried.answer or None,
        error=tried.error or None,
        problems=problems,
    )


def _need_alone(info: Info) -> None:
    """It waits for a server outside: nothing may have been written before that, or others wait with it."""
    if len(info.context.document.pick_roots(info.operation.selection_set)) > 1:
        raise BadInput("A test stands beside nothing else in its mutation.", remedy="Ask for it alone.")
    if info.context.is_once:
        raise BadInput("A test has no Idempotency-Key.", remedy="Leave it out: a second test does no harm.")


def _counted(info: Info, work: Callable[[Scope], tuple[list[Outcome], int]]) -> WebhookDeliveriesPayload:
    counts = [0]

    def attempt(scope: Scope) -> list[Outcome]:
        outcomes, count = work(scope)
        counts.append(count)
        return outcomes

    id_, problems = done(info, lambda on: attempt(on.scope))
    return WebhookDeliveriesPayload(id=id_, count=counts[-1] if id_ else 0, problems=problems)


def _redeliver(
    info: Info, id: Id, delivery_ids: SomeDeliveryIds = None, since: Since = None
) -> WebhookDeliveriesPayload | None:
    chosen = None if delivery_ids is None else [ids.parse_id(each) for each in delivery_ids]
    return _counted(info, lambda scope: webhook_redeliver(scope, ids.parse_id(id), chosen, since))


def _skip(info: Info, id: Id, delivery_ids: DeliveryIds) -> WebhookDeliveriesPayload | None:
    chosen = [ids.parse_id(each) for each in delivery_ids]
    return _counted(info, lambda scope: webhook_deliveries_skip(scope, ids.parse_id(id), chosen))


def _webhooks(info: Info, first: First = 50, after: After = None) -> Webhooks | None:
    check_page(first, 0)
    found = endpoints.endpoints(info.context.scope, first + 1, _id(after))
    return Webhooks(nodes=[webhook_told(each) for each in found[:first]], has_next_page=len(found) > first)


def _webhook(info: Info, id: Id) -> Webhook | None:
    found = endpoints.endpoint_seen(info.context.scope, ids.parse_id(id))
    return None if found is None else webhook_told(found)


def _deliveries(
    info: Info, id: Id, filter: Sifted = None, first: First = 50, after: AfterNumber = None
) -> WebhookDeliveries | None:
    check_page(first, 0)
    given = filter or WebhookDeliveryFilter()
    states = None if given.states is None else [each.value for each in given.states]
    sought = Sought(states, given.event, _id(given.record_id), given.since, given.until, given.text)
    found = deliveries(info.context.scope, ids.parse_id(id), sought, first + 1, after)
    return WebhookDeliveries(nodes=[delivery_told(each) for each in found[:first]], has_next_page=len(found) > first)


def _dry_run(info: Info, event: Event, record_id: Record, document: Document = None) -> WebhookDryRun | None:
    trial = webhook_dry_run(info.context.scope, document, event, ids.parse_id(record_id))
    return WebhookDryRun(body=None if trial.body is None else trial.body.decode())


def _id(given: str | None) -> UUID | None:
    return None if given is None else ids.parse_id(given)


@strawberry.type(description="Looking at webhooks.")
class WebhookQuery:
    webhooks: Webhooks | None = strawberry.field(
        resolver=_webhooks, description="Where your company's events are sent; needs `webhook.read`."
    )
    webhook: Webhook | None = strawberry.field(
        resolver=_webhook, description="One of them; null where there is none with this id. Needs `webhook.read`."
    )
    webhook_deliveries: WebhookDeliveries | None = strawberry.field(
        resolver=_deliveries,
        description="What a webhook was sent in the last thirty days, and what waits. Needs `webhook.read`.",
    )
    webhook_dry_run: WebhookDryRun | None = strawberry.field(
        resolver=_dry_run,
        description="What a webhook with this document would send of a record, with your own rights; nothing is sent."
        " Needs `webhook.manage`.",
    )


@strawberry.type(description="Administering webhooks; all of it needs `webhook.manage`.")
class WebhookMutation:
    webhook_create: WebhookSecretPayload | None = strawberry.mutation(
        resolver=_create, description="Send events to one more place, from now on."
    )
    webhook_update: WebhookPayload | None = strawberry.mutation(
        resolver=_update, description="Change a webhook; what waits is sent as it is by then."
    )
    webhook_delete: WebhookPayload | None = strawberry.mutation(
        resolver=_delete, description="Send there no more, and forget what was sent."
    )
    webhook_pause: WebhookPayload | None = strawberry.mutation(
        resolver=_pause, description="Send nothing until it is resumed."
    )
    webhook_resume: WebhookPayload | None = strawberry.mutation(
        resolver=_resume, description="Go on where it stopped, with all that happened since."
    )
    webhook_rotate_secret: WebhookSecretPayload | None = strawberry.mutation(
        resolver=_rotate, description="Give it a new secret; messages are signed with both for some hours."
    )
    webhook_test: WebhookTestPayload | None = strawberry.mutation(
        resolver=_test,
        description="Send a sample of an event now, and tell what came back. It is no delivery. Alone in its mutation.",
    )
    webhook_redeliver: WebhookDeliveriesPayload | None = strawberry.mutation(
        resolver=_redeliver,
        description="Send deliveries once more, with the ids that they have: these, or all that failed since a moment.",
    )
    webhook_deliveries_skip: WebhookDeliveriesPayload | None = strawberry.mutation(
        resolver=_skip, description="Leave out deliveries that wait: what waits behind them goes."
    )
