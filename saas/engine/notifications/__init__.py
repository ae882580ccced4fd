"""Notifications: what people are told of inside the program, and how they read it."""

from saas.engine.notifications.kinds import Fact, NotificationKind, notification_kind
from saas.engine.notifications.notify import To, notify, notify_each

__all__ = ["Fact", "NotificationKind", "To", "notification_kind", "notify", "notify_each"]
