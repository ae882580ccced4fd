"""Documents with their lines: in one file or in several, found again by their keys, whole or refused as a whole."""

from decimal import Decimal
from typing import Any

import pytest

from saas.engine.transfer.mapping import mapping_from
from saas.engine.transfer.plan import plan_for
from saas.engine.transfer.run import CHUNK
from saas.engine.write.lines import MAX_LINES
from saas.kit.errors import BadInput
from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer
from tests.transfer.place import bring, sentences, tally
from tests.world import World

LINE = {"product": "product", "quantity": "quantity", "unitPrice": {"column": "price", "skip_empty": True}}
HEAD = {"code": "no", "name": "name", "customer": "customer"}
HEADER = "no,name,customer,product,quantity,price\n"


def mapping(key: list[str] | None = None, columns: dict[str, Any] | None = None) -> dict[str, Any]:
    lines = {"columns": LINE} | ({"key": key} if key else {})
    return {"object": "opportunity", "key": ["code"], "columns": columns or HEAD, "lines": lines}


@pytest.fixture(scope="module", autouse=True)
def things(world: World) -> None:
    world.garage.make_many(Product, [{"name": "Pump"}, {"name": "Valve"}, {"name": "Filter"}])
    world.garage.make(Customer, name="Hafen AG")


def lines(world: World, code: str) -> list[tuple[Any, ...]]:
    """The lines of an opportunity in their order."""
    query = (
        "SELECT product.name, quantity, unit_price FROM opportunity_line AS line"
        " JOIN product ON product.id = product_id JOIN opportunity ON opportunity.id = opportunity_id"
        " WHERE opportunity.code = %s AND line.deleted_at IS NULL ORDER BY line.position"
    )
    return world.sql(world.garage, query, code)


def amount(world: World, code: str) -> list[tuple[Any, ...]]:
    return world.sql(world.garage, "SELECT name, amount, version FROM opportunity WHERE code = %s", code)


def test_rows_of_one_key_are_one_document_wherever_they_stand(world: World) -> None:
    text = HEADER + (
        "D1,Deal,Hafen AG,Pump,2,10\n"
        "D2,Other,Hafen AG,Valve,1,5\n"
        ",,,Filter,4,1.5\n"  # belongs to the document above it
        "D1,Deal,Hafen AG,Valve,3,\n"
    )
    counts, issues = bring(world.garage.tenant, text, mapping())
    assert (tally(counts), issues) == ({"rows": 4, "created": 4}, [])
    assert lines(world, "D1") == [("Pump", 2, 10), ("Valve", 3, None)]
    assert lines(world, "D2") == [("Valve", 1, 5), ("Filter", 4, Decimal("1.5"))]
    assert amount(world, "D2") == [("Other", 11, 1)]


def test_the_same_file_again_changes_nothing_and_another_one_changes_what_differs(world: World) -> None:
    text = HEADER + "E1,Deal,Hafen AG,Pump,2,10\nE1,Deal,Hafen AG,Valve,3,1\nE1,Deal,Hafen AG,Filter,1,1\n"
    bring(world.garage.tenant, text, mapping())
    assert tally(bring(world.garage.tenant, text, mapping())[0]) == {"rows": 3, "unchanged": 3}
    ids = "SELECT array_agg(id ORDER BY position) FROM opportunity_line WHERE deleted_at IS NULL AND opportunity_id ="
    ids += " (SELECT id FROM opportunity WHERE code = 'E1')"
    before = world.sql(world.garage, ids)[0][0]
    other = HEADER + "E1,Deal,Hafen AG,Pump,5,10\nE1,Deal,Hafen AG,Filter,3,1\n"
    assert tally(bring(world.garage.tenant, other, mapping())[0]) == {"rows": 2, "updated": 2}
    assert lines(world, "E1") == [("Pump", 5, 10), ("Filter", 3, 1)]
    assert world.sql(world.garage, ids)[0][0] == before[:2]  # the lines are the same ones
    assert amount(world, "E1") == [("Deal", 53, 2)]


def test_with_a_key_of_lines_those_of_which_nothing_is_said_stay(world: World) -> None:
    text = HEADER + "F1,Deal,Hafen AG,Pump,2,10\nF1,Deal,Hafen AG,Valve,3,1\n"
    bring(world.garage.tenant, text, mapping())
    other = HEADER + "F1,Deal,Hafen AG,valve,7,\nF1,Deal,Hafen AG,Filter,1,4\n"
    assert tally(bring(world.garage.tenant, other, mapping(["product"]))[0]) == {"rows": 2, "updated": 2}
    assert lines(world, "F1") == [("Pump", 2, 10), ("Valve", 7, 1), ("Filter", 1, 4)]
    twice = HEADER + "F1,Deal,Hafen AG,Pump,1,\nF1,Deal,Hafen AG,Pump,2,\n"
    counts, issues = bring(world.garage.tenant, twice, mapping(["product"]))
    assert tally(counts) == {"rows": 2, "refused": 2}
    assert sentences(issues) == [
        "2 error DOCUMENT The document is refused for what stands in line 3.",
        "3 error DUPLICATE Product: “Pump” stands in line 2 of this document already.",
    ]
    assert lines(world, "F1")[0] == ("Pump", 2, 10)


def test_lines_come_in_a_file_of_their_own(world: World) -> None:
    bring(
        world.garage.tenant,
        "no,name,customer\nG1,Deal,Hafen AG\n",
        {"object": "opportunity", "columns": HEAD, "key": ["code"]},
    )
    text = "no,product,quantity,price\nG1,Pump,2,10\nG1,Valve,1,1\nG2,Pump,1,1\n"
    counts, issues = bring(world.garage.tenant, text, mapping(columns={"code": "no"}))
    assert tally(counts) == {"rows": 3, "updated": 2, "refused": 1}
    assert [(issue.line, issue.code) for issue in issues] == [(4, "REQUIRED")]
    assert lines(world, "G1") == [("Pump", 2, 10), ("Valve", 1, 1)]
    assert amount(world, "G1") == [("Deal", 21, 2)]


def test_a_document_with_a_wrong_line_is_refused_whole_and_each_row_says_why(world: World) -> None:
    text = HEADER + (
        "H1,Deal,Hafen AG,Pump,2,10\n"
        "H1,Deal,Hafen AG,Filtre,1,1\n"
        "H2,Fine,Hafen AG,Pump,1,1\n"
        "H3,Deal,Hafen AG,Pump,1,1\n"
        "H3,Daal,Hafen AG,Pump,1,1\n"
        "H4,Deal,Nobody,Pump,1,1\n"
        "H4,Deal,Nobody,Valve,1,1\n"
        "H5,Deal,Hafen AG,Pump,,1\n"
        "short\n"
        "H6,Deal,Hafen AG,Valve,two,1\n"
    )
    counts, issues = bring(world.garage.tenant, text, mapping())
    assert tally(counts) == {"rows": 10, "created": 1, "refused": 9}
    assert sentences(issues) == [
        "2 error DOCUMENT The document is refused for what stands in line 3.",
        "3 error NOT_FOUND Product: there is no product with the name “Filtre”. Is “Filter” meant?",
        "5 error DOCUMENT The document is refused for what stands in line 6.",
        "6 error BAD_INPUT Name: it is another than in line 5, though the document is the same.",
        "7 error NOT_FOUND Customer: there is no customer with the name “Nobody”.",
        "8 error DOCUMENT The document is refused for what stands in line 7.",
        "9 error REQUIRED Quantity is required.",
        "10 error BAD_CSV The line has 1 cells, the header has 6.",
        "11 error BAD_INPUT Quantity: “two” is no number (the decimal separator is “.”).",
    ]
    assert world.sql(world.garage, "SELECT code FROM opportunity WHERE code LIKE 'H%%'") == [("H2",)]


