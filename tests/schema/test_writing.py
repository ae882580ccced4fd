"""One mutation operation is one transaction: all of it or nothing, also when others write at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from saas.engine.registry import object_of
from saas.engine.scope import open_scope
from saas.engine.write.create import create
from saas.modules.customers.contact import Contact
from saas.modules.customers.customer import Customer
from saas.modules.organisation.department import Department
from saas.modules.organisation.employee import Employee
from tests.contracts.ledger import audited
from tests.tenants.place import field_by_field, until
from tests.world import World

SEVERAL = """
    mutation($id: ID!, $version: Int, $name: String!, $second: String!) {
      first: customerUpdate(id: $id, input: { name: $name }) { id customer { name version } problems { code path } }
      second: customerCreate(input: { name: $second }) { id customer { name } problems { code path } }
      third: customerUpdate(id: $id, version: $version, input: { language: "here" }) { id problems { code path } }
    }"""
ROLLED_BACK = {"id": None, "problems": [{"code": "ROLLED_BACK", "path": []}]}


def _names(world: World) -> set[str]:
    return {name for (name,) in world.sql(world.garage, "SELECT name FROM customer")}


def test_several_fields_see_each_other_and_are_kept_together(world: World) -> None:
    id_ = str(world.garage.make(Customer, name="before"))
    answer = world.garage.ada.ask(SEVERAL, id=id_, version=2, name="after", second="more")
    assert answer["first"] == {"id": id_, "customer": {"name": "after", "version": 2}, "problems": []}
    assert answer["third"] == {"id": id_, "problems": []}
    assert {"after", "more"} <= _names(world)
    assert [row["version"] for row in audited(world, world.garage, id_)] == [1, 2, 3]


def test_a_problem_in_the_last_undoes_the_first(world: World) -> None:
    id_ = str(world.garage.make(Customer, name="kept"))
    before = audited(world, world.garage)
    answer = world.garage.ada.ask(SEVERAL, id=id_, version=9, name="lost", second="lost too")
    assert answer == {
        "first": {**ROLLED_BACK, "customer": None},
        "second": {**ROLLED_BACK, "customer": None},
        "third": {"id": None, "problems": [{"code": "VERSION_CONFLICT", "path": ["version"]}]},
    }
    assert "kept" in _names(world)
    assert not {"lost", "lost too"} & _names(world)
    assert audited(world, world.garage) == before


def test_a_problem_in_the_first_keeps_the_rest_from_beginning(world: World) -> None:
    id_ = str(world.garage.make(Customer))
    before = audited(world, world.garage)
    answer = world.garage.ada.ask(SEVERAL, id=id_, version=1, name=" ", second="never")
    assert answer["first"] == {"id": None, "customer": None, "problems": [{"code": "REQUIRED", "path": ["name"]}]}
    assert answer["second"] == {**ROLLED_BACK, "customer": None}
    assert answer["third"] == ROLLED_BACK
    assert audited(world, world.garage) == before


def test_what_cannot_be_read_back_is_not_kept(world: World) -> None:
    """The owner's birthday lies beyond what can be shown: the payload fails, and with it all that was written."""
    owner = world.garage.make(Employee, name="Methuselah")
    world.sql(world.garage, "UPDATE employee SET birthday = '12000-01-01' WHERE id = %s", owner)
    id_ = str(world.garage.make(Customer, name="kept still"))
    before = audited(world, world.garage)
    query = """
        mutation($id: ID!, $owner: ID!) {
          a: customerUpdate(id: $id, input: { name: "gone", ownerId: $owner }) { id customer { owner { birthday } } }
          b: customerCreate(input: { name: "gone as well" }) { id problems { code } }
        }"""
    with field_by_field():  # a plan writes any year
        answer = world.garage.ada.http(query, {"id": id_, "owner": str(owner)}).json()
    assert [(each["path"], each["extensions"]["code"]) for each in answer["errors"]] == [(["a"], "INTERNAL")]
    assert answer["data"] == {"a": None, "b": {"id": None, "problems": [{"code": "ROLLED_BACK"}]}}
    assert "12000" not in str(answer)
    assert not {"gone", "gone as well"} & _names(world)
    assert audited(world, world.garage) == before


