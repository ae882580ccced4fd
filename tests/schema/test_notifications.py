"""Notifications in the API: who is told what, with the rights of now; read and unread; kinds that one wants."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from saas.kit.clock import now
from tests.engine.people import hire
from tests.schema.following import SHARE, UNSHARE
from tests.schema.notices import TOLD, counted, give, mark, somebody, told
from tests.schema.test_personal_tokens import made
from tests.world import World

SETTINGS = """
    { notificationSettings { kind label(language: ZH) english: label(language: EN) to(language: EN) isOn } }"""
SWITCH = """
    mutation($settings: [NotificationSettingInput!]!) {
      x: notificationSettingsUpdate(settings: $settings) { settings { kind isOn } problems { code path } }
    }"""


def test_who_becomes_the_owner_by_another_hand_is_told(world: World) -> None:
    reader = somebody(world.garage)
    (id_,) = give(world.garage.ada, reader, names=["Alpha"])
    (each,) = told(reader)
    assert datetime.fromisoformat(each.pop("createdAt")) <= now()
    assert each.pop("id")
    assert each == {
        "kind": "record_owned",
        "label": "You became the owner of a record",
        "text": "You are the owner of this customer now.",
        "object": "customer",
        "count": 1,
        "facts": [],
        "readAt": None,
        "record": {"id": id_, "name": "Alpha"},
        "by": None,  # employees are not in the sight of this reader
    }
    assert told(world.garage.ada, kind="record_owned") == []
    assert told(world.rival.rita) == []


def test_who_did_it_is_told_to_who_may_see_them(world: World) -> None:
    give(world.garage.ada, world.garage.sam)
    assert told(world.garage.sam)[0]["by"] == {"name": "ada"}


def test_what_one_did_oneself_and_what_leaves_the_owner_is_not_told(world: World) -> None:
    reader = somebody(world.garage)
    made = reader.ask('mutation { x: customerCreate(input: { name: "Own" }) { customer { id } } }')["x"]["customer"]
    change = 'mutation($id: ID!) { x: customerUpdate(id: $id, input: { name: "Renamed" }) { problems { code } } }'
    assert world.garage.ada.ask(change, id=made["id"])["x"] == {"problems": []}
    owner = "SELECT owner_id FROM customer WHERE id = %s"
    assert world.sql(world.garage, owner, made["id"]) == [(reader.id,)]
    assert told(reader) == []


def test_many_records_of_one_write_are_one_notification_a_person(world: World) -> None:
    one, two = somebody(world.garage), somebody(world.garage)
    ids = give(world.garage.ada, one, two, one, one)
    (mine,), (other,) = told(one), told(two)
    assert (mine["count"], mine["text"]) == (3, "You are the owner of 3 more customers now.")
    assert mine["record"]["id"] == ids[0]
    assert (other["count"], other["record"]["id"]) == (1, ids[1])
    zh = "{ notifications { nodes { label(language: ZH) text(language: ZH) } } }"
    assert one.ask(zh)["notifications"]["nodes"] == [{"label": "你成为负责人", "text": "你新负责3个客户。"}]


def test_nothing_is_told_of_what_is_not_written(world: World) -> None:
    reader = somebody(world.garage)
    create = "customerCreate(input: { name: $name, ownerId: $id }) { id }"
    both = f"mutation($name: String!, $id: ID!) {{ a: {create} b: customerDelete(id: $id) {{ id }} }}"
    assert world.garage.ada.ask(both, name="Never", id=str(reader.id))["a"]["id"] is None
    alone = "mutation($name: String!, $id: ID!) { a: customerCreate(input: { name: $name, ownerId: $id }) { id } }"
    assert told(reader) == []
    assert world.garage.ada.ask(alone, name="Once", id=str(reader.id))["a"]["id"]
    assert len(told(reader)) == 1


def test_a_record_that_is_shared_is_told_once_and_shown_by_the_rights_of_now(world: World) -> None:
    reader, ada = somebody(world.garage), world.garage.ada
    (id_,) = give(ada, world.garage.sue, names=["Secretly named"])
    for _ in range(2):
        ada.ask(SHARE, id=id_, **{"with": str(reader.id)})
    (each,) = told(reader)
    assert (each["kind"], each["text"]) == ("record_shared", "This customer was shared with you.")
    assert each["record"] == {"id": id_, "name": "Secretly named"}
    ada.ask(UNSHARE, id=id_, **{"with": str(reader.id)})
    answer = reader.http(TOLD).text
    assert '"record":null' in answer
    assert "Secretly named" not in answer
    assert id_ not in answer


def test_a_share_with_a_department_tells_nobody(world: World) -> None:
    reader, ada = somebody(world.garage), world.garage.ada
    (id_,) = give(ada, world.garage.sue)
    assert ada.ask(SHARE, id=id_, **{"with": str(world.garage.departments["sales"])})["x"]["id"] == id_
    assert told(reader) == []


def test_of_a_merged_record_the_survivor_is_shown(world: World) -> None:
    reader, ada = somebody(world.garage), world.garage.ada
    merged, kept = give(ada, reader, reader, names=["Twin one", "Twin two"])
    merge = "mutation($into: ID!, $from: [ID!]!) { customerMerge(into: $into, from: $from) { id problems { code } } }"
    assert ada.ask(merge, into=kept, **{"from": [merged]})["customerMerge"] == {"id": kept, "problems": []}
    assert [each["record"]["id"] for each in told(reader)] == [kept]


def test_they_are_read_and_unread_again(world: World) -> None:
    reader = somebody(world.garage)
    for _ in range(3):
        give(world.garage.ada, reader)
    newest, middle, oldest = (each["id"] for each in told(reader))
    assert mark(reader, "read", ids=[newest, oldest]) == {"count": 2, "unreadCount": 1, "problems": []}
    assert [each["id"] for each in told(reader, unread=True)] == [middle]
    read_at = told(reader)[0]["readAt"]
    assert read_at is not None
    assert mark(reader, "read", ids=[newest, newest]) == {"count": 0, "unreadCount": 1, "problems": []}
    assert told(reader)[0]["readAt"] == read_at
    assert mark(reader, "unread", ids=[newest]) == {"count": 1, "unreadCount": 2, "problems": []}
    assert [each["id"] for each in told(reader, unread=False)] == [oldest]
    assert mark(reader, "all", kind="record_shared") == {"count": 0, "unreadCount": 2, "problems": []}
    assert mark(reader, "all") == {"count": 2, "unreadCount": 0, "problems": []}
    assert (counted(reader), counted(reader, unread=True)) == ((3, 0), (0, 0))


def test_nobody_marks_those_of_another(world: World) -> None:
    reader, other = somebody(world.garage), somebody(world.garage)
    give(world.garage.ada, reader, other)
    (mine,), (theirs,) = told(reader), told(other)
    refused = {"count": None, "unreadCount": None, "problems": [{"code": "NOT_FOUND", "path": ["ids"]}]}
    assert mark(reader, "read", ids=[mine["id"], theirs["id"]]) == refused
    assert mark(world.rival.rita, "read", ids=[mine["id"]]) == refused
    mark(world.garage.ada, "all")
    assert (counted(reader), counted(other)) == ((1, 1), (1, 1))
    too_many = mark(reader, "read", ids=[mine["id"]] * 501)
    assert too_many["problems"] == [{"code": "BAD_INPUT", "path": ["ids"]}]


def test_they_come_in_pages_by_a_cursor_of_ones_own(world: World) -> None:
    reader, other = somebody(world.garage), somebody(world.garage)
    for _ in range(3):
        give(world.garage.ada, reader)
    all_of_them = [each["id"] for each in told(reader)]
    first = reader.ask(TOLD, first=2)["notifications"]
    assert ([each["id"] for each in first["nodes"]], first["pageInfo"]["hasNextPage"]) == (all_of_them[:2], True)
    cursor = first["pageInfo"]["endCursor"]
    rest = reader.ask(TOLD, first=2, after=cursor)["notifications"]
    assert ([each["id"] for each in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (all_of_them[2:], False)
    for asker, arguments in ((other, {"after": cursor}), (reader, {"after": cursor, "unread": True})):
        (error,) = asker.errors(TOLD, **arguments)
        assert error["extensions"]["code"] == "BAD_INPUT"


def test_a_kind_that_one_does_not_want_is_not_told(world: World) -> None:
    reader = somebody(world.garage)
    before = {each["kind"]: each for each in reader.ask(SETTINGS)["notificationSettings"]}
    assert before["record_owned"] == {
        "kind": "record_owned",
        "label": "你成为负责人",
        "english": "You became the owner of a record",
        "to": "The new owner, where somebody else did it.",
        "isOn": True,
    }
    off = reader.ask(SWITCH, settings=[{"kind": "record_owned", "isOn": False}])["x"]
    assert {each["kind"]: each["isOn"] for each in off["settings"]} == dict.fromkeys(before, True) | {
        "record_owned": False
    }
    give(world.garage.ada, reader)
    assert told(reader) == []
    reader.ask(SWITCH, settings=[{"kind": "record_owned", "isOn": True}])
    give(world.garage.ada, reader)
    assert len(told(reader)) == 1


def test_an_app_reads_but_neither_marks_nor_switches_off(world: World) -> None:
    reader = somebody(world.garage)
    give(world.garage.ada, reader)
    _, app = made(reader, "*:*")
    (each,) = told(app)
    forbidden = [{"code": "FORBIDDEN", "path": []}]
    for how, arguments in (("read", {"ids": [each["id"]]}), ("unread", {"ids": [each["id"]]}), ("all", {})):
        assert mark(app, how, **arguments)["problems"] == forbidden
    assert app.ask(SWITCH, settings=[{"kind": "record_owned", "isOn": False}])["x"]["problems"] == forbidden
    assert counted(reader) == (1, 1)
    assert {each["isOn"] for each in reader.ask(SETTINGS)["notificationSettings"]} == {True}


def test_a_kind_that_there_is_not_is_refused_and_nothing_is_switched(world: World) -> None:
    reader = somebody(world.garage)
    both = [{"kind": "record_owned", "isOn": False}, {"kind": "tea_cold", "isOn": False}]
    refused = {"settings": None, "problems": [{"code": "NOT_FOUND", "path": ["settings"]}]}
    assert reader.ask(SWITCH, settings=both)["x"] == refused
    assert world.sql(world.garage, "SELECT count(*) FROM notification_off WHERE recipient_id = %s", reader.id) == [(0,)]


def test_who_left_the_company_is_not_told(world: World) -> None:
    gone = hire(world.garage, "readergone")
    world.garage.ada.ask("mutation($id: ID!) { employeeDelete(id: $id) { id problems { code } } }", id=str(gone.id))
    (id_,) = give(world.garage.ada, world.garage.sue)
    world.garage.ada.ask(SHARE, id=id_, **{"with": str(gone.id)})
    assert world.sql(world.garage, "SELECT count(*) FROM notification WHERE recipient_id = %s", gone.id) == [(0,)]


@pytest.mark.parametrize("arguments", [{"first": 501}, {"first": -1}])
def test_a_page_has_bounds(world: World, arguments: dict[str, int]) -> None:
    (error,) = world.garage.ada.errors(TOLD, **arguments)
    assert error["extensions"]["code"] == "BAD_INPUT"


def test_a_token_with_scopes_shows_no_record_beyond_them(world: World) -> None:
    reader = somebody(world.garage)
    give(world.garage.ada, reader, names=["Beyond the scopes"])
    create = "mutation($input: PersonalTokenCreateInput!) { x: personalTokenCreate(input: $input) { token } }"
    end = (now() + timedelta(days=1)).isoformat()
    seen = {}
    for scope in ("customer:read", "customer:create"):
        made = reader.ask(create, input={"name": scope, "scopes": [scope], "expiresAt": end})["x"]
        seen[scope] = told(replace(reader, token=made["token"]))[0]["record"]
    assert (seen["customer:read"]["name"], seen["customer:create"]) == ("Beyond the scopes", None)
