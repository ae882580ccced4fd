"""A developer sees the SQL of a query, with the rights of whoever asks, how Postgres goes about it, and its cost."""

from pathlib import Path
from typing import Any

import pytest

from saas.cli.readable_sql import readable
from tests.cli.onboarding_place import SHOP, Operator

QUERY = """query($name: String) {
  customers(filter: { name: { eq: $name } }, first: 3) { nodes { name owner { name } annualRevenue { amount } } }
}"""


@pytest.fixture
def shop(operator: Operator) -> Operator:
    operator.onboard(SHOP)
    return operator


@pytest.fixture
def query(tmp_path: Path) -> str:
    file = tmp_path / "query.graphql"
    file.write_text(QUERY)
    return str(file)


def test_it_tells_sql_parameters_plan_and_cost_of_a_person(shop: Operator, query: str) -> None:
    asked = ("explain-query", query, "--as", "sam@shop.example", "--variables", '{"name": "Köln"}', "--json")
    told: dict[str, Any] = shop.saas(*asked).data
    assert told["cost"] == {"records": 3, "maxRecords": 50_000, "fields": 7, "depth": 4}
    assert "koln" in told["parameters"]
    assert "t1.owner_id = (SELECT $" in told["sql"]  # sam sees his own only, and revenues of these
    assert any("customer t1" in step for step in told["plan"])
    assert not any("actual time" in step for step in told["plan"])
    assert told["fieldByField"] == []
    of_ada = shop.saas("explain-query", query, "--as", "ada@shop.example", "--json").data
    assert "owner_id = (SELECT" not in of_ada["sql"]


def test_people_read_clauses_line_by_line_and_what_was_measured(shop: Operator, query: str) -> None:
    said = shop.saas("explain-query", query, "--as", "sam@shop.example", "--tenant", "shop", "--analyze")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "Cost: records 3, maxRecords 50,000, fields 7, depth 4"
    assert any(line.strip().startswith("LIMIT 3") for line in lines)
    assert "actual time" in said.out


@pytest.mark.parametrize(
    ("text", "more", "code", "told"),
    [
        (QUERY, ("--as", "nobody@shop.example"), 2, "It is not clear in which tenant"),
        (QUERY, ("--as", "nobody@shop.example", "--tenant", "shop"), 4, "Nobody signs in to shop"),
        (QUERY, ("--as", "sam@shop.example", "--variables", "[]"), 2, "must be a JSON object"),
        (QUERY, ("--as", "sam@shop.example", "--variables", '{"name": 1}'), 2, "not those of the query"),
        ("{ nothing }", ("--as", "sam@shop.example"), 2, "Cannot query field 'nothing'"),
        ("mutation { customerDelete(id: 1) { id } }", ("--as", "sam@shop.example"), 2, "Only queries have a plan."),
    ],
)
def test_it_tells_what_was_wrong(
    shop: Operator, tmp_path: Path, text: str, more: tuple[str, ...], code: int, told: str
) -> None:
    file = tmp_path / "given.graphql"
    file.write_text(text)
    said = shop.saas("explain-query", str(file), *more)
    assert (said.code, said.out, told in said.err) == (code, "", True), said.err


def test_what_only_python_can_tell_has_no_plan(shop: Operator, tmp_path: Path) -> None:
    file = tmp_path / "given.graphql"
    file.write_text("{ viewer { name } }")
    assert "No plan" in shop.saas("explain-query", str(file), "--as", "sam@shop.example").out
    file.write_text("{ me: viewer { name } customers { totalCount { value } } }")
    told = shop.saas("explain-query", str(file), "--as", "sam@shop.example", "--json").data
    assert told["fieldByField"] == ["me"]


def test_texts_stay_as_they_are() -> None:
    sql = "SELECT concat('a FROM (b', x) FROM t WHERE y = 'it''s' AND z IN (SELECT 1)"
    assert readable(sql).splitlines() == [
        "SELECT concat('a FROM (b', x)",
        "FROM t",
        "WHERE y = 'it''s' AND z IN (",
        "  SELECT 1)",
    ]
