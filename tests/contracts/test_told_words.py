"""What people are told of later is named in both languages: every job, every kind of notifications, every event."""

import re
from pathlib import Path

import pytest

from saas.engine import job_registry
from saas.engine.access.tables import RowScope
from saas.engine.events import declared_events, reactions_to
from saas.engine.jobs import Job
from saas.engine.notifications.kinds import NotificationKind, notification_kinds
from saas.engine.owners import RecordOwnerChanged
from saas.engine.registry import ObjectType, objects
from saas.engine.tables import all_tables
from saas.modules.notices.records import owner_is_told
from saas.modules.organisation.rights import Grants
from tests.contracts.factory import made
from tests.engine.people import hire
from tests.schema.notices import told
from tests.world import World, rights

all_tables()  # every file of the engine is read
JOBS = [each for each in job_registry._jobs.values() if each.function.__module__.startswith("saas.")]
KINDS = [each for each in notification_kinds() if not each.name.startswith("test_")]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("each", JOBS, ids=lambda each: each.name)
def test_every_job_has_a_name_for_people(each: Job[None]) -> None:
    assert each.label is not None
    assert each.label.en[0].isupper()
    assert HAN.search(each.label.zh)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_notifications_is_described_in_both_languages(kind: NotificationKind) -> None:
    for label in (kind.label, kind.text, kind.to, kind.many or kind.text):
        assert label.en[0].isupper() or label.en[0] == "{"
        assert HAN.search(label.zh)
    assert f"| `{kind.name}` |" in PAGE


OWNED = [one for one in objects() if one.record.facts.owner not in (None, "id")]


@pytest.mark.parametrize("owned", OWNED, ids=lambda owned: owned.name)
def test_whoever_becomes_the_owner_of_anything_is_told_and_sees_it(world: World, owned: ObjectType) -> None:
    grants = Grants(rights(RowScope.OWN, owned.name, operations=("read",)))
    owner = hire(world.garage, f"{owned.name}-owner", grants)
    owner_field = owned.record.facts.owner
    assert owner_field is not None
    id_ = made(world.garage, owned, **{owner_field: owner.id})
    (each,) = told(owner)
    assert (each["kind"], each["object"], each["record"]["id"]) == ("record_owned", owned.name, str(id_))
    to_them = "SELECT count(*) FROM notification WHERE recipient_id = %s"
    assert world.sql(world.rival, to_them, owner.id) == [(0,)]


def test_who_reacts_to_what_is_no_verb_of_a_record_is_known() -> None:
    assert [each.function for each in reactions_to(RecordOwnerChanged)] == [owner_is_told]
    for event in declared_events():
        assert event.__doc__, event.name
        assert HAN.search(event.label.zh), event.name
