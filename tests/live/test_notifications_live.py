"""`notificationAdded`: each its own, in order, by cursor without a gap whichever transaction commits first."""

from typing import Any
from uuid import UUID

import pytest

from saas.engine.field import Label
from saas.engine.live.notifications import NotificationsAdded
from saas.engine.notifications import notification_kind, notify
from saas.engine.scope import Scope, open_scope
from tests.live.ear import Ear
from tests.schema.following import SHARE, UNSHARE
from tests.schema.notices import give, mark, somebody, told
from tests.world import Person, World

ADDED = """
    subscription($after: String) {
      notificationAdded(after: $after) {
        notification { id kind text count record { ... on Customer { name } } } unreadCount cursor
      }
    }"""
PINGED = notification_kind(
    "test_ping_heard",
    Label("A ping was heard", "听到提示音"),
    text=Label("Ping {number}.", "提示音{number}。"),
    to=Label("Whoever is pinged.", "收到提示的人。"),
    facts={"number": int},
)


def ping(person: Person, number: int) -> None:
    with open_scope(person.tenant, None, write=True) as scope:
        notify(scope, [person.id], PINGED, number=number)


def heard(ear: Ear) -> tuple[str, str]:
    """What was told, and the cursor behind it."""
    event = ear.next()
    return event["notification"]["text"], event["cursor"]


def test_each_hears_their_own_at_once_with_the_rights_of_now(world: World) -> None:
    one, two, rita = somebody(world.garage), somebody(world.garage), world.rival.rita
    with Ear(one, ADDED) as his, Ear(two, ADDED) as hers, Ear(rita, ADDED) as theirs:
        give(world.garage.ada, one, two, names=["His", "Hers"])
        for ear, name in ((his, "His"), (hers, "Hers")):
            event: dict[str, Any] = ear.next()
            assert event.pop("cursor")
            assert event["notification"].pop("id")
            assert event == {
                "notification": {
                    "kind": "record_owned",
                    "text": "You are the owner of this customer now.",
                    "count": 1,
                    "record": {"name": name},
                },
                "unreadCount": 1,
            }
        ping(two, 1)
        assert heard(hers)[0] == "Ping 1."
        assert his.is_silent()
        assert theirs.is_silent()


def test_one_goes_on_after_a_cursor_without_a_gap(world: World) -> None:
    reader = somebody(world.garage)
    with Ear(reader, ADDED) as ear:
        ping(reader, 1)
        first, cursor = heard(ear)
        assert first == "Ping 1."
    for number in (2, 3):
        ping(reader, number)
    with Ear(reader, ADDED, after=cursor) as ear:
        assert [heard(ear)[0] for _ in range(2)] == ["Ping 2.", "Ping 3."]
        ping(reader, 4)
        last, end = heard(ear)
        assert last == "Ping 4."
    with Ear(reader, ADDED, after=end) as ear:
        ping(reader, 5)
        assert heard(ear)[0] == "Ping 5."


def test_what_commits_late_is_not_skipped(world: World) -> None:
    reader = somebody(world.garage)
    with Ear(reader, ADDED) as ear:
        with open_scope(reader.tenant, None, write=True) as slow:
            notify(slow, [reader.id], PINGED, number=1)
            slow.session.connection().exec_driver_sql("SELECT 1")  # it is written, and not committed
            ping(reader, 2)
            assert len(told(reader)) == 1
        assert [heard(ear)[0] for _ in range(2)] == ["Ping 1.", "Ping 2."]
        ping(reader, 3)
        assert heard(ear)[0] == "Ping 3."


def test_one_that_grows_is_told_again_and_what_was_lost_of_sight_is_null(world: World) -> None:
    reader, ada = somebody(world.garage), world.garage.ada
    (id_,) = give(ada, world.garage.sue, names=["Hidden soon"])
    with Ear(reader, ADDED) as ear:
        ada.ask(SHARE, id=id_, **{"with": str(reader.id)})
        event = ear.next()
        assert event["notification"]["record"] == {"name": "Hidden soon"}
        before = event["cursor"]
    (shared,) = told(reader)
    mark(reader, "read", ids=[shared["id"]])
    ada.ask(UNSHARE, id=id_, **{"with": str(reader.id)})
    ping(reader, 1)
    with Ear(reader, ADDED, after=before) as ear:
        assert heard(ear)[0] == "Ping 1."  # reading one tells nothing
    start = Ear(reader, ADDED)
    with start:
        give(ada, *[reader] * 2)
        assert start.next()["notification"]["count"] == 2


def test_the_cursor_of_another_is_refused(world: World) -> None:
    one, two = somebody(world.garage), somebody(world.garage)
    with Ear(one, ADDED) as ear:
        ping(one, 1)
        cursor = heard(ear)[1]
    with Ear(two, ADDED, after=cursor) as ear:
        error = ear.answer()
        assert getattr(error, "code", None) == "BAD_INPUT", error


def test_who_is_told_nothing_costs_no_reading(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = somebody(world.garage), somebody(world.garage)
    read_for: list[UUID] = []
    read = NotificationsAdded.read

    def counted(self: NotificationsAdded, scope: Scope, *arguments: Any) -> Any:
        read_for.append(scope.actor_id)
        return read(self, scope, *arguments)

    with Ear(one, ADDED) as his, Ear(two, ADDED) as hers:
        monkeypatch.setattr(NotificationsAdded, "read", counted)
        for number in (1, 2):
            ping(one, number)
            assert heard(his)[0] == f"Ping {number}."
        assert read_for == [one.id, one.id]
        ping(two, 3)
        assert heard(hers)[0] == "Ping 3."
    assert set(read_for) == {one.id, two.id}
