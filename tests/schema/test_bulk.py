"""What bulk mutations do beyond the contracts: in one transaction with other fields, in a race, within the limits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from graphql import DocumentNode, OperationDefinitionNode, parse

from saas.kit.errors import TooComplex
from saas.schema.limits import check_limits, cost_with
from tests.world import World

CREATE = """
    mutation($rows: [CustomerCreateInput!]!, $onError: ErrorPolicy!) {
      x: customerBulkCreate(inputs: $rows, onError: $onError) {
        written problems { code } items { id problems { code path } }
      }
    }"""
WITH_ANOTHER = """
    mutation($rows: [CustomerCreateInput!]!, $onError: ErrorPolicy!, $name: String!) {
      x: customerBulkCreate(inputs: $rows, onError: $onError) {
        written problems { code } items { id problems { code } }
      }
      y: customerCreate(input: { name: $name }) { id problems { code } }
    }"""


def _names(world: World) -> set[str]:
    return {name for (name,) in world.sql(world.garage, "SELECT name FROM customer")}


def _codes(items: list[dict[str, Any]]) -> list[list[str]]:
    return [[problem["code"] for problem in item["problems"]] for item in items]


def test_a_problem_elsewhere_undoes_the_whole_batch(world: World) -> None:
    rows = [{"name": "in a batch"}, {"name": "likewise"}]
    answer = world.garage.ada.ask(WITH_ANOTHER, rows=rows, onError="ROLL_BACK", name=" ")
    assert answer["x"] == {"written": 0, "problems": [{"code": "ROLLED_BACK"}], "items": []}
    assert answer["y"] == {"id": None, "problems": [{"code": "REQUIRED"}]}
    assert not {"in a batch", "likewise"} & _names(world)


def test_a_bad_row_undoes_the_fields_beside_the_batch(world: World) -> None:
    rows = [{"name": "fine"}, {"name": ""}]
    answer = world.garage.ada.ask(WITH_ANOTHER, rows=rows, onError="ROLL_BACK", name="beside")
    assert _codes(answer["x"]["items"]) == [["ROLLED_BACK"], ["REQUIRED"]]
    assert answer["y"] == {"id": None, "problems": [{"code": "ROLLED_BACK"}]}
    assert not {"fine", "beside"} & _names(world)


def test_skipped_rows_do_not_undo_the_fields_beside(world: World) -> None:
    rows = [{"name": "kept"}, {"name": ""}]
    answer = world.garage.ada.ask(WITH_ANOTHER, rows=rows, onError="SKIP_FAILED", name="kept beside")
    assert (answer["x"]["written"], _codes(answer["x"]["items"])) == (1, [[], ["REQUIRED"]])
    assert answer["y"]["problems"] == []
    assert {"kept", "kept beside"} <= _names(world)


def test_rows_are_refused_by_stages_and_each_tells_its_own_reason(world: World) -> None:
    """Values, scope, references, uniqueness, rules: what fails late does not take along what is good."""
    sue = str(world.garage.sue.id)
    rows = [
        {"name": "s1", "code": "stage-1"},
        {"name": "s2", "parentId": "10000000-0000-8010-8000-000000000000"},
        {"name": "s3", "code": "stage-1"},
        {"name": "s4", "ownerId": sue},
        {"name": "s5", "email": "no mail"},
        {"name": "s6", "annualRevenue": {"amount": "1", "currency": "XXX"}},
        {"name": "s7"},
    ]
    answer = world.garage.sam.ask(CREATE, rows=rows, onError="SKIP_FAILED")["x"]
    assert _codes(answer["items"]) == [
        [],
        ["NOT_FOUND"],
        ["DUPLICATE"],
        ["FORBIDDEN"],
        ["BAD_INPUT"],
        ["BAD_INPUT"],
        [],
    ]
    assert answer["items"][5]["problems"][0]["path"] == ["annualRevenue", "currency"]
    assert {name for name in _names(world) if name.startswith("s") and len(name) == 2} == {"s1", "s7"}


def test_two_batches_with_the_same_keys_write_each_once(world: World) -> None:
    for round_ in range(3):
        barrier = Barrier(2)

        def send(who: str, barrier: Barrier = barrier, round_: int = round_) -> dict[str, Any]:
            rows = [{"name": f"race {round_} {who} {i}", "code": f"race-{round_}-{i % 10}"} for i in range(12)]
            order = rows if who == "a" else rows[::-1]
            barrier.wait()
            found: dict[str, Any] = world.garage.ada.ask(CREATE, rows=order, onError="SKIP_FAILED")["x"]
            return found

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(send, "ab"))
        assert sum(answer["written"] for answer in answers) == 10
        assert {code for answer in answers for codes in _codes(answer["items"]) for code in codes} == {"DUPLICATE"}
        (number,) = world.sql(world.garage, "SELECT count(*) FROM customer WHERE code LIKE %s", f"race-{round_}-%")
        assert number == (10,)


INSIDE = "{ items { customer { contacts(first: 400) { nodes { id } } } } }"


@pytest.mark.parametrize(("number", "fits"), [(125, True), (126, False)])
def test_what_a_batch_answers_counts_as_records(number: int, fits: bool) -> None:
    rows = '{ name: "x" } ' * number
    literal = parse(f"mutation {{ customerBulkCreate(inputs: [{rows}]) {INSIDE} }}")
    variable = parse(f"mutation($rows: [CustomerCreateInput!]!) {{ customerBulkCreate(inputs: $rows) {INSIDE} }}")
    assert check_limits(variable) == {"": frozenset({"rows"})}
    attempts: list[Callable[[], object]] = [
        lambda: check_limits(literal),
        lambda: cost_with(variable, _operation(variable), {"rows": [{"name": "x"}] * number}),
    ]
    for attempt in attempts:
        if fits:
            attempt()
        else:
            with pytest.raises(TooComplex):
                attempt()


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation
