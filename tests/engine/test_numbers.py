"""Numbers of new records: consecutive under concurrency, whatever is rolled back, and beside numbers given by hand."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from saas.engine.registry import object_of
from saas.engine.rules import Broken
from saas.engine.write.create import create
from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer
from saas.modules.organisation.employee import Employee
from saas.modules.sales.opportunity import Opportunity
from tests.contracts.statements import counted
from tests.tenants.place import until
from tests.world import World

PRODUCTS = object_of(Product)
CREATE = (
    "mutation($input: ProductCreateInput!) { x: productCreate(input: $input) { product { code } problems { code } } }"
)


def _codes(world: World, table: str, prefix: str) -> list[str]:
    rows = world.sql(world.garage, f"SELECT code FROM {table} WHERE code LIKE %s ORDER BY code", f"{prefix}%")
    return [code for (code,) in rows]


def _made(world: World, codes: Sequence[str | None], one: Any = PRODUCTS) -> list[str]:
    """The codes of new records that were given these."""
    with world.garage.scope() as scope:
        outcomes = create(scope, one, [{"name": "n", **({"code": code} if code else {})} for code in codes])
    assert not [problem for outcome in outcomes for problem in outcome.problems]
    return [outcome.record.code for outcome in outcomes]  # type: ignore[union-attr]  # it was written


def test_eight_writers_leave_no_gap(world: World) -> None:
    """Each makes 50, and gives some up on the way: in a transaction, and behind a savepoint."""

    def write() -> None:
        for number in range(25):
            with suppress(Broken), world.garage.scope() as scope:
                create(scope, object_of(Opportunity), [{"name": "given up"}])
                raise Broken("no")
            with world.garage.scope() as scope:
                taken = {"name": "given up", "id": lost.id} if number % 2 else {"name": "", "code": None}
                assert create(scope, object_of(Opportunity), [{"name": "given up"}, taken])[1].problems
                for _ in range(2):
                    assert create(scope, object_of(Opportunity), [{"name": "kept"}])[0].id

    with world.garage.scope() as scope:
        (lost,) = create(scope, object_of(Opportunity), [{"name": "first"}])
    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert _codes(world, "opportunity", "O-") == [f"O-{number:06}" for number in range(1, 402)]


def test_those_who_wait_for_a_number_wait_in_a_row(world: World) -> None:
    """Not for the row of the counter, of which each commit would wake all of them."""

    def waiting() -> list[str]:
        rows = world.sql(world.garage, "SELECT locktype FROM pg_locks WHERE NOT granted AND database IS NOT NULL")
        return [kind for (kind,) in rows]

    with world.garage.scope() as scope:
        create(scope, PRODUCTS, [{"name": "n"}])
        others = [threading.Thread(target=world.garage.make, args=(Product,)) for _ in range(3)]
        for other in others:
            other.start()
        until(lambda: len(waiting()) == 3, "three who wait")
        assert waiting() == ["advisory"] * 3
    for other in others:
        other.join()


def test_a_batch_counts_in_its_order_with_as_many_statements_as_one(world: World) -> None:
    first, *_ = _made(world, [None])
    begun = int(first.removeprefix("P-"))
    assert _made(world, [None, "by hand", None, None]) == [
        f"P-{begun + 1:06}",
        "by hand",
        f"P-{begun + 2:06}",
        f"P-{begun + 3:06}",
    ]

    def statements(many: int, code: str | None) -> int:
        rows = [{"name": "n", "code": code and f"{code}{number}"} for number in range(many)]
        with world.garage.scope() as scope, counted() as sent:
            create(scope, PRODUCTS, rows)
        return len(sent)

    with_codes = statements(1, "a") - 1  # the look for another one with these codes
    counting = 2  # to wait for one's turn, and to count
    assert [statements(1, None), statements(100, None)] == [with_codes + counting, with_codes + counting]


def test_numbers_given_by_hand_are_left_out(world: World) -> None:
    """Those of living records, however they are spelled; also a long row of them."""
    begun = int(_made(world, [None])[0].removeprefix("P-"))
    _made(world, [f"p-{begun + 2:06}", f"Ｐ-{begun + 3:06}"])
    assert _made(world, [None, None]) == [f"P-{begun + 1:06}", f"P-{begun + 4:06}"]
    gone = world.garage.make(Product, code=f"P-{begun + 6:06}")
    world.garage.ada.ask("mutation($id: ID!) { productDelete(id: $id) { id } }", id=str(gone))
    world.sql(
        world.garage,
        """
        INSERT INTO product
          (id, version, created_at, updated_at, name, name_folded, code, code_folded, is_discontinued)
        SELECT gen_random_uuid(), 1, now(), now(), 'n', 'n', c, lower(c), false
        FROM (SELECT 'P-' || lpad(n::text, 6, '0') AS c FROM generate_series(%s::int, %s) AS n) AS codes
        """,
        begun + 8,
        begun + 12_345,
    )
    expected = [f"P-{number:06}" for number in (begun + 5, begun + 6, begun + 7, begun + 12_346)]
    assert _made(world, [None] * 4) == expected
    assert _made(world, [None]) == [f"P-{begun + 12_347:06}"]
    refused = "mutation($id: ID!) { x: productRestore(id: $id) { id problems { code } } }"
    assert world.garage.ada.ask(refused, id=str(gone))["x"] == {"id": None, "problems": [{"code": "DUPLICATE"}]}


def test_a_number_given_by_hand_is_met_when_the_record_is_written(world: World) -> None:
    """The index refuses it, and the next one that is free is looked for; nothing that was read before is forgotten."""
    begun = int(_made(world, [None])[0].removeprefix("P-"))
    _made(world, [f"P-{begun + 1:06}"])
    _made(world, [f"P-{begun + 2:06}"])
    made = {"product": {"code": f"P-{begun + 3:06}"}, "problems": []}
    assert world.garage.ada.ask(CREATE, input={"name": "n"})["x"] == made
    _made(world, [f"P-{begun + 4:06}"])
    with world.garage.scope() as scope:
        read = scope.session.get(Product, world.garage.make(Product))
        (outcome,) = create(scope, PRODUCTS, [{"name": "n"}])
        assert read in scope.session
    assert isinstance(outcome.record, Product)
    assert outcome.record.code == f"P-{begun + 6:06}"


def test_a_refused_row_spends_no_number(world: World) -> None:
    begun = int(_made(world, [None])[0].removeprefix("P-"))
    refused = world.garage.ada.ask(CREATE, input={"name": "n", "cost": {"amount": "1.0000001"}})["x"]
    assert refused == {"product": None, "problems": [{"code": "BAD_INPUT"}]}
    made = {"product": {"code": f"P-{begun + 1:06}"}, "problems": []}
    assert world.garage.ada.ask(CREATE, input={"name": "n"})["x"] == made


def test_an_operation_that_is_rolled_back_spends_no_number(world: World) -> None:
    begun = int(_made(world, [None])[0].removeprefix("P-"))
    query = 'mutation { a: productCreate(input: { name: "n" }) { id } b: productCreate(input: { name: "" }) { id } }'
    assert world.garage.ada.ask(query) == {"a": {"id": None}, "b": {"id": None}}
    assert world.garage.ada.ask(CREATE, input={"name": "n"})["x"]["product"] == {"code": f"P-{begun + 1:06}"}


def test_each_company_counts_by_itself(world: World) -> None:
    asked = "SELECT code FROM customer WHERE id = %s"
    here, there, after = (
        world.sql(company, asked, company.make(Customer))[0][0] for company in (world.garage, world.rival, world.garage)
    )
    assert (there, after) == ("C-000001", f"C-{int(here.removeprefix('C-')) + 1:06}")


def test_employees_and_contacts_are_numbered(world: World) -> None:
    """The people of the world were the first."""
    assert _made(world, [None], object_of(Employee)) == ["E-0007"]
    customer = str(world.garage.make(Customer))
    query = """
        mutation($customer: ID!) {
          x: contactCreate(input: { name: "n", customerId: $customer }) { contact { code } problems { code } }
        }"""
    made = world.garage.ada.ask(query, customer=customer)["x"]
    assert made == {"contact": {"code": "CT-000001"}, "problems": []}
