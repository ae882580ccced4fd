"""Many records in one field: all or nothing, or without the bad ones, at a constant number of statements."""

from functools import partial

from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.bulk import bulk, told
from tests.contracts.factory import (
    Values,
    different,
    given,
    made,
    made_many,
    read_as,
    references_in,
    without_system_fields,
)
from tests.contracts.ledger import audited, marks
from tests.contracts.statements import compared, counted
from tests.world import World

ROLLED_BACK = (False, [("ROLLED_BACK", "")])


def _title(one: ObjectType) -> str:
    return camel(one.record.facts.title)


def _rows(world: World, one: ObjectType, number: int) -> list[Values]:
    behind = references_in(one, given(world.garage, one))
    return [given(world.garage, one, **behind) for _ in range(number)]


def test_several_are_created_changed_deleted_and_restored(world: World, one: ObjectType) -> None:
    """Five at as many statements as two."""
    many, few = compared(partial(_life, world, one), 2, 5)
    assert many == few


def _life(world: World, one: ObjectType, number: int) -> list[int]:
    """What each step of it costs."""
    costs: list[int] = []

    def done(verb: str, given_rows: list[Values]) -> list[Values]:
        with counted() as sent:
            payload = bulk(world.garage.ada, one, verb, given_rows)
        costs.append(len(sent))
        assert (payload["written"], payload["problems"]) == (number, [])
        assert told(payload) == [(True, [])] * number
        assert [item["index"] for item in payload["items"]] == list(range(number))
        items: list[Values] = payload["items"]
        return items

    rows = _rows(world, one, number)
    created = done("Create", rows)
    for item, values in zip(created, rows, strict=True):
        assert without_system_fields(one, item["record"]) == read_as(one, values)
    ids = [item["id"] for item in created]
    changes = [different(world.garage, one, values) for values in rows]
    pairs = zip(ids, changes, strict=True)
    changed = done("Update", [{"id": id_, "version": 1, "input": values} for id_, values in pairs])
    for item, first, then in zip(changed, rows, changes, strict=True):
        assert without_system_fields(one, item["record"]) == read_as(one, first | then)
    gone = done("Delete", [{"id": id_, "version": 2} for id_ in ids])
    assert [(item["id"], item["record"]) for item in gone] == [(id_, None) for id_ in ids]
    back = done("Restore", [{"id": id_, "version": 3} for id_ in ids])
    assert [item["record"]["version"] for item in back] == [4] * number
    for id_ in ids:
        kinds = [(row["kind"], row["version"]) for row in audited(world, world.garage, id_)]
        assert kinds == [("created", 1), ("updated", 2), ("deleted", 3), ("restored", 4)]
    return costs


def test_one_bad_row_undoes_all(world: World, one: ObjectType) -> None:
    ada, title, stale = world.garage.ada, _title(one), (False, [("VERSION_CONFLICT", "version")])
    first, second = (str(id_) for id_ in made_many(world.garage, one, 2))
    rows = _rows(world, one, 3)
    rows[1][title] = " "
    before = marks(world, world.garage)
    refused = bulk(ada, one, "Create", rows)
    assert (refused["written"], refused["problems"]) == (0, [])
    assert told(refused) == [ROLLED_BACK, (False, [("REQUIRED", title)]), ROLLED_BACK]
    items = [{"id": first, "input": {title: "lost"}}, {"id": second, "version": 7, "input": {}}]
    assert told(bulk(ada, one, "Update", items)) == [ROLLED_BACK, stale]
    assert told(bulk(ada, one, "Delete", [{"id": first}, {"id": second, "version": 7}])) == [ROLLED_BACK, stale]
    restored = bulk(ada, one, "Restore", [{"id": first}, {"id": "42"}])
    assert told(restored) == [ROLLED_BACK, (False, [("BAD_INPUT", "")])]
    assert marks(world, world.garage) == before


def test_good_rows_are_kept_where_bad_ones_are_skipped(world: World, one: ObjectType) -> None:
    ada, rows, skip = world.garage.ada, _rows(world, one, 5), {"onError": "SKIP_FAILED", "shown": False}
    rows[3]["id"] = "no id"
    rows[1][_title(one)] = " "
    found = bulk(ada, one, "Create", rows, **skip)
    assert (found["written"], found["problems"]) == (3, [])
    bad = (False, [("REQUIRED", _title(one))]), (False, [("BAD_INPUT", "id")])
    assert told(found) == [(True, []), bad[0], (True, []), bad[1], (True, [])]
    ids = [item["id"] for item in found["items"] if item["id"]]
    assert [len(audited(world, world.garage, id_)) for id_ in ids] == [1, 1, 1]
    before = marks(world, world.garage)
    found = bulk(ada, one, "Update", [{"id": ids[0], "version": 9, "input": {}}] * 2, **skip)
    assert (found["written"], [written for written, _ in told(found)]) == (0, [False, False])
    assert marks(world, world.garage) == before  # where all are bad, nothing happens
    targets = [{"id": ids[0], "version": 2}, {"id": ids[1]}, {"id": ids[1]}, {"id": ids[2], "version": 1}]
    stale = (False, [("VERSION_CONFLICT", "version")])
    assert told(bulk(ada, one, "Delete", targets, **skip)) == [stale, (True, []), bad[1], (True, [])]


def test_no_rows_are_no_work_and_more_than_five_hundred_are_refused(world: World, one: ObjectType) -> None:
    nothing = {"written": 0, "problems": [], "items": []}
    fields = " ".join(
        f"{verb}: {one.single}Bulk{verb}({name}: []) {{ written problems {{ code }} items {{ id }} }}"
        for verb, name in (("Create", "inputs"), ("Update", "items"), ("Delete", "items"), ("Restore", "items"))
    )
    answer = world.garage.ada.ask(f"mutation {{ {fields} }}")
    assert answer == dict.fromkeys(("Create", "Update", "Delete", "Restore"), nothing)
    target = {"id": str(made(world.garage, one))}
    too_many = {"__typename": "FieldProblem", "code": "BAD_INPUT", "path": ["items"]}
    refused = bulk(world.garage.ada, one, "Delete", [target] * 501, onError="SKIP_FAILED")
    assert refused == nothing | {"problems": [too_many]}


def test_without_the_right_all_is_refused(world: World, one: ObjectType) -> None:
    id_ = str(made(world.garage, one))
    rows = _rows(world, one, 1)
    before = marks(world, world.garage)
    attempts = {
        "Create": rows,
        "Update": [{"id": id_, "input": {}}],
        "Delete": [{"id": id_}],
        "Restore": [{"id": id_}],
    }
    for verb, given_rows in attempts.items():
        for policy in ("ROLL_BACK", "SKIP_FAILED"):
            assert bulk(world.garage.nick, one, verb, given_rows, onError=policy) == {
                "written": 0,
                "problems": [{"__typename": "ForbiddenProblem", "code": "FORBIDDEN", "path": []}],
                "items": [],
            }
    assert marks(world, world.garage) == before
