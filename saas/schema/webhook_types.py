"""How webhooks, and what was sent by them, are told in the API."""

from datetime import datetime
from typing import Any

import strawberry

from saas.kit import ids
from saas.modules.webhooks.administration import LONGEST_NAME, MOST_IN_A_BATCH
from saas.modules.webhooks.endpoints import Endpoint as Kept
from saas.modules.webhooks.log import Attempt, Delivery
from saas.modules.webhooks.tables import DeliveryState, EndpointState, SkipReason, StateReason
from saas.schema.handmade import Problem, described_enum

described_enum(
    EndpointState,
    "WebhookState",
    "Whether anything is sent.",
    {
        "ACTIVE": "Events are sent.",
        "PAUSED": "Nothing is sent until it is resumed; what happens meanwhile is sent then.",
        "SWITCHED_OFF": "It failed for too long, or the receiver is gone; likewise.",
    },
)
described_enum(
    StateReason,
    "WebhookStateReason",
    "Why nothing is sent.",
    {
        "BY_HAND": "An administrator paused it.",
        "IDENTITY_LEFT": "The person or app in whose name it is sent is here no longer.",
        "DOCUMENT_UNFIT": "Its document does not fit any more: fields or rights that it needs are gone.",
        "GONE": "The receiver answered 410: it is gone for good.",
        "FAILING": "Not one message arrived for three days.",
    },
)
described_enum(
    DeliveryState,
    "WebhookDeliveryState",
    "What became of a message.",
    {
        "WAITING": "It is still to be sent, or to be tried again.",
        "DELIVERED": "The receiver took it.",
        "FAILED": "The last try failed; it can be sent once more.",
        "SKIPPED": "There was nothing to send.",
    },
)
described_enum(
    SkipReason,
    "WebhookSkipReason",
    "Why there was nothing to send.",
    {
        "OUT_OF_SIGHT": "The one in whose name it is sent may not see the record, or nothing of what was changed.",
        "FILTERED": "The filter of the document leaves it out, or the webhook asks for such events no longer.",
        "BY_HAND": "An administrator left it out.",
    },
)


