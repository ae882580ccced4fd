"""Which rows of a file are the same record: by what their keys mean, not by how they are written."""

import pytest

from saas.modules.catalog.product import Product
from saas.modules.customers.customer import Customer
from tests.transfer.place import bring, sentences, tally
from tests.world import World

COLUMNS = {"name": "name", "customer": "customer", "engagedOn": "day", "stage": "stage"}


def mapping(*key: str) -> dict[str, object]:
    return {"object": "opportunity", "key": [*key], "columns": COLUMNS}


@pytest.fixture(scope="module", autouse=True)
def things(world: World) -> None:
    world.garage.make_many(Customer, [{"name": "Hafen AG"}])


@pytest.mark.parametrize(
    ("key", "first", "again", "shown"),
    [
        ("engagedOn", "2031-1-2,Prospecting", "2031年01月02日,Prospecting", "2031年01月02日"),
        ("stage", "2031-02-01,Prospecting", "2031-02-01,初步接触", "初步接触"),
    ],
)
def test_a_day_or_a_choice_is_the_same_however_it_is_written(
    world: World, key: str, first: str, again: str, shown: str
) -> None:
    text = f"name,customer,day,stage\nTwin {key},Hafen AG,{first}\nTWIN {key} ,Hafen AG,{again}\n"
    text = text.replace("Prospecting", "Prospecting")
    for became in ("created", "unchanged"):
        counts, issues = bring(world.garage.tenant, text, mapping("name", key))
        assert tally(counts) == {"rows": 2, became: 1, "refused": 1}
        assert sentences(issues) == [f"3 error DUPLICATE Name: “TWIN {key} / {shown}” stands in line 2 already."]
    query = "SELECT count(*) FROM opportunity WHERE name = %s AND deleted_at IS NULL"
    assert world.sql(world.garage, query, f"Twin {key}") == [(1,)]


def test_a_number_is_the_same_however_it_is_written(world: World) -> None:
    given = {
        "object": "customer",
        "key": ["name", "employeeCount"],
        "columns": {"name": "name", "employeeCount": "staff"},
    }
    text = "name;staff\nOnly;1000\nonly;1,000.0\n"
    counts, issues = bring(world.garage.tenant, text, given)
    assert tally(counts) == {"rows": 2, "created": 1, "refused": 1}
    assert sentences(issues) == ["3 error DUPLICATE Name: “only / 1,000.0” stands in line 2 already."]


def test_the_rows_of_a_document_are_found_by_what_its_key_means(world: World) -> None:
    world.garage.make(Product, name="Hose")
    given = {
        "object": "opportunity",
        "key": ["name", "engagedOn"],
        "columns": {"name": "name", "customer": "customer"} | {"engagedOn": {"column": "day", "skip_empty": True}},
        "lines": {"columns": {"product": "product", "quantity": "quantity"}},
    }
    text = "name,customer,day,product,quantity\nSpread,Hafen AG,2031-03-01,Hose,1\nSpread,Hafen AG,2031-3-1,Hose,2\n"
    counts, issues = bring(world.garage.tenant, text, given)
    assert (tally(counts), sentences(issues)) == ({"rows": 2, "created": 2}, [])
    query = (
        "SELECT array_agg(quantity ORDER BY position) FROM opportunity_line WHERE opportunity_id ="
        " (SELECT id FROM opportunity WHERE name = 'Spread')"
    )
    assert world.sql(world.garage, query) == [([1, 2],)]
