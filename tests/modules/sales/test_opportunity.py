"""Opportunities: their dates follow each other and their probability is a percentage."""

from typing import Any

import pytest

from saas.modules.sales.opportunity import Opportunity
from tests.contracts.ledger import audited
from tests.world import World

CREATE = """
    mutation($input: OpportunityCreateInput!) {
      x: opportunityCreate(input: $input) { id problems { __typename code message path ... on FieldProblem { rule } } }
    }"""
UPDATE = """
    mutation($id: ID!, $input: OpportunityUpdateInput!) {
      x: opportunityUpdate(id: $id, input: $input) {
        id problems { __typename code message path ... on FieldProblem { rule } }
      }
    }"""
TOO_EARLY = {
    "__typename": "FieldProblem",
    "code": "RULE_BROKEN",
    "message": "The closing date is before the date of engagement.",
    "path": ["closeOn"],
    "rule": "opportunity_closes_after_it_starts",
}
NO_PERCENTAGE = {
    "__typename": "FieldProblem",
    "code": "RULE_BROKEN",
    "message": "The probability must be between 0 and 100.",
    "path": ["probability"],
    "rule": "opportunity_probability_is_a_percentage",
}


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"engagedOn": "2026-01-02", "closeOn": "2026-01-01"}, [TOO_EARLY]),
        ({"engagedOn": "2026-01-01", "closeOn": "2026-01-01"}, []),
        ({"closeOn": "2026-01-01"}, []),
        ({"engagedOn": "2026-01-02"}, []),
        ({"probability": "100.0001"}, [NO_PERCENTAGE]),
        ({"probability": "-0.0001"}, [NO_PERCENTAGE]),
        ({"probability": 100}, []),
        ({"probability": 0}, []),
        ({"engagedOn": "2026-01-02", "closeOn": "2026-01-01", "probability": 101}, [TOO_EARLY, NO_PERCENTAGE]),
    ],
    ids=str,
)
def test_rules_hold_for_a_new_opportunity(world: World, values: dict[str, Any], problems: list[Any]) -> None:
    before = audited(world, world.garage)
    made = world.garage.ada.ask(CREATE, input={"name": "o", **values})["x"]
    assert made["problems"] == problems
    assert (made["id"] is None) is bool(problems)
    assert len(audited(world, world.garage)) == len(before) + (not problems)


def test_rules_hold_for_the_whole_record_after_a_change(world: World) -> None:
    """Only one of the two dates is written; the other is there already."""
    made = world.garage.ada.ask(CREATE, input={"name": "o", "engagedOn": "2026-01-02"})["x"]["id"]
    refused = world.garage.ada.ask(UPDATE, id=made, input={"closeOn": "2026-01-01"})["x"]
    assert refused == {"id": None, "problems": [TOO_EARLY]}
    assert world.sql(world.garage, "SELECT close_on, version FROM opportunity WHERE id = %s", made) == [(None, 1)]
    assert world.garage.ada.ask(UPDATE, id=made, input={"closeOn": "2026-01-02"})["x"] == {"id": made, "problems": []}


def test_a_new_opportunity_is_prospecting(world: World) -> None:
    id_ = str(world.garage.make(Opportunity))
    query = "query($id: ID!) { opportunity(id: $id) { stage } }"
    assert world.garage.ada.ask(query, id=id_)["opportunity"]["stage"] == "PROSPECTING"


def test_the_newest_come_first(world: World) -> None:
    made = [str(world.garage.make(Opportunity)) for _ in range(3)]
    nodes = world.garage.ada.ask("{ opportunities(first: 3) { nodes { id } } }")["opportunities"]["nodes"]
    assert [node["id"] for node in nodes] == made[::-1]
