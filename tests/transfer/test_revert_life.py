"""When an import can be taken back, how it is followed, tried, called off and done again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from saas.engine.transfer.run import CHUNK
from saas.modules.customers.customer import Customer
from tests.contracts.ledger import marks
from tests.transfer.reverting import (
    CANCEL,
    CODE_AND_NAME,
    READ,
    REVERT,
    START,
    Importing,
    change,
    columns,
    counted,
    csv,
    everything,
    fresh,
    ids_of,
    state_of,
    why,
)
from tests.world import World


def test_a_second_revert_does_again_only_what_is_not_taken_back(world: World, by_ada: Importing) -> None:
    a, b, c = codes = fresh(3)
    for code in (a, b):
        world.garage.make(Customer, code=code, name="Before")
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    first = ids_of(world, [a])[0]
    change(world, first, name="By hand")
    assert by_ada.take_back(run_id)["counts"] == counted(3, 2, refused=1)
    change(world, ids_of(world, [b])[0], name=f"Imported {b}")  # somebody wants it after all
    change(world, first, name=f"Imported {a}")
    again = by_ada.take_back(run_id)
    assert (again["number"], again["counts"], again["issues"]) == (2, counted(1, 1), [])
    assert [name for name, _, _ in state_of(world, codes)] == ["Before", f"Imported {b}", f"Imported {c}"]
    before = marks(world, world.garage)
    nothing_left = "All that the import wrote was taken back already."
    assert by_ada.ask_back(run_id) == {
        "id": None,
        "importRun": None,
        "problems": [
            {"__typename": "FieldProblem", "code": "WRONG_STATE", "message": nothing_left, "path": ["id"]},
        ],
    }
    assert marks(world, world.garage) == before


def test_a_dry_run_tells_the_same_and_leaves_nothing(world: World, by_ada: Importing) -> None:
    parent, child, known, moved = fresh(4)
    for code in (known, moved):
        world.garage.make(Customer, code=code, name="Before")
    text = f"code,name,parent\n{parent},P,\n{child},C,{parent}\n{known},K,\n{moved},M,\n"
    run_id = by_ada.bring("customer", text, ["code"], columns("code", "name", "parent", parent={"by": "code"}))
    change(world, ids_of(world, [moved])[0], name="By hand")
    before = everything(world, world.garage, set())
    tried = by_ada.take_back(run_id, dry_run=True)
    assert everything(world, world.garage, set()) == before
    assert (tried["state"], tried["isDryRun"], tried["counts"]) == ("DONE", True, counted(4, 3, refused=1))
    assert why(tried) == [(5, "MOVED_ON", "It was changed since the import: Name.")]
    done = by_ada.take_back(run_id)
    assert (done["number"], done["counts"], done["issues"]) == (2, tried["counts"], tried["issues"])


def test_nobody_else_takes_it_back_nor_hears_of_it(world: World, by_ada: Importing) -> None:
    (code,) = fresh()
    run_id = by_ada.bring("customer", csv([code]), ["code"], CODE_AND_NAME)
    by_ada.ask_back(run_id)
    before = marks(world, world.garage)
    for stranger in (world.garage.sam, world.rival.rita):
        refused = stranger.ask(REVERT, id=run_id)["importRunRevert"]
        problem = {"__typename": "FieldProblem", "code": "NOT_FOUND", "path": ["id"]}
        problem["message"] = "You have no import with this id."
        assert refused == {"id": None, "importRun": None, "problems": [problem]}
        assert stranger.ask(CANCEL, id=run_id)["importRunRevertCancel"]["problems"][0]["code"] == "NOT_FOUND"
        assert stranger.ask(READ, id=run_id) == {"importRun": None}
    assert marks(world, world.garage) == before
    assert by_ada.told(run_id)["state"] == "QUEUED"


def test_it_waits_for_its_turn(world: World, by_ada: Importing) -> None:
    (code,) = fresh()
    run_id = by_ada.begin("customer", csv([code]), ["code"], CODE_AND_NAME)

    def refused() -> list[tuple[str, str]]:
        answer = by_ada.ask_back(run_id)
        assert answer["id"] is None
        return [(problem["code"], problem["message"]) for problem in answer["problems"]]

    going_on = "The import is still going on: wait until it ends, or call it off first."
    assert refused() == [("WRONG_STATE", going_on)]
    by_ada.work("import_run", run_id)
    assert by_ada.ask_back(run_id)["problems"] == []
    assert refused() == [("WRONG_STATE", "The import is being taken back already.")]
    by_ada.work("import_revert", run_id)
    assert by_ada.told(run_id)["counts"] == counted(1, 1)


def test_an_import_that_wrote_nothing_or_left_no_notes_is_refused_with_the_reason(
    world: World, by_ada: Importing
) -> None:
    (code,) = fresh()
    by_ada.bring("customer", csv([code]), ["code"], CODE_AND_NAME)
    again = by_ada.bring("customer", csv([code]), ["code"], CODE_AND_NAME)
    (problem,) = by_ada.ask_back(again)["problems"]
    assert (problem["code"], problem["message"]) == ("WRONG_STATE", "The import wrote nothing.")
    old = by_ada.bring("customer", csv(fresh()), ["code"], CODE_AND_NAME)
    world.sql(world.garage, "DELETE FROM import_record WHERE run_id = %s", old)
    (problem,) = by_ada.ask_back(old)["problems"]
    older = "The import is older than imports that can be taken back: nobody noted what it wrote."
    assert (problem["code"], problem["message"]) == ("WRONG_STATE", older)


def test_called_off_in_the_middle_the_rest_can_be_taken_back_later(world: World, by_ada: Importing) -> None:
    codes = fresh(2 * CHUNK + 1)
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    by_ada.ask_back(run_id)
    stopping = Event()
    stopping.set()
    by_ada.work("import_revert", run_id, stopping)
    half = by_ada.told(run_id)
    assert half["state"] == "RUNNING"
    assert half["counts"] == counted(CHUNK, CHUNK) | {"records": len(codes)}
    answer = world.garage.ada.ask(CANCEL, id=run_id)["importRunRevertCancel"]
    reason = f"Called off after {CHUNK} of {len(codes):,} records; what is taken back stays so."
    assert answer["importRun"]["revert"] == {"state": "CANCELLED", "reason": reason}
    by_ada.work("import_revert", run_id)
    assert sum(deleted for _, _, deleted in state_of(world, codes)) == CHUNK
    rest = CHUNK + 1
    assert by_ada.take_back(run_id)["counts"] == counted(rest, rest)
    assert all(deleted for _, _, deleted in state_of(world, codes))


def test_an_import_that_gave_up_ends_when_it_is_taken_back(world: World, by_ada: Importing) -> None:
    codes = fresh(CHUNK + 1)
    run_id = by_ada.begin("customer", csv(codes), ["code"], CODE_AND_NAME)
    stopping = Event()
    stopping.set()
    by_ada.work("import_run", run_id, stopping)
    job = "UPDATE platform.job SET dead_at = now(), last_error = 'x' WHERE key = %s"
    world.sql(world.garage, job, f"import_run:{run_id}")
    assert by_ada.take_back(run_id)["counts"] == counted(CHUNK, CHUNK)
    run = world.garage.ada.ask("query($id: ID!) { importRun(id: $id) { state reason } }", id=run_id)["importRun"]
    reason = f"Given up, to be taken back, after {CHUNK} of {len(codes)} rows; what is in stays."
    assert run == {"state": "FAILED", "reason": reason}
    revived = "UPDATE platform.job SET dead_at = NULL, run_at = now() WHERE key = %s"
    world.sql(world.garage, revived, f"import_run:{run_id}")
    by_ada.work("import_run", run_id)
    assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE code = %s", codes[-1]) == [(0,)]


def test_a_revert_that_gave_up_says_so_and_the_next_one_goes_on(world: World, by_ada: Importing) -> None:
    (code,) = codes = fresh()
    run_id = by_ada.bring("customer", csv(codes), ["code"], CODE_AND_NAME)
    by_ada.ask_back(run_id)
    job = "UPDATE platform.job SET dead_at = now(), last_error = 'Broken' WHERE key = %s"
    world.sql(world.garage, job, f"import_revert:{run_id}:1")
    told = by_ada.told(run_id)
    assert (told["state"], told["reason"]) == ("FAILED", "Its job gave up: Broken")
    assert by_ada.take_back(run_id)["number"] == 2
    ended = world.sql(world.garage, "SELECT number, state FROM import_revert WHERE run_id = %s ORDER BY 1", run_id)
    assert ended == [(1, "failed"), (2, "done")]
    assert [deleted for _, _, deleted in state_of(world, [code])] == [True]


def test_of_many_wishes_at_once_one_is_granted(world: World, by_ada: Importing) -> None:
    run_id = by_ada.bring("customer", csv(fresh()), ["code"], CODE_AND_NAME)
    together = Barrier(4)

    def wish(_: int) -> list[str]:
        together.wait(30)
        return [problem["code"] for problem in by_ada.ask_back(run_id)["problems"]]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(wish, range(4)))
    assert sorted(answers) == [[], *[["WRONG_STATE"]] * 3]
    assert world.sql(world.garage, "SELECT count(*) FROM import_revert WHERE run_id = %s", run_id) == [(1,)]


def test_a_dry_run_of_an_import_leaves_no_notes(world: World, by_ada: Importing) -> None:
    mapping = {"key": ["code"], "columns": CODE_AND_NAME}
    given = {"object": "customer", "fileName": "f.csv", "csv": csv(fresh()), "mapping": mapping, "dryRun": True}
    run_id = world.garage.ada.ask(START, input=given)["importRunStart"]["id"]
    by_ada.work("import_run", run_id)
    assert world.sql(world.garage, "SELECT count(*) FROM import_record WHERE run_id = %s", run_id) == [(0,)]
    (problem,) = by_ada.ask_back(run_id)["problems"]
    assert (problem["code"], problem["message"]) == ("WRONG_STATE", "This import was a dry run: it wrote nothing.")
