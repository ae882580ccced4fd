"""Notifications in a test: what somebody is told, and marking it."""

import itertools
from typing import Any

from saas.engine.access.tables import RowScope
from saas.modules.organisation.rights import Grants
from tests.engine.people import hire
from tests.world import Company, Person, rights

TOLD = """
    query($unread: Boolean, $kind: String, $first: Int, $after: String) {
      notifications(unread: $unread, kind: $kind, first: $first, after: $after) {
        nodes {
          id kind label text object count facts { name value } createdAt readAt
          record { id ... on Customer { name } } by { ... on Employee { name } }
        }
        pageInfo { hasNextPage endCursor } totalCount { value exact } unreadCount { value exact }
      }
    }"""
_MARKED = "{ count unreadCount problems { code path } }"
MARK = {
    "read": f"mutation($ids: [ID!]!) {{ x: notificationRead(ids: $ids) {_MARKED} }}",
    "unread": f"mutation($ids: [ID!]!) {{ x: notificationUnread(ids: $ids) {_MARKED} }}",
    "all": f"mutation($kind: String) {{ x: notificationReadAll(kind: $kind) {_MARKED} }}",
}
GIVE = """
    mutation($rows: [CustomerCreateInput!]!) {
      customerBulkCreate(inputs: $rows) { items { id problems { code } } problems { code } }
    }"""
_numbers = itertools.count(1)


def somebody(company: Company, scope: RowScope = RowScope.OWN) -> Person:
    """Somebody new, who sees customers this far and was never told anything."""
    grants = Grants(rights(scope, "customer", operations=("read", "create", "update")))
    return hire(company, f"reader{next(_numbers)}", grants, department="sales")


def told(person: Person, **arguments: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = person.ask(TOLD, **arguments)["notifications"]["nodes"]
    return nodes


def counted(person: Person, **arguments: Any) -> tuple[int, int]:
    """How many there are in the list, and how many are unread at all."""
    found = person.ask(TOLD, **arguments)["notifications"]
    return found["totalCount"]["value"], found["unreadCount"]["value"]


def mark(person: Person, how: str, **arguments: Any) -> dict[str, Any]:
    payload: dict[str, Any] = person.ask(MARK[how], **arguments)["x"]
    return payload


def give(giver: Person, *owners: Person, names: list[str] | None = None) -> list[str]:
    """The ids of new customers of these owners, made by one mutation."""
    called = names or [f"Given {next(_numbers)}" for _ in owners]
    rows = [{"name": name, "ownerId": str(owner.id)} for name, owner in zip(called, owners, strict=True)]
    items = giver.ask(GIVE, rows=rows)["customerBulkCreate"]["items"]
    assert [item["problems"] for item in items] == [[]] * len(owners), items
    return [item["id"] for item in items]
