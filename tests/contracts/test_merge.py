"""Records are merged into one that survives, with all that refers to them, and taken apart again as they were."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import pytest
import sqlalchemy as sa

from saas.engine.field import Kind
from saas.engine.followers import followers
from saas.engine.registry import ObjectType, objects
from saas.engine.tables import all_tables
from saas.engine.write.load import Target
from saas.engine.write.remove import delete
from saas.kit.text import camel, pascal
from tests.contracts.bulk import bulk
from tests.contracts.factory import given, made, made_many, tried
from tests.contracts.ledger import marks
from tests.contracts.merging import (
    SURVIVOR,
    Merged,
    MovedOn,
    followed,
    merge,
    merge_in_vain,
    referring,
    targets,
    unmerge,
)
from tests.databases import Cluster
from tests.world import World, built

# Columns of ids that lead to no record, that tell of the past, or that whoever keeps their table brings in line.
_STAYING = {
    *("audit.id", "audit.record_id", "audit.actor_id", "idempotency.actor_id"),
    *("import_run.id", "import_run.job_id", "import_run.created_by", "import_issue.run_id"),
    *("import_run.file_id", "import_row.run_id", "import_row.key", "import_row.says"),
    *("import_mapping.id", "import_mapping.created_by"),
    *("import_run.refused_file_id", "export_run.id", "export_run.job_id"),
    *("export_run.file_id", "export_run.created_by"),
    *("import_record.run_id", "import_record.record_id", "import_revert.run_id", "import_revert.job_id"),
    *("import_revert.created_by", "import_revert_issue.run_id", "import_revert_issue.record_id"),
    *("merge.id", "merge.into_id", "merge.actor_id", "merged.record_id", "merged.merge_id", "merged.into_id"),
    *("merge_move.merge_id", "merge_move.record_id", "merge_move.was_id", "merge_row.merge_id"),
    *("merge_list.merge_id", "merge_list.record_id"),
    *("duplicate_key.record_id", "link.record_id", "link.target_id"),
    *("principal.id", "principal.department_id", "principal.region_id", "principal.position_id"),
    *(f"{tree}_closure.{end}_id" for tree in ("department", "region") for end in ("ancestor", "descendant")),
    *("notification.id", "notification.recipient_id", "notification.record_id", "notification.actor_id"),
    *("notification_off.recipient_id",),
    *("file.id", "file.blob", "file.created_by", "attachment.file_id", "attachment.attached_by"),
    *("webhook_endpoint.id", "webhook_endpoint.actor_id", "webhook_endpoint.created_by", "webhook_delivery.id"),
    *("webhook_delivery.endpoint_id", "webhook_delivery.audit_id", "webhook_delivery.record_id"),
    *("webhook_delivery.batch_id", "webhook_attempt.id", "webhook_attempt.endpoint_id"),
    *("superior_closure.superior_id", "superior_closure.subordinate_id", "role_right.id", "role_field.id"),
}


@pytest.fixture(scope="module")
def world(cluster: Cluster) -> Iterator[World]:
    """One of this file alone: here rows of all tables appear that no product would write."""
    with built(cluster, "merge_") as found:
        yield found


def test_all_that_referred_to_them_refers_to_the_survivor(two: Merged) -> None:
    told, into = two.answers["merged"], str(two.into)
    assert (told["id"], told["record"]["id"], told["problems"]) == (into, into, [])
    assert two.lead_to == [[two.into]] * len(two.referring)
    counts = {(each["object"], each["field"]): each["count"] for each in told["moved"]}
    of_rows = {(pascal(each.table.name), f.field): 4 for each in followers() for f in each.columns.values()}
    assert counts == of_rows | {(other.type_name, camel(f.api)): 2 for other, f, _, _ in two.referring}
    assert [row["kind"] for row in two.audits[str(two.away[0])]] == ["created", "merged"]
    for _, field, id_, _ in two.referring:
        last = two.audits[str(id_)][-1]
        assert (last["kind"], last["changes"][field.name][1]) == ("updated", referring(field, into))


def test_every_column_of_ids_follows_a_merge_or_is_known_to_stay() -> None:
    """A new table that refers to records says what becomes of its rows in a merge: `info=Follows(…).info`."""
    of_records = {one.table.name for one in objects()} | {one.lines.table.name for one in objects() if one.lines}
    ids = {
        f"{table.name}.{column.name}"
        for table in all_tables().tables.values()
        for column in table.columns
        if isinstance(column.type, sa.Uuid) and table.name not in of_records
    }
    assert ids - {f"{each.table.name}.{column}" for each in followers() for column in each.columns} == _STAYING


def test_what_is_said_of_them_is_said_of_the_survivor_once(two: Merged) -> None:
    before, after = two.keys
    assert before.keys() == {each.table.name for each in followers()}
    for name in before:
        assert sorted(after[name], key=str) == sorted(set(before[name]), key=str)
    by_merging = two.audits[str(two.into)][1]
    assert before.keys() <= set(by_merging["fields"])


def test_the_id_of_a_merged_record_leads_to_the_survivor(then: MovedOn) -> None:
    assert [each["problems"] for each in then.answers] == [[], [], []]
    third = {"id": str(then.ids[-1])}
    assert then.nodes == {
        "ada": {"a": third, "b": third, "nodes": [third] * 3},
        "nick": {"a": None, "b": None, "nodes": [None] * 3},
        "rita": {"a": None, "b": None, "nodes": [None] * 3},
    }


def test_merge_and_undo_return_to_the_same_state(one: ObjectType, two: Merged) -> None:
    assert {each["field"] for each in two.answers["merged"]["changed"]} >= {camel(one.record.facts.title)}
    undone = two.answers["undone"]
    assert (undone["id"], undone["problems"]) == (str(two.away[1]), [])
    before, merged_, apart = two.contents
    assert merged_ != before
    assert apart == before
    assert [row["kind"] for row in two.audits["apart"]] == ["created", "merged", "unmerged"]


def test_a_survivor_takes_what_it_lacks_from_the_first_that_has_it(one: ObjectType, two: Merged) -> None:
    was, first = two.rows[str(two.into)], two.rows[str(two.away[0])]
    for name, field in one.fields.items():
        if field.is_input(creating=False) and not (field.kind is Kind.REFERENCE and field.target is one.record):
            wanted = SURVIVOR if name == one.record.facts.title else first[name] if was[name] is None else was[name]
            assert two.row[name] == wanted, name


def test_a_preview_tells_the_same_and_does_nothing(two: Merged) -> None:
    preview, done = two.answers["preview"], two.answers["merged"]
    assert (preview["id"], preview["record"], preview["problems"]) == (None, None, [])
    assert (preview["changed"], preview["moved"]) == (done["changed"], done["moved"])
    assert two.marks[1] == two.marks[0]


def test_what_moved_on_since_cannot_be_undone(one: ObjectType, then: MovedOn) -> None:
    told = [(each["code"], each["path"]) for each in then.refused["problems"]]
    title = camel(one.record.facts.title)
    assert (then.refused["id"], told) == (None, [("MOVED_ON", [title])] + [("MOVED_ON", ["id"])] * then.moved)
    before, after = then.marks
    assert after == before


def test_what_cannot_be_merged_is_refused_and_nothing_happens(world: World, one: ObjectType) -> None:
    ada, (into, away, gone) = world.garage.ada, made_many(world.garage, one, 3)
    with world.garage.scope() as scope:
        assert delete(scope, one, [Target(gone)])[0].id == gone
    theirs = made(world.rival, one)
    before = marks(world, world.garage)
    attempts = {
        "deleted": (merge(ada, one, into, [away, gone]), [("NOT_FOUND", ["from", "1"])]),
        "into a deleted": (merge(ada, one, gone, [away]), [("NOT_FOUND", ["into"])]),
        "of another company": (merge(ada, one, into, [theirs]), [("NOT_FOUND", ["from", "0"])]),
        "by another company": (
            merge(world.rival.rita, one, into, [away]),
            [("NOT_FOUND", ["into"]), ("NOT_FOUND", ["from", "0"])],
        ),
        "without a right": (merge(world.garage.nick, one, into, [away]), [("FORBIDDEN", [])]),
        "stale": (merge(ada, one, into, [away], version=9), [("VERSION_CONFLICT", ["version"])]),
        "itself": (merge(ada, one, into, [away, into]), [("BAD_INPUT", ["from"])]),
    }
    in_vain = merge_in_vain(ada, one, into, away)
    attempts |= {what: (in_vain[what], [("BAD_INPUT", ["from"])]) for what in ("nothing", "many")}
    attempts["twice"] = in_vain["twice"], [("BAD_INPUT", ["from", "1"])]
    for what, (told, problems) in attempts.items():
        assert (told["id"], told["record"], told["changed"], told["moved"]) == (None, None, [], []), what
        assert [(each["code"], each["path"]) for each in told["problems"]] == problems, what
    assert marks(world, world.garage) == before


def test_only_what_was_merged_can_be_taken_apart(two: Merged) -> None:
    wanted = {
        "survivor apart": "NOT_FOUND",
        "apart by another company": "NOT_FOUND",
        "apart without a right": "FORBIDDEN",
        "restored": "MERGED",
    }
    for what, code in wanted.items():
        refused = two.answers[what]
        codes = [each["code"] for each in refused["problems"]]
        assert (refused["id"], codes[0]) == (None, code), what
        assert set(codes[1:]) <= {"DUPLICATE"}, what  # of what the survivor took from it
    assert two.marks[3] == two.marks[2]


def test_two_cost_no_more_statements_than_one(two: Merged, then: MovedOn) -> None:
    assert two.statements == then.statements > 0


def test_in_the_trash_too_references_follow(world: World, one: ObjectType) -> None:
    """Also of what was deleted with the version that was seen."""
    into, away = made_many(world.garage, one, 2)
    found = followed(world, one, away)
    for i, (other, ours) in enumerate(groupby(found, key=itemgetter(0))):
        seen = {"version": 1} if i % 2 else {}
        bulk(world.garage.ada, other, "Delete", [{"id": str(id_), **seen} for _, _, id_, _ in ours], shown=False)
    assert merge(world.garage.ada, one, into, [away])["problems"] == []
    assert targets(world, found) == [[into]] * len(found)


def test_the_survivor_has_all_that_is_in_the_lists(world: World, one: ObjectType) -> None:
    if not one.links:
        return
    rows = [given(world.garage, one) for _ in range(3)]
    own, *others = (item["record"] for item in bulk(world.garage.ada, one, "Create", rows)["items"])
    for field in one.links.values():
        name = camel(field.api)
        lists = [[each["id"] for each in record[name]] for record in (own, *others)]
        tried(world.garage.ada, one, "Update", id=others[1]["id"], input={camel(field.name): [*lists[0], *lists[2]]})
        told = merge(world.garage.ada, one, own["id"], [each["id"] for each in others])
        after = [*lists[0], *lists[1], *lists[2]]
        (changed,) = [each for each in told["changed"] if each["field"] == camel(field.name)]
        assert (changed["before"], changed["after"]) == (", ".join(lists[0]), ", ".join(after))
        assert [str(each) for each in targets(world, [(one, field, own["id"], own["id"])])[0]] == after
        unmerge(world.garage.ada, one, others[0]["id"])
        assert [str(each) for each in targets(world, [(one, field, own["id"], own["id"])])[0]] == lists[0]