def test_a_document_is_written_whole_across_chunks_and_too_many_lines_are_refused(world: World) -> None:
    rows = [f"I{i // 3},Deal,Hafen AG,Pump,{i % 3 + 1},1\n" for i in range(CHUNK + 50)]
    rows += [f"J,Deal,Hafen AG,Pump,{i + 1},1\n" for i in range(MAX_LINES + 1)]
    counts, issues = bring(world.garage.tenant, HEADER + "".join(rows), mapping())
    assert tally(counts) == {"rows": CHUNK + 50 + MAX_LINES + 1, "created": CHUNK + 50, "refused": MAX_LINES + 1}
    assert {issue.message for issue in issues} == {
        f"A document has at most {MAX_LINES} lines; more rows have this key."
    }
    edge = CHUNK // 3
    assert [row[1] for row in lines(world, f"I{edge}")] == [1, 2, 3]


def test_lines_of_json_lines(world: World) -> None:
    text = (
        '{"no":"K1","name":"Deal","customer":"Hafen AG","items":[{"product":"Pump","quantity":2,"price":10},'
        '{"product":"Filtre","quantity":1,"price":1}]}\n'
        '{"no":"K2","name":"Empty","customer":"Hafen AG","items":[]}\n'
        '{"no":"K3","name":"Deal","customer":"Hafen AG","items":[{"product":"Valve","quantity":3,"price":2}]}\n'
    )
    columns = {name: f"items.{name if name != 'unitPrice' else 'price'}" for name in LINE}
    given = mapping() | {"lines": {"columns": columns, "list": "items"}}
    counts, issues = bring(world.garage.tenant, text, given)
    assert tally(counts) == {"rows": 4, "created": 2, "refused": 2}
    assert sentences(issues) == [
        "1 error DOCUMENT The document is refused for what stands in another of its lines.",
        "1 error NOT_FOUND Product: there is no product with the name “Filtre”. Is “Filter” meant?",
    ]
    assert (lines(world, "K2"), lines(world, "K3")) == ([], [("Valve", 3, 2)])


def test_lines_where_there_are_none_are_refused_with_the_place() -> None:
    wrong = {"object": "customer", "columns": {"name": "name"}, "lines": {"columns": {"name": "name"}}}
    with pytest.raises(BadInput, match=r"mapping: lines: a customer has no lines\. Leave it out\."):
        plan_for(mapping_from(wrong), ("name",))
    with pytest.raises(BadInput, match=r"mapping: lines\.columns\.prise: opportunity_line has no writable field"):
        plan_for(mapping_from(mapping() | {"lines": {"columns": {"prise": "price"}}}), tuple(HEADER.strip().split(",")))
    with pytest.raises(BadInput, match=r"mapping: lines\.key: description gets no value"):
        plan_for(mapping_from(mapping(["description"])), tuple(HEADER.strip().split(",")))


def test_a_constant_is_said_by_the_mapping_and_not_by_the_row(world: World) -> None:
    columns = {**HEAD, "engagedOn": {"constant": "2031-01-01"}, "notes": {"column": "notes", "default": "none"}}
    given = mapping(columns=columns)
    given["lines"]["columns"] = {"product": "product", "quantity": {"constant": "2"}}
    text = "no,name,customer,product,notes\nC1,Whole,Hafen AG,Pump,\n,,,Valve,\nC2,Bare,Hafen AG,,\n"
    for became in ("created", "unchanged"):
        counts, issues = bring(world.garage.tenant, text, given)
        assert (tally(counts), sentences(issues)) == ({"rows": 3, became: 3}, [])
    assert [line[:2] for line in lines(world, "C1")] == [("Pump", Decimal(2)), ("Valve", Decimal(2))]
    assert lines(world, "C2") == []