def test_an_operation_that_cannot_be_understood_does_nothing(world: World) -> None:
    before = audited(world, world.garage)
    answer = world.garage.ada.http(
        'mutation($n: String!) { a: customerCreate(input: { name: "x" }) { id } '
        "b: customerCreate(input: { name: $n }) { id } }"
    ).json()
    assert "data" not in answer
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_INPUT"]
    assert audited(world, world.garage) == before


def _together(*work: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same moment; the answers in the order given."""
    gate = threading.Barrier(len(work))

    def begin(each: Callable[[], Any]) -> Any:
        gate.wait(10)
        return each()

    with ThreadPoolExecutor(len(work)) as pool:
        return [done.result(30) for done in [pool.submit(begin, each) for each in work]]


def _x(answers: list[Any]) -> list[Any]:
    """The payloads under `x`."""
    return [answer["x"] for answer in answers]


def test_of_two_writers_of_a_unique_value_one_succeeds(world: World) -> None:
    query = """
        mutation($code: String!) {
          x: customerCreate(input: { name: $code, code: $code }) { id problems { code path } }
        }"""
    for number in range(5):
        code = f"race {number}"
        answers = _x(_together(*[partial(world.garage.ada.ask, query, code=code)] * 3))
        assert sum(answer["id"] is not None for answer in answers) == 1
        lost = [answer["problems"] for answer in answers if answer["id"] is None]
        assert lost == [[{"code": "DUPLICATE", "path": ["code"]}]] * 2
        assert world.sql(world.garage, "SELECT count(*) FROM customer WHERE code = %s", code) == [(1,)]


def test_of_two_updates_of_one_version_one_succeeds(world: World) -> None:
    id_ = str(world.garage.make(Customer))
    query = (
        "mutation($id: ID!, $language: String!, $version: Int!) { x: customerUpdate(id: $id, version: $version, "
        "input: { language: $language }) { id problems { code ... on VersionConflict { currentVersion } } } }"
    )
    for version in range(1, 5):
        cities = (f"{language} {version}" for language in ("one", "two", "three"))
        ask = partial(world.garage.ada.ask, query, id=id_, version=version)
        answers = _x(_together(*[partial(ask, language=language) for language in cities]))
        assert sum(answer["id"] == id_ for answer in answers) == 1
        lost = [answer["problems"] for answer in answers if answer["id"] is None]
        assert lost == [[{"code": "VERSION_CONFLICT", "currentVersion": version + 1}]] * 2
    assert [row["version"] for row in audited(world, world.garage, id_)] == [1, 2, 3, 4, 5]


def test_whoever_loses_a_deadlock_is_done_again(world: World) -> None:
    """Two operations take the same two records in opposite order: both are done, whichever is shot down at first."""
    a, b = (str(world.garage.make(Customer)) for _ in range(2))
    query = """
        mutation($a: ID!, $b: ID!, $language: String!) {
          one: customerUpdate(id: $a, input: { language: $language }) { id problems { code } }
          two: customerUpdate(id: $b, input: { language: $language }) { id problems { code } }
        }"""
    for number in range(4):
        there, back = (f"{number} {way}" for way in ("there", "back"))
        answers = _together(
            partial(world.garage.ada.ask, query, a=a, b=b, language=there),
            partial(world.garage.ada.ask, query, a=b, b=a, language=back),
        )
        assert [answer["one"]["problems"] + answer["two"]["problems"] for answer in answers] == [[], []]
        ((first,), (second,)) = world.sql(world.garage, "SELECT language FROM customer WHERE id = ANY(%s)", [a, b])
        assert first == second
    assert [row["version"] for row in audited(world, world.garage, a)] == list(range(1, 10))


def test_a_deadlock_with_another_program_is_retried_too(world: World) -> None:
    """For certain: the other party holds one record and asks for the other once ours is waiting."""
    a, b = (world.garage.make(Customer) for _ in range(2))
    query = """
        mutation($a: ID!, $b: ID!) {
          one: customerUpdate(id: $a, input: { language: "ours" }) { id problems { code } }
          two: customerUpdate(id: $b, input: { language: "ours" }) { id problems { code } }
        }"""
    touch = f'UPDATE "{world.garage.tenant.schema}".customer SET fax = %s WHERE id = %s'
    with (
        psycopg.connect(world.cluster.dsn(world.cell), options="-cdeadlock_timeout=10s") as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute(touch, ["theirs", b])
        ours = pool.submit(world.garage.ada.ask, query, a=str(a), b=str(b))
        _until_somebody_waits(world)
        other.execute(touch, ["theirs", a])  # ours is shot down after its own, shorter time-out, and this goes on
        other.commit()
        answer = ours.result(30)
    assert answer == {"one": {"id": str(a), "problems": []}, "two": {"id": str(b), "problems": []}}
    assert world.sql(world.garage, "SELECT DISTINCT language, fax FROM customer WHERE id = ANY(%s)", [a, b]) == [
        ("ours", "theirs")
    ]


def _until_somebody_waits(world: World) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    until(lambda: world.sql(world.garage, waiting)[0][0] > 0, "somebody waits for a lock")


def test_nobody_is_referred_to_while_being_deleted(world: World) -> None:
    """A contact made at the moment when its customer goes either goes along or is refused."""
    make = (
        'mutation($id: ID!) { x: contactCreate(input: { name: "c", customerId: $id }) { id problems { code path } } }'
    )
    delete = "mutation($id: ID!) { x: customerDelete(id: $id) { id problems { code } } }"
    for _ in range(5):
        id_ = str(world.garage.make(Customer))
        ask = partial(world.garage.ada.ask, id=id_)
        made, gone = _x(_together(partial(ask, make), partial(ask, delete)))
        assert gone == {"id": id_, "problems": []}
        living = f"SELECT count(*) FROM contact WHERE customer_id = '{id_}' AND deleted_at IS NULL"
        assert world.sql(world.garage, living) == [(0,)]
        if made["id"] is None:
            assert made["problems"] == [{"code": "NOT_FOUND", "path": ["customerId"]}]


def test_two_moves_do_not_make_a_circle_together(world: World) -> None:
    query = """
        mutation($id: ID!, $to: ID!) {
          x: departmentUpdate(id: $id, input: { parentId: $to }) { id problems { code path } }
        }"""
    for _ in range(4):
        a, b = (str(world.garage.make(Department)) for _ in range(2))
        ask = partial(world.garage.ada.ask, query)
        answers = _x(_together(partial(ask, id=a, to=b), partial(ask, id=b, to=a)))
        assert sorted(answer["id"] is None for answer in answers) == [False, True]
        lost = [answer["problems"] for answer in answers if answer["id"] is None]
        assert lost == [[{"code": "CIRCLE", "path": ["parentId"]}]]


def test_a_refused_batch_leaves_nothing_in_a_transaction_that_goes_on(world: World) -> None:
    """An import writes the good rows after a bad batch was refused, in the same transaction."""
    one = object_of(Contact)
    mine, theirs = (world.garage.make(Customer, owner_id=each.id) for each in (world.garage.sam, world.garage.sue))
    with open_scope(world.garage.tenant, world.garage.ada.id, write=True) as scope:
        bad: list[dict[str, Any]] = [{"name": "good row", "customer_id": mine}, {"name": "bad row"}]
        assert [bool(outcome.problems) for outcome in create(scope, one, bad)] == [False, True]
        taken = {"name": "taken", "customer_id": theirs, "id": str(_made_id(world))}
        outcomes = create(scope, one, [{"name": "with the taken", "customer_id": mine}, taken])
        assert {problem.code for outcome in outcomes for problem in outcome.problems} == {"DUPLICATE"}
        assert [outcome.id for outcome in outcomes] == [None, None]
        (done,) = create(scope, one, [{"name": "done", "customer_id": mine}])
        assert done.id
    names = {name for (name,) in world.sql(world.garage, "SELECT name FROM contact")}
    assert "done" in names
    assert not names & {"good row", "bad row", "with the taken", "taken"}
    told = world.sql(
        world.garage,
        "SELECT count(*) FROM audit WHERE record_id NOT IN (SELECT id FROM contact) AND object = 'contact'",
    )
    assert told == [(0,)]


def _made_id(world: World) -> UUID:
    return world.garage.make(Contact, customer_id=world.garage.make(Customer))