@strawberry.type(description="Where events of your company are sent, and in whose name.")
class Webhook:
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="What it is for.")
    url: str = strawberry.field(description="Where it is sent.")
    events: list[str] = strawberry.field(description="Events and patterns: `customer.created`, `customer.*`, `*`.")
    document: str | None = strawberry.field(description="Subscriptions that choose what is said; null: ids only.")
    batch_size: int = strawberry.field(description="How many events a message holds at most.")
    skip_own: bool = strawberry.field(description="Whether changes by the one in whose name it is sent are left out.")
    header_names: list[str] = strawberry.field(description="The headers of one's own; their values are not shown.")
    runs_as_id: strawberry.ID = strawberry.field(description="The person or app in whose name, with whose rights.")
    scopes: list[str] | None = strawberry.field(description="OAuth scopes that bound those; null: none do.")
    created_by_id: strawberry.ID = strawberry.field(description="Who made it, and is told when it stops.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    state: EndpointState = strawberry.field(description="Whether anything is sent.")
    reason: StateReason | None = strawberry.field(description="Why not; null while it is active.")
    reason_detail: str | None = strawberry.field(description="More of that, where there is more.")
    state_since: datetime = strawberry.field(description="Since when it is in that state.")
    former_secret_until: datetime | None = strawberry.field(description="Until when the former secret signs too.")
    failing_since: datetime | None = strawberry.field(
        description="Since when every try failed; null: the last did not, or nothing waits."
    )
    failures: int = strawberry.field(description="How many tries failed since then.")
    next_try_at: datetime | None = strawberry.field(description="Nothing is sent before; null: no pause is on.")
    delivered_at: datetime | None = strawberry.field(description="When a message arrived last.")


@strawberry.type(description="Some of the webhooks.")
class Webhooks:
    nodes: list[Webhook] = strawberry.field(description="In the order in which they were made.")
    has_next_page: bool = strawberry.field(description="Whether there are more; go on after the last one.")


@strawberry.type(description="A try of a message.")
class WebhookAttempt:
    id: strawberry.ID = strawberry.field(description="Its id.")
    at: datetime = strawberry.field(description="When.")
    status: int | None = strawberry.field(description="What the receiver answered; null: nothing usable.")
    ms: int = strawberry.field(description="How many milliseconds it took.")
    answer: str | None = strawberry.field(description="The first 2 KB of what it said.")
    error: str | None = strawberry.field(description="Why there was no usable answer.")


@strawberry.type(description="One change that was, is or will be told to one webhook.")
class WebhookDelivery:
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: int = strawberry.field(description="Its place in the order of this webhook, for `after`.")
    message_id: str = strawberry.field(description="Its `webhook-id`, at each try; in a batch the `id` beside it.")
    event: str = strawberry.field(description="The event, as `type` in the body.")
    object: str = strawberry.field(description="Which object was changed.")
    record_id: strawberry.ID = strawberry.field(description="Which record.")
    at: datetime = strawberry.field(description="When it was changed.")
    request_id: str | None = strawberry.field(description="The id of the request that changed it, as logs have it.")
    state: DeliveryState = strawberry.field(description="What became of it.")
    reason: SkipReason | None = strawberry.field(description="Why it was skipped.")
    attempts: int = strawberry.field(description="How often it was tried, since it was told to be sent last.")
    last_error: str | None = strawberry.field(description="What went wrong at the last try.")
    ended_at: datetime | None = strawberry.field(description="When it was delivered, given up or skipped.")
    tries: list[WebhookAttempt] = strawberry.field(description="The latest twenty tries, the last one first.")


@strawberry.type(description="Some of the log, the latest first.")
class WebhookDeliveries:
    nodes: list[WebhookDelivery] = strawberry.field(description="The deliveries.")
    has_next_page: bool = strawberry.field(description="Whether there are more; go on after the last one's number.")


@strawberry.input(description="A header of one's own, such as a key that a gateway asks for.")
class WebhookHeaderInput:
    name: str = strawberry.field(description="Its name; what Atrium sets itself is refused.")
    value: str = strawberry.field(description="Its value, printable ASCII; it is kept encrypted and never shown.")


@strawberry.input(description="A webhook to be made.")
class WebhookCreateInput:
    name: str = strawberry.field(description=f"What it is for, 1 to {LONGEST_NAME} characters.")
    url: str = strawberry.field(description="An https:// address that answers itself: no redirect is followed.")
    events: list[str] = strawberry.field(
        description="Events and patterns: `customer.created`, `opportunity.won`, `customer.*`, `*.deleted`, `*`."
    )
    document: str | None = strawberry.field(
        default=None,
        description="Subscriptions such as `subscription { customerChanged { kind customer { name } } }`, one an"
        " object, which choose what is said. Without one: object, id, version, kind and changedFields.",
    )
    batch_size: int = strawberry.field(
        default=1, description=f"More than 1, up to {MOST_IN_A_BATCH}: messages are batches of so many events at most."
    )
    skip_own: bool = strawberry.field(
        default=False, description="Leave out what the one in whose name it is sent does: no loops."
    )
    headers: list[WebhookHeaderInput] = strawberry.field(default_factory=list, description="Headers of one's own.")
    runs_as_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="In whose name it is sent; null: yours. That of another only where you may read, wholly, whatever"
        " they may read.",
    )


@strawberry.input(description="What to change of a webhook; what is absent stays.")
class WebhookUpdateInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What it is for.")
    url: str | None = strawberry.field(default=strawberry.UNSET, description="Where it is sent.")
    events: list[str] | None = strawberry.field(default=strawberry.UNSET, description="All events and patterns.")
    document: str | None = strawberry.field(default=strawberry.UNSET, description="What chooses; null clears.")
    batch_size: int | None = strawberry.field(default=strawberry.UNSET, description="Events in a message.")
    skip_own: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether its own are left out.")
    headers: list[WebhookHeaderInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All headers of one's own, with their values."
    )
    runs_as_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In whose name.")


@strawberry.input(description="Which deliveries are looked for; all of it together.")
class WebhookDeliveryFilter:
    states: list[DeliveryState] | None = strawberry.field(default=None, description="In one of these states.")
    event: str | None = strawberry.field(default=None, description="Of this event.")
    record_id: strawberry.ID | None = strawberry.field(default=None, description="Of this record.")
    since: datetime | None = strawberry.field(default=None, description="Changed not before this moment.")
    until: datetime | None = strawberry.field(default=None, description="Changed not after this moment.")
    text: str | None = strawberry.field(
        default=None, description="In the event's name, the message's id, an error, or what a receiver said."
    )


