"""Many records in one field: all or nothing, or without the bad ones, at a constant number of statements."""

from collections.abc import Callable

from saas.engine.registry import ObjectType
from saas.kit.text import camel
from tests.contracts.bulk import bulk, told
from tests.contracts.factory import Values, different, given, made, read_as, references_in, without_system_fields
from tests.contracts.ledger import audited, marks
from tests.contracts.test_statements import counted
from tests.world import World

ROLLED_BACK = (False, [("ROLLED_BACK", "")])


def _title(one: ObjectType) -> str:
    return camel(one.record.facts.title)


def _rows(world: World, one: ObjectType, number: int) -> list[Values]:
    behind = references_in(one, given(world.garage, one))
    return [given(world.garage, one, **behind) for _ in range(number)]


def test_several_are_created_changed_deleted_and_restored(world: World, one: ObjectType) -> None:
    ada, rows = world.garage.ada, _rows(world, one, 3)
    created = bulk(ada, one, "Create", rows)
    assert (created["written"], created["problems"]) == (3, [])
    assert [item["index"] for item in created["items"]] == [0, 1, 2]
    for item, values in zip(created["items"], rows, strict=True):
        assert without_system_fields(one, item["record"]) == read_as(one, values)
    ids = [item["id"] for item in created["items"]]
    changes = [different(world.garage, one, values) for values in rows]
    items = [{"id": id_, "version": 1, "input": values} for id_, values in zip(ids, changes, strict=True)]
    changed = bulk(ada, one, "Update", items)
    assert told(changed) == [(True, [])] * 3
    for item, first, then in zip(changed["items"], rows, changes, strict=True):
        assert without_system_fields(one, item["record"]) == read_as(one, first | then)
    gone = bulk(ada, one, "Delete", [{"id": id_, "version": 2} for id_ in ids])
    assert [(item["id"], item["record"], item["problems"]) for item in gone["items"]] == [
        (id_, None, []) for id_ in ids
    ]
    back = bulk(ada, one, "Restore", [{"id": id_, "version": 3} for id_ in ids])
    assert [item["record"]["version"] for item in back["items"]] == [4, 4, 4]
    for id_ in ids:
        told_ = [(row["kind"], row["version"]) for row in audited(world, world.garage, id_)]
        assert told_ == [("created", 1), ("updated", 2), ("deleted", 3), ("restored", 4)]


def test_one_bad_row_undoes_all(world: World, one: ObjectType) -> None:
    rows = _rows(world, one, 3)
    rows[1][_title(one)] = " "
    before = marks(world, world.garage)
    refused = bulk(world.garage.ada, one, "Create", rows)
    assert (refused["written"], refused["problems"]) == (0, [])
    assert told(refused) == [ROLLED_BACK, (False, [("REQUIRED", _title(one))]), ROLLED_BACK]
    ids = [str(made(world.garage, one)) for _ in range(2)]
    before = marks(world, world.garage)
    items = [{"id": ids[0], "input": {_title(one): "lost"}}, {"id": ids[1], "version": 7, "input": {}}]
    refused = bulk(world.garage.ada, one, "Update", items)
    assert told(refused) == [
        ROLLED_BACK,
        (False, [("VERSION_CONFLICT", "version")]),
    ]
    targets = [{"id": ids[0]}, {"id": ids[1], "version": 7}]
    assert told(bulk(world.garage.ada, one, "Delete", targets)) == [
        ROLLED_BACK,
        (False, [("VERSION_CONFLICT", "version")]),
    ]
    assert told(bulk(world.garage.ada, one, "Restore", [{"id": ids[0]}, {"id": "42"}])) == [
        ROLLED_BACK,
        (False, [("BAD_INPUT", "")]),
    ]
    assert marks(world, world.garage) == before


def test_good_rows_are_kept_where_bad_ones_are_skipped(world: World, one: ObjectType) -> None:
    ada, rows = world.garage.ada, _rows(world, one, 5)
    rows[3]["id"] = "no id"
    rows[1][_title(one)] = " "
    found = bulk(ada, one, "Create", rows, onError="SKIP_FAILED")
    assert (found["written"], found["problems"]) == (3, [])
    assert told(found) == [
        (True, []),
        (False, [("REQUIRED", _title(one))]),
        (True, []),
        (False, [("BAD_INPUT", "id")]),
        (True, []),
    ]
    ids = [item["id"] for item in found["items"] if item["id"]]
    assert [len(audited(world, world.garage, id_)) for id_ in ids] == [1, 1, 1]
    targets = [{"id": ids[0], "version": 2}, {"id": ids[1]}, {"id": ids[1]}, {"id": ids[2], "version": 1}]
    gone = bulk(ada, one, "Delete", targets, onError="SKIP_FAILED")
    assert told(gone) == [
        (False, [("VERSION_CONFLICT", "version")]),
        (True, []),
        (False, [("BAD_INPUT", "id")]),
        (True, []),
    ]


def test_all_bad_rows_are_told_and_nothing_happens(world: World, one: ObjectType) -> None:
    id_ = str(made(world.garage, one))
    before = marks(world, world.garage)
    items = [{"id": id_, "version": 9, "input": {}}] * 2
    found = bulk(world.garage.ada, one, "Update", items, onError="SKIP_FAILED")
    assert (found["written"], [written for written, _ in told(found)]) == (0, [False, False])
    assert marks(world, world.garage) == before


def test_no_rows_are_no_work(world: World, one: ObjectType) -> None:
    for verb in ("Create", "Update", "Delete", "Restore"):
        assert bulk(world.garage.ada, one, verb, []) == {"written": 0, "problems": [], "items": []}


def test_more_than_five_hundred_are_refused(world: World, one: ObjectType) -> None:
    target = {"id": str(made(world.garage, one))}
    assert bulk(world.garage.ada, one, "Delete", [target] * 501, onError="SKIP_FAILED") == {
        "written": 0,
        "problems": [{"__typename": "FieldProblem", "code": "BAD_INPUT", "path": ["items"]}],
        "items": [],
    }


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


def test_many_rows_cost_no_more_statements_than_two(world: World, one: ObjectType) -> None:
    ada = world.garage.ada

    def statements(work: Callable[[], Values]) -> int:
        with counted() as sent:
            assert work()["problems"] == []
        return len(sent)

    def life(number: int) -> list[int]:
        rows = _rows(world, one, number)
        made_ids: list[str] = []

        def create() -> Values:
            payload = bulk(ada, one, "Create", rows)
            made_ids.extend(item["id"] for item in payload["items"])
            return payload

        costs = [statements(create)]
        changes = [
            different(world.garage, one, rows[0]) if i == 0 else {_title(one): id_} for i, id_ in enumerate(made_ids)
        ]
        items = [{"id": id_, "input": values} for id_, values in zip(made_ids, changes, strict=True)]
        costs.append(statements(lambda: bulk(ada, one, "Update", items)))
        targets = [{"id": id_} for id_ in made_ids]
        costs.append(statements(lambda: bulk(ada, one, "Delete", targets)))
        costs.append(statements(lambda: bulk(ada, one, "Restore", targets)))
        return costs

    life(2)  # whatever is prepared once is prepared now
    assert life(12) == life(2)
