"""Notifications as the API tells them: words, facts, and the records behind them."""

from collections.abc import Iterable, Sequence
from typing import Any

from saas.engine.field import Label
from saas.engine.notifications.kinds import kind_named
from saas.engine.notifications.listing import Notification
from saas.engine.notifications.records import records_behind
from saas.engine.registry import objects
from saas.engine.scope import Scope
from saas.engine.selection import Picked

Told = dict[str, Any]
_THING = Label("Record", "记录"), Label("Records", "记录")


def notifications_told(scope: Scope, found: Sequence[Notification], picked: Iterable[Picked]) -> list[Told]:
    """What a document asks of each, the records of all read together, with the rights of now."""
    asked = list(picked)
    about = {each.record_id for each in found if each.record_id}
    by = {each.actor_id for each in found if each.actor_id}
    records = records_behind(scope, [each for each in asked if each.name == "record"], about)
    actors = records_behind(scope, [each for each in asked if each.name == "by"], by)
    return [
        {
            "id": str(each.id),
            "kind": each.kind,
            "object": each.object,
            "count": each.count,
            "facts": [{"name": name, "value": str(value)} for name, value in each.facts.items()],
            "createdAt": each.created_at,
            "readAt": each.read_at,
            "record": records.get(each.record_id) if each.record_id else None,
            "by": actors.get(each.actor_id) if each.actor_id else None,
            "_notification": each,
        }
        for each in found
    ]


def label_of(told: Told, language: str) -> str:
    """What the kind of a notification is called."""
    kind = kind_named(told["kind"])
    return str(told["kind"]) if kind is None else kind.label.in_language(language)


def sentence_of(told: Told, language: str) -> str | None:
    """What a notification says; None where this release no longer knows its kind."""
    each: Notification = told["_notification"]
    kind = kind_named(each.kind)
    if kind is None:
        return None
    one = next((one.record.facts for one in objects() if one.name == each.object), None)
    labels = _THING if one is None else (one.label, one.plural)
    return kind.sentence(language, each.count, each.facts, *labels)
