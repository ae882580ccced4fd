"""Notifications: the list of one's own, and being told of new ones."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from saas.engine.live.notifications import NotificationsAdded
from saas.engine.notifications.listing import CONNECTION, NotificationPage, WantedNotifications, read_notifications
from saas.engine.notifications.told import Told, label_of, notifications_told, sentence_of
from saas.engine.read.request import DEFAULT_COUNT, DEFAULT_FIRST, MAX_FIRST, page_request
from saas.engine.selection import Picked
from saas.schema.derive.connections import connection_fields, list_of
from saas.schema.derive.words import Words, by_key
from saas.schema.handmade import Count
from saas.schema.operation import Info, Operation
from saas.schema.scalars import DATE_TIME


class Notifications:
    """Their types, made once a schema."""

    def __init__(self, words: Words) -> None:
        self._words = words

    @cached_property
    def type(self) -> GraphQLObjectType:
        return GraphQLObjectType(
            "Notification", self._fields, description="Something that you are told; only you see it."
        )

    def _fields(self) -> dict[str, GraphQLField]:
        in_language = GraphQLArgument(
            self._words.type_named("Language"), description="In which language; the company's if absent."
        )
        fact = GraphQLObjectType(
            "NotificationFact",
            {
                "name": _field(GraphQLNonNull(GraphQLString), "name", "Its name, such as `run_id` or `state`."),
                "value": _field(GraphQLNonNull(GraphQLString), "value", "An id, a code or a number, as text."),
            },
            description="One of the ids, codes and numbers that a notification tells.",
        )
        node = self._words.node
        return {
            "id": _field(GraphQLNonNull(GraphQLID), "id", "Its id."),
            "kind": _field(GraphQLString, "kind", "Its kind, for programs; `notificationSettings` lists all."),
            "label": GraphQLField(
                GraphQLString, args={"language": in_language}, resolve=_label, description="What its kind is called."
            ),
            "text": GraphQLField(
                GraphQLString,
                args={"language": in_language},
                resolve=_text,
                description="What it says, without the title of the record; null for a kind of former days.",
            ),
            "object": _field(GraphQLString, "object", "The object that it is about, as rights spell it."),
            "record": _field(node, "record", "The record as it is now, the first of them; null if out of sight."),
            "count": _field(GraphQLInt, "count", "Of how many records it tells; 1 where it is about none."),
            "by": _field(node, "by", "By whose doing; null for the company itself, and for who is out of sight."),
            "facts": _field(list_of(fact), "facts", "What it tells besides; nothing that is written in a record."),
            "createdAt": _field(DATE_TIME, "createdAt", "When it was told first."),
            "readAt": _field(DATE_TIME, "readAt", "When you read it; null: not yet, or something came to it since."),
        }

    def queries(self) -> dict[str, GraphQLField]:
        """`notifications`."""
        connection = GraphQLObjectType(CONNECTION, self._connection, description="A page of your notifications.")
        size = f"How many, {DEFAULT_FIRST} if absent, at most {MAX_FIRST}."
        arguments = {
            "unread": GraphQLArgument(GraphQLBoolean, description="Only unread ones, or only read ones; absent: all."),
            "kind": GraphQLArgument(GraphQLString, description="Only those of this kind."),
            "first": GraphQLArgument(GraphQLInt, description=size),
            "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
        }
        about = "What you are told, the newest first. It is kept for 180 days."
        return {"notifications": GraphQLField(connection, args=arguments, resolve=_notifications, description=about)}

    def subscriptions(self) -> dict[str, GraphQLField]:
        """`notificationAdded`."""
        after = GraphQLArgument(GraphQLString, description="Go on after this cursor, without a gap; absent: now.")
        added = GraphQLObjectType(
            "NotificationAddition",
            {
                "notification": GraphQLField(self.type, description="What you are told."),
                "unreadCount": GraphQLField(GraphQLInt, description=f"How many are unread, up to {DEFAULT_COUNT:,}."),
                "cursor": GraphQLField(GraphQLNonNull(GraphQLString), description="Where to go on after this one."),
            },
            description="A notification that was added.",
        )
        return {
            "notificationAdded": GraphQLField(
                added,
                args={"after": after},
                resolve=_event,
                description="What you are told, as it comes; one that more records came to is told again.",
                extensions={"source": lambda _arguments: NotificationsAdded()},
            )
        }

    def _connection(self) -> dict[str, GraphQLField]:
        most = GraphQLArgument(GraphQLInt, default_value=DEFAULT_COUNT, description="Count so far.")
        about = "How many you have not read, in this list or not."
        unread = GraphQLField(
            GraphQLNonNull(self._words.type_named("Count")),
            args={"max": most},
            resolve=_unread_count,
            description=about,
        )
        return connection_fields(self._words, "Notification", self.type, "notification") | {"unreadCount": unread}


def _event(event: Any, _info: Any, **_arguments: Any) -> Any:
    """An event is the root of its own answer."""
    return event


def _field(type_: Any, name: str, description: str) -> GraphQLField:
    return GraphQLField(type_, resolve=by_key(name), description=description)


def _notifications(
    _root: Any, info: Info, unread: bool | None = None, kind: str | None = None, **arguments: Any
) -> NotificationPage:
    operation: Operation = info.context
    picked = operation.document.pick(info.field_nodes)
    asked = WantedNotifications(page_request(arguments), unread, kind).add(picked)
    page = read_notifications(operation.scope, asked)
    return replace(page, nodes=notifications_told(operation.scope, page.nodes, _of_each(picked)))


def _of_each(picked: list[Picked]) -> Iterator[Picked]:
    """What is asked of each notification, in nodes and in edges."""
    for one in picked:
        if one.name == "nodes":
            yield from one.children
        elif one.name == "edges":
            yield from (inner for edge in one.children if edge.name == "node" for inner in edge.children)


def _label(told: Told, info: Info, language: Any = None) -> str:
    return label_of(told, language or info.context.scope.tenant.language)


def _text(told: Told, info: Info, language: Any = None) -> str | None:
    return sentence_of(told, language or info.context.scope.tenant.language)


def _unread_count(page: NotificationPage, _info: Info, max: int | None) -> Count:
    found, most = page.unread or 0, DEFAULT_COUNT if max is None else max
    return Count(value=min(found, most), exact=found <= most)