@strawberry.type(description="What became of it.")
class WebhookPayload:
    id: strawberry.ID | None = strawberry.field(description="The webhook; null if and only if nothing was done.")
    webhook: Webhook | None = strawberry.field(description="As it is now; null where it is gone.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


@strawberry.type(description="What became of it.")
class WebhookSecretPayload:
    id: strawberry.ID | None = strawberry.field(description="The webhook; null if and only if nothing was done.")
    webhook: Webhook | None = strawberry.field(description="As it is now.")
    secret: str | None = strawberry.field(
        description="The secret that verifies what it sends, `whsec_…`. Keep it now: it is not shown again."
    )
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


@strawberry.type(description="What came back when a sample was sent.")
class WebhookTestPayload:
    id: strawberry.ID | None = strawberry.field(description="The webhook; null if and only if nothing was sent.")
    delivered: bool = strawberry.field(description="Whether the receiver took it.")
    status: int | None = strawberry.field(description="What the receiver answered; null: nothing usable.")
    ms: int | None = strawberry.field(description="How many milliseconds it took.")
    answer: str | None = strawberry.field(description="The first 2 KB of what it said.")
    error: str | None = strawberry.field(description="Why there was no usable answer.")
    problems: list[Problem] = strawberry.field(description="Why nothing was sent.")


@strawberry.type(description="What became of deliveries.")
class WebhookDeliveriesPayload:
    id: strawberry.ID | None = strawberry.field(description="The webhook; null if and only if nothing was done.")
    count: int = strawberry.field(description="How many deliveries it was.")
    problems: list[Problem] = strawberry.field(description="Why nothing was done.")


@strawberry.type(description="What would be sent of a record.")
class WebhookDryRun:
    body: str | None = strawberry.field(description="The body, in JSON; null: nothing, as its filter leaves it out.")


_TOLD_ALIKE = (
    *("name", "url", "events", "document", "batch_size", "skip_own", "scopes", "created_at"),
    *("updated_at", "state", "reason", "reason_detail", "state_since", "former_secret_until", "failing_since"),
    *("failures", "delivered_at"),
)


def webhook_told(kept: Kept) -> Webhook:
    return Webhook(
        id=strawberry.ID(str(kept.id)),
        runs_as_id=strawberry.ID(str(kept.actor_id)),
        created_by_id=strawberry.ID(str(kept.created_by)),
        next_try_at=kept.next_at,
        header_names=sorted(kept.own_headers),
        **{name: getattr(kept, name) for name in _TOLD_ALIKE},
    )


def delivery_told(kept: Delivery) -> WebhookDelivery:
    alike = ("number", "message_id", "event", "object", "at", "request_id", "state", "reason", "attempts")
    return WebhookDelivery(
        id=strawberry.ID(str(kept.id)),
        record_id=strawberry.ID(str(kept.record_id)),
        tries=[_attempt_told(each) for each in kept.tries],
        last_error=kept.last_error,
        ended_at=kept.ended_at,
        **{name: getattr(kept, name) for name in alike},
    )


def _attempt_told(kept: Attempt) -> WebhookAttempt:
    return WebhookAttempt(
        id=strawberry.ID(str(kept.id)),
        at=kept.at,
        status=kept.status,
        ms=kept.ms,
        answer=kept.answer,
        error=kept.error,
    )


def values_from(input: WebhookCreateInput | WebhookUpdateInput) -> dict[str, Any]:
    """What was given, by the names of `Wanted`."""
    given = {name: value for name, value in vars(input).items() if value is not strawberry.UNSET}
    # A null clears nothing here but the document: it is as if it were absent.
    given = {name: value for name, value in given.items() if value is not None or name == "document"}
    if "events" in given:
        given["events"] = tuple(given["events"])
    if "headers" in given:
        given["headers"] = {each.name: each.value for each in given["headers"]}
    if "runs_as_id" in given:
        given["runs_as"] = ids.parse_id(given.pop("runs_as_id"))
    return given
